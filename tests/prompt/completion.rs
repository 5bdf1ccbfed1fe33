//! What Tab offers, everywhere in a line.

use std::os::unix::net::UnixListener;

use super::person::{Person, new_home};
use super::{CTRL_C, CTRL_U, LEAVE, TAB, echo};

/// Types the start of a line and Tab; the line then reads so.
#[track_caller]
fn completes(person: &mut Person, prompt: &str, typed: &str, line: &str) {
    let colourless = person.types(typed).types(TAB);
    colourless.edits(&format!("{prompt}{line}"), "").types(CTRL_U).is_asked(prompt);
}

/// A person without colours, so that nothing but what was typed and completed stands in the line.
fn plain(home: &std::path::Path) -> Person {
    let mut person = Person::starts_at(home.to_owned(), &[], &[("NO_COLOR", "1")]);
    person.is_asked("nsh>");
    person
}

#[test]
fn every_word_is_completed_where_it_may_stand() {
    let home = new_home();
    let mut person = plain(&home);
    person.enters("listen tcp 0 echo as server").is_asked("nsh>");
    person.enters("let greeting = \"hi\"; def shout(text) { return upper($text) }").is_asked("nsh>");
    for (typed, line) in [
        ("lis", "listen "),
        ("listen ud", "listen udp "),
        ("listen tcp 0 ec", "listen tcp 0 echo "),
        ("listen tcp 0 upper -> pre", "listen tcp 0 upper -> prefix "),
        ("listen tcp 0 upper to suf", "listen tcp 0 upper to suffix "),
        ("relay 1 -> thr", "relay 1 -> throttle "),
        ("relay 1 to dup", "relay 1 to duplicate "),
        ("relay 1 -> 2 mo", "relay 1 -> 2 mode="),
        ("relay 1 -> 2 mode=f", "relay 1 -> 2 mode=failover "),
        ("relay 1 -> 2 required=", "relay 1 -> 2 required="),
        ("relay 1 -> delay 5ms way=d", "relay 1 -> delay 5ms way=down "),
        ("connect localhost 1 wi", "connect localhost 1 wi"),
        ("connect localhost 1 time", "connect localhost 1 timeout="),
        ("connect $ser", "connect $server"),
        ("connect localhost $s", "connect localhost $server"),
        ("use ser", "use server "),
        ("stop ser", "stop server "),
        ("show ser", "show server "),
        ("show server he", "show server hex "),
        ("server", "server: "),
        ("server: sendl", "server: sendln "),
        ("print $server.pe", "print $server.peer"),
        ("print $gre", "print $greeting"),
        ("print \"now ${gree", "print \"now ${greeting"),
        ("print sho", "print shout("),
        ("print upp", "print upper("),
        ("shou", "shout("),
        ("expect lin", "expect line "),
        ("expect \"x\" wi", "expect \"x\" within "),
        ("listen tcp 0 { on op", "listen tcp 0 { on open "),
        ("listen tcp 0 { on line { print $li", "listen tcp 0 { on line { print $line"),
        ("set conn", "set connect-timeout "),
        ("set eol c", "set eol crlf "),
        ("help sendl", "help sendln"),
        ("help chat", "help chat"),
        ("print 1; lis", "print 1; listen "),
        ("if tru", "if true "),
        ("if not fal", "if not false "),
    ] {
        completes(&mut person, "nsh> ", typed, line);
    }
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn candidates_are_listed_with_what_they_mean() {
    for (columns, shown) in [
        (
            80,
            "serve     — serve the files of a folder over HTTP or HTTPS\n\
             send      — send exactly these bytes\n\
             sendln    — send these bytes and the session's line ending\n\
             sessions  — list the sessions\n\
             set       — change settings, or stages that run; alone, show the settings\n\
             secret    — show a variable's text nowhere: every output has `***` for it\n\
             setup     — what the tests of the script need\n\
             nsh> se\n",
        ),
        (
            40,
            "serve     — serve the files of a fold…\n\
             send      — send exactly these bytes\n\
             sendln    — send these bytes and the…\n\
             sessions  — list the sessions\n\
             set       — change settings, or stage…\n\
             secret    — show a variable's text no…\n\
             setup     — what the tests of the scr…\n\
             nsh> se\n",
        ),
        (
            200,
            "serve     — serve the files of a folder over HTTP or HTTPS                 set       — change settings, or stages that run; alone, show the settings\n\
             send      — send exactly these bytes                                       secret    — show a variable's text nowhere: every output has `***` for it\n\
             sendln    — send these bytes and the session's line ending                 setup     — what the tests of the script need\n\
             sessions  — list the sessions\n\
             nsh> se\n",
        ),
    ] {
        let mut person = Person::starts_sized(columns, 40);
        person.is_asked("nsh>").types("\x0cse").sees("nsh> se").types(TAB).shows(shown);
        // A second one, out of habit, lists nothing more.
        person.types(TAB).types("n").shows(&shown.replace("nsh> se\n", "nsh> sen\n")).types(TAB);
        person.reads("nsh> send");
    }
}

#[test]
fn sessions_are_listed_with_what_they_are() {
    let mut person = echo();
    person.types("\x0cinfo srv").sees("nsh a> info srv").types(TAB);
    person.sees("srv    — listen tcp 127.0.0.1:").sees("  srv.1  — accept tcp 127.0.0.1:");
}

#[test]
fn what_candidates_have_in_common_is_completed_first() {
    let home = new_home();
    let mut person = plain(&home);
    completes(&mut person, "nsh> ", "relay 1 -> 2 re", "relay 1 -> 2 re");
    completes(&mut person, "nsh> ", "listen un", "listen unix");
    person.types("relay 1 -> 2 m").types(TAB).sees("\nmode=").sees("\nmax=").edits("nsh> relay 1 -> 2 m", "");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn places_named_before_come_back_in_the_next_shell_too() {
    let home = new_home();
    let mut first = plain(&home);
    first.enters("connect db.invalid 5432 try=yes as db").is_asked("nsh>");
    completes(&mut first, "nsh> ", "connect db", "connect db.invalid 5432");
    first.types(LEAVE).left_with(0);
    let mut second = plain(&home);
    completes(&mut second, "nsh> ", "connect db", "connect db.invalid 5432");
    completes(&mut second, "nsh> ", "connect db.invalid 5", "connect db.invalid 5432 ");
    completes(&mut second, "nsh> ", "resolve db", "resolve db.invalid");
    completes(&mut second, "nsh> ", "connect loc", "connect localhost");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn paths_are_completed_and_quoted_where_they_must_be() {
    let home = new_home();
    let folder = home.join("long folder");
    std::fs::create_dir(&folder).expect("a new folder");
    for name in ["payload.bin", "lab.nsh", "the $2 file", "long folder/inside", "act\u{1b}[2Jive", "both 1", "both-2"] {
        std::fs::write(home.join(name), "").expect("a new file");
    }
    let _socket = UnixListener::bind(home.join("a.sock")).expect("a new socket");
    let mut person = plain(&home);
    for (typed, line) in [
        ("send @pay", "send @payload.bin"),
        ("send @\"pay", "send @\"payload.bin\""),
        ("send @the", "send @\"the \\$2 file\""),
        ("send @\"the \\$2 f", "send @\"the \\$2 file\""),
        ("send @lon", "send @\"long folder/"),
        ("send @\"long folder/in", "send @\"long folder/inside\""),
        ("send @'lon", "send @'long folder/"),
        ("send @bot", "send @\"both"),
        ("send @act", "send @act"),
        ("include la", "include \"lab.nsh\""),
        ("include \"la", "include \"lab.nsh\""),
        ("connect unix ./a", "connect unix ./a.sock"),
        ("connect unix:./a", "connect unix:./a.sock"),
        ("relay 1 -> file:./pay", "relay 1 -> file:./payload.bin"),
        ("connect ./pay", "connect ./pay"),
    ] {
        completes(&mut person, "nsh> ", typed, line);
    }
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn thousands_of_files_and_sessions_are_listed_in_bounds() {
    let home = new_home();
    std::fs::create_dir(home.join("many")).expect("a new folder");
    for number in 0..1200 {
        std::fs::write(home.join(format!("many/{number}")), "").expect("a new file");
    }
    let mut person = plain(&home);
    person.types("send @many/").types(TAB).sees("\n… and 732 more: type on to have fewer\nnsh> send @many/");
    // What is typed on is not taken for an answer.
    person.types("9").types(TAB).edits("nsh> send @many/9", "").types("n").edits("nsh> send @many/9n", "");
    person.types(CTRL_C).is_asked("nsh>").enters("listen tcp 0 discard as many").is_asked("nsh>");
    person.enters("for i in 1..300 { connect $many }").is_asked("nsh tcp300>");
    person.types("use t").types(TAB).edits("nsh tcp300> use tcp", "").types(TAB).sees(" more: type on to have fewer\n");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn a_list_is_no_taller_than_the_screen_and_takes_no_keys() {
    let mut person = Person::starts_sized(80, 8);
    person.is_asked("nsh>").types("s").types(TAB).types("endln \"").sees(
        "\nserve     — serve the files of a folder over HTTP or HTTPS\n\
         send      — send exactly these bytes\n\
         sendln    — send these bytes and the session's line ending\n\
         shutdown  — finish sending and go on receiving (half-close)\n\
         … and ",
    );
    person.sees(" more: type on to have fewer\n").edits("nsh> sendln \"", "");
    // At once, as a program types or a person whose terminal is slow.
    person.types(CTRL_U).is_asked("nsh>").types("s\tleep 1ms\r").is_asked("nsh>").sees("\nnsh> sleep 1ms\nnsh>\n");
    assert!(!person.screen().contains("error"), "{}", person.screen());
}

#[test]
fn a_list_leaves_nothing_of_the_suggestion_that_it_stands_above() {
    let mut person = Person::starts_sized(40, 20);
    person.is_asked("nsh>").enters("print \"one two three four five six seven eight nine ten\"").is_asked("nsh>");
    person.types("\x0cp").shows("nsh> print \"one two three four five six\nseven eight nine ten\"\n").types(TAB).shows(
        "ports  — tell which program holds a p…\n\
         print  — write values and a line endi…\n\
         pass   — let exactly so much through…\n\
         par    — runs the statements of a blo…\n\
         nsh> print \"one two three four five six\nseven eight nine ten\"\n",
    );
}
