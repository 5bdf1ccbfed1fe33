//! What Tab offers, everywhere in a line.

use std::os::unix::net::UnixListener;

use super::person::{Person, new_home};
use super::{CTRL_C, CTRL_U, TAB, echo};

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
            "nsh> se\n\
             serve     — serve the files of a folder over HTTP or HTTPS\n\
             send      — send exactly these bytes\n\
             sendln    — send these bytes and the session's line ending\n\
             sessions  — list the sessions\n\
             set       — change a setting, or a stage of a relay or handler that runs\n\
             secret    — show a variable's text nowhere: every output has `***` for it\n\
             setup     — what the tests of the script need\n\
             nsh> se\n",
        ),
        (
            40,
            "nsh> se\n\
             serve     — serve the files of a fold…\n\
             send      — send exactly these bytes\n\
             sendln    — send these bytes and the…\n\
             sessions  — list the sessions\n\
             set       — change a setting, or a st…\n\
             secret    — show a variable's text no…\n\
             setup     — what the tests of the scr…\n\
             nsh> se\n",
        ),
        (
            200,
            "nsh> se\n\
             serve     — serve the files of a folder over HTTP or HTTPS                 set       — change a setting, or a stage of a relay or handler that runs\n\
             send      — send exactly these bytes                                       secret    — show a variable's text nowhere: every output has `***` for it\n\
             sendln    — send these bytes and the session's line ending                 setup     — what the tests of the script need\n\
             sessions  — list the sessions\n\
             nsh> se\n",
        ),
    ] {
        let mut person = Person::starts_sized(columns, 40);
        person.is_asked("nsh>").types("\x0cse").sees("nsh> se").types(TAB).types(TAB).shows(shown);
    }
}

#[test]
fn sessions_are_listed_with_what_they_are() {
    let mut person = echo();
    person.types("\x0cinfo srv").sees("nsh a> info srv").types(TAB).types(TAB);
    person.sees("\nsrv    — listen tcp 127.0.0.1:").sees("  srv.1  — accept tcp 127.0.0.1:");
}

#[test]
fn what_candidates_have_in_common_is_completed_first() {
    let home = new_home();
    let mut person = plain(&home);
    completes(&mut person, "nsh> ", "relay 1 -> 2 re", "relay 1 -> 2 re");
    completes(&mut person, "nsh> ", "listen un", "listen unix");
    person
        .types("relay 1 -> 2 m")
        .types(TAB)
        .types(TAB)
        .sees("\nmode=")
        .sees("\nmax=")
        .edits("nsh> relay 1 -> 2 m", "");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn places_named_before_come_back_in_the_next_shell_too() {
    let home = new_home();
    let mut first = plain(&home);
    first.enters("connect db.invalid 5432 try=yes as db").is_asked("nsh>");
    completes(&mut first, "nsh> ", "connect db", "connect db.invalid 5432");
    first.types("\x04").left_with(0);
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
    person.types("send @many/").types(TAB).types(TAB).sees("Display all 1000 possibilities?").types("n");
    person.types(CTRL_C).is_asked("nsh>").enters("listen tcp 0 discard as many").is_asked("nsh>");
    person.enters("for i in 1..120 { connect $many }").is_asked("nsh tcp120>");
    person.types("use t").types(TAB).types(TAB).sees("Display all 120 possibilities?");
    std::fs::remove_dir_all(home).expect("it was there");
}
