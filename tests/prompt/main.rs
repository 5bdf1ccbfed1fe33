//! The prompt, used as a person uses it: keys go in, and what the terminal shows is looked at.

mod archive;
mod attach;
mod completion;
mod editing;
mod events;
mod flood;
mod history;
mod jobs;
mod paste;
mod person;
mod play;
mod progress;
mod save;
mod startup;
mod tables;
mod traps;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use person::{Person, new_home};
use rustix::process::Signal;

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
/// Leaves, with sessions open too.
const LEAVE: &str = "\x04\x04";
const CTRL_U: &str = "\x15";
const CTRL_BRACKET: &str = "\x1d";
const UP: &str = "\x1b[A";
const TAB: &str = "\t";

/// A prompt with a session `a`, connected to a peer of the test's own.
fn connected() -> (Person, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters(&format!("connect 127.0.0.1 {port} as a"));
    let (peer, _) = listener.accept().expect("it connects");
    peer.set_nodelay(true).expect("it is open");
    person.sees("a connected").is_asked("nsh a>");
    (person, peer)
}

/// An echo server `srv` and a client `a` of it, at a prompt.
fn echo() -> Person {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("listen tcp 0 echo as srv").sees("srv listening on tcp 127.0.0.1:");
    person.is_asked("nsh>").enters("connect $srv as a").sees("a connected to tcp 127.0.0.1:");
    person.sees("srv.1 open from 127.0.0.1:").is_asked("nsh a>");
    person
}

#[test]
fn a_conversation() {
    let mut person = echo();
    person.sees("nsh 0.1.0 — type `help`, or press Tab\nnsh> listen tcp 0 echo as srv\n");
    person.sees(" · echo\n");
    person.enters("sendln \"bonjour\"").sees("\na → 8 B  bonjour␊\n").sees("\na ← 8 B  bonjour␊\n").is_asked("nsh a>");
    person.enters("expect \"bonjour\"").sees("\na matched \"bonjour\" after ").is_asked("nsh a>");
    person.enters("sessions").sees("\nNAME   KIND     WHERE").sees("\nsrv.1  accept   tcp 127.0.0.1:");
    person.is_asked("nsh a>").types(LEAVE).left_with(0);
}

#[test]
fn the_overview_is_no_taller_than_a_screen() {
    let mut person = Person::starts_sized(80, 24);
    person.is_asked("nsh>").types("\x0c").is_asked("nsh>").enters("help").sees("and `help keys`.\n").is_asked("nsh>");
    assert!(person.screen().starts_with("nsh> help\nTry `listen tcp"), "{}", person.screen());
    person
        .enters("help commands")
        .sees("\n  source     run a script here: its sessions, variables and functions stay\n")
        .is_asked("nsh>");
    person.enters("help keys").sees("\n  Ctrl-Z         stop the shell; `fg` brings it back").is_asked("nsh>");
}

#[test]
fn an_error_tells_what_helps_and_the_prompt_goes_on() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("it is bound").port();
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters(&format!("connect 127.0.0.1 {closed}"));
    person.sees(&format!("\nerror: connection refused by tcp 127.0.0.1:{closed}\n hint: "));
    person.is_asked("nsh>").enters("lisen tcp 0").sees("  --> entry #2:1:1\n").sees(" hint: did you mean `listen`?");
    person.is_asked("nsh>").enters("print \"still here\"").sees("\nstill here\n");
    person.is_asked("nsh>").types(LEAVE).left_with(0);
}

#[test]
fn a_block_is_typed_over_several_lines() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("for x in [1, 2] {").enters("print \"number $x\"").enters("}");
    person.sees("\nnumber 1\nnumber 2\n").is_asked("nsh>");
}

#[test]
fn ctrl_c_clears_the_line() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("print \"never run").sees("never run").types(CTRL_C).is_asked("nsh>");
    person.types(CTRL_C).sees("never run\nnsh>\nnsh>\n").enters("print \"ru\" + \"ns\"").sees("\nruns\n");
    assert!(!person.screen().contains("error"), "{}", person.screen());
}

#[test]
fn ctrl_c_interrupts_a_statement_and_not_the_sessions() {
    let mut person = echo();
    for round in 1..4 {
        person.enters(&format!("print \"round\" + {round}; sleep 60s")).sees(&format!("\nround{round}\n"));
        person.types(CTRL_C).is_asked("nsh a>");
        assert_eq!(person.screen().matches("\n^C\ninterrupted\n").count(), round);
    }
    person.enters("send \"x\"; expect \"x\"").sees("a matched \"x\"").is_asked("nsh a>").types(LEAVE).left_with(0);
}

#[test]
fn exit_gives_its_code() {
    Person::starts(&[]).is_asked("nsh>").enters("exit 7").left_with(7);
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut person = echo();
        person.types("half a li").sees("half a li").signals(signal).left_with(code);
        let mut person = echo();
        person.enters("print \"now\"; sleep 60s").sees("\nnow\n").signals(signal).left_with(code);
    }
}

#[test]
fn what_a_peer_sends_does_not_act() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters(&format!("connect 127.0.0.1 {port} as a"));
    let (mut peer, _) = listener.accept().expect("it connects");
    person.sees("a connected").is_asked("nsh a>");
    let attack = b"\x1b[2J\x1b]0;owned\x07\x9b31m\xc2\x9b1m\x08\r\xe2\x80\xaeend";
    peer.write_all(attack).expect("it is open");
    let escaped = "\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\u{9b}1m\\x08␍\\u{202e}end";
    person.sees(escaped).enters("show a text").is_asked("nsh a>");
    person.enters("attach").is_asked("a»");
    peer.write_all(attack).expect("it is open");
    person.sees(&format!("\n{escaped}")).types(CTRL_BRACKET).sees("a stays open").is_asked("nsh a>");
    person.types(LEAVE).left_with(0);
    let raw = person.raw();
    let has = |part: &[u8]| raw.windows(part.len()).any(|window| window == part);
    assert!(!has(b"\x1b]0;") && !has(b"\x1b[2J") && !has(b"\xc2\x9b") && !has(b"\x07") && !has("\u{202e}".as_bytes()));
}

#[test]
fn the_terminal_is_attached_to_a_session_and_returns() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters(&format!("connect 127.0.0.1 {port} as a"));
    let (mut peer, _) = listener.accept().expect("it connects");
    person.is_asked("nsh a>").enters("attach").is_asked("a»").enters("hello");
    let mut heard = [0; 6];
    peer.read_exact(&mut heard).expect("it is sent");
    assert_eq!(&heard, b"hello\n");
    peer.write_all(b"welcome\n").expect("it is open");
    person.sees("\nwelcome\n").types(CTRL_BRACKET).sees("a stays open").is_asked("nsh a>");
    person.enters("attach").is_asked("a»");
    peer.write_all(b"bye\n").expect("it is open");
    person.sees("\nbye\n");
    peer.shutdown(Shutdown::Both).expect("it is open");
    person.is_asked("nsh>").types(LEAVE).left_with(0);
}

#[test]
fn questions_are_asked() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("ask \"who? \" as name").is_asked("who?").enters("bob");
    person.is_asked("nsh>").enters("print \"it is $name\"").sees("\nit is bob\n");
    person.is_asked("nsh>").enters("ask \"more? \" as more").is_asked("more?").types(CTRL_C).sees("interrupted\n");
    person.is_asked("nsh>");
}

#[test]
fn a_secret_is_typed_unseen_and_its_length_too() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("print \"before\"").is_asked("nsh>");
    for (typed, length) in [
        ("s3cret\r", 6),
        // Corrected, with a word that is a key's name elsewhere, and keys that do nothing here.
        ("wrong\x15s3cretx\x7f\x08t\r", 6),
        ("\x1b[A\x12\ts3cret\x19\x1b[D\x01\x18\x05\r", 6),
        ("日本\r", 6),
        ("\r", 0),
    ] {
        person.enters("ask \"word? \" hidden=yes as word").is_asked("word?");
        let before = person.raw().len();
        person.types(typed).is_asked("nsh>");
        let shown = String::from_utf8_lossy(&person.raw()[before..]).into_owned();
        let line = shown.split('\n').next().expect("a line");
        assert!(!line.contains("s3") && !line.contains('*') && !line.contains("\x1b[7C"), "{line:?}");
        person.enters("print len($word)").sees(&format!("nsh> print len($word)\n{length}\n")).is_asked("nsh>");
        person.types("\x0c").is_asked("nsh>");
    }
    person.enters("ask \"word? \" hidden=yes as word").is_asked("word?").types("half").types(CTRL_C);
    person.sees("interrupted\n").is_asked("nsh>");
    person.enters("ask \"word? \" hidden=yes as word").is_asked("word?").types(CTRL_D).sees("error").is_asked("nsh>");
    let raw = String::from_utf8_lossy(&person.raw()).into_owned();
    assert!(!raw.contains("s3cret") && !raw.contains("half"));
}

#[test]
fn the_end_of_input_tells_first_what_is_open() {
    let mut person = echo();
    person.types(CTRL_D).sees("\n3 sessions are open; Ctrl-D again closes them and leaves\nnsh a>").is_asked("nsh a>");
    // Only right behind the first.
    person.enters("stop srv").sees("srv closed").is_asked("nsh a>").enters("a: send \"x\"").is_asked("nsh a>");
    person.types(CTRL_D).sees("\n1 session is open; Ctrl-D again closes it and leaves\nnsh a>").is_asked("nsh a>");
    person.types(CTRL_D).left_with(0);
    let mut person = echo();
    person.enters("exit").left_with(0);
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types(CTRL_D).left_with(0);
    assert!(!person.screen().contains("open"), "{}", person.screen());
}

#[test]
fn words_are_completed_with_what_they_mean() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("lis").types(TAB).sees("nsh> listen").types("tcp 0 ec").types(TAB);
    person.sees("nsh> listen tcp 0 echo").types(CTRL_U).is_asked("nsh>").types("se").types(TAB).types(TAB);
    person.sees("sendln").sees(" — ").types(CTRL_U).types(LEAVE).left_with(0);
}

#[test]
fn without_colour_there_is_none() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &[], &[("NO_COLOR", "1")]);
    person
        .is_asked("nsh>")
        .enters("print \"x\"; lisen")
        .sees("did you mean")
        .is_asked("nsh>")
        .types(CTRL_D)
        .left_with(0);
    let raw = String::from_utf8_lossy(&person.raw()).into_owned();
    let coloured =
        |sequence: &str| sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m');
    assert!(!raw.split("\x1b[").skip(1).any(coloured), "{raw:?}");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn a_dumb_terminal_is_a_plain_reader() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &[], &[("TERM", "dumb")]);
    person
        .sees("nsh>")
        .types("print 1 + 1\n")
        .sees("\n2\n")
        .types("if true {\n")
        .sees("...>")
        .types("print 3 + 4\n}\n");
    person.sees("> 7\n").types(LEAVE).left_with(0);
    assert!(!person.raw().contains(&0x1b));
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn one_statement_on_a_terminal_escapes_what_comes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port().to_string();
    let mut person = Person::starts(&["connect", "127.0.0.1", &port]);
    let (mut peer, _) = listener.accept().expect("it connects");
    person.types("typed\n");
    let mut heard = [0; 6];
    peer.read_exact(&mut heard).expect("it is sent");
    assert_eq!(&heard, b"typed\n");
    peer.write_all(b"one\ttwo\r\nthree\x1b[2J\n").expect("it is open");
    person.sees("\none     two\nthree\\x1b[2J\n");
    drop(peer);
    person.left_with(0);
}

#[test]
fn ctrl_bracket_is_a_byte_like_any_other_to_netcat_unless_asked() {
    for (option, heard) in [(None, "one\x1dtwo\n"), (Some("escape=x\"1d\""), "one")] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port().to_string();
        let arguments: Vec<&str> = ["connect", "127.0.0.1", &port].into_iter().chain(option).collect();
        let mut person = Person::starts(&arguments);
        let (mut peer, _) = listener.accept().expect("it connects");
        person.types("one\x1dtwo\n");
        if option.is_none() {
            person.sees("two\n").types(CTRL_D);
        }
        let mut all = String::new();
        peer.read_to_string(&mut all).expect("it ends");
        assert_eq!(all, heard);
        drop(peer);
        person.left_with(0);
    }
}

/// How often `part` stands on the screen.
fn count(person: &Person, part: &str) -> usize {
    person.screen().matches(part).count()
}

#[test]
fn what_moves_is_drawn_in_place_until_ctrl_c() {
    let mut person = echo();
    person.enters("send \"abcd\"; expect \"abcd\"").sees("a matched").is_asked("nsh a>");
    person
        .enters("flows every 20ms")
        .sees("▁▁▁▁▁\n")
        .sees("\nNAME   ROUTE  IN/S  OUT/S  OPEN  IN   OUT  LATELY\nsrv    echo ");
    assert_eq!(count(&person, "NAME"), 1, "{}", person.screen());
    person.types(CTRL_C).sees("interrupted\n").is_asked("nsh a>");
    assert_eq!(count(&person, "NAME"), 1, "{}", person.screen());
    person.enters("flows for 100ms every 20ms; print \"after\"").sees("\nafter\n").is_asked("nsh a>");
    assert_eq!(count(&person, "NAME"), 2, "{}", person.screen());
    let screen = person.screen();
    let after: Vec<&str> = screen.split_once("print \"after\"\n").expect("it was typed").1.lines().collect();
    assert!(after[0].starts_with("NAME") && after[1].starts_with("srv ") && after[3] == "after", "{screen}");
}

#[test]
fn other_lines_go_above_what_is_drawn_in_place() {
    let mut person = echo();
    person.enters("par { flows every 20ms; for i in 1..3 { print \"line $i\"; sleep 50ms } }");
    person.sees("\nline 1\nline 2\nline 3\nNAME ").sees("▁▁▁▁▁▁▁▁\n").types(CTRL_C).is_asked("nsh a>");
    assert_eq!(count(&person, "NAME"), 1, "{}", person.screen());
}

#[test]
fn a_relay_on_the_command_line_has_a_live_line() {
    let target = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = target.local_addr().expect("it is bound").port();
    let mut person = Person::starts(&["-v", "relay", "0", "to", &format!("127.0.0.1:{target}")]);
    person.sees("relay1 listening on tcp ").sees("\nNAME    ROUTE ").sees("▁▁\n");
    assert_eq!(count(&person, "NAME"), 1, "{}", person.screen());
    person.signals(Signal::INT).sees("relay1 received 0 B\nrelay1 sent 0 B\n").left_with(130);
    assert_eq!(count(&person, "NAME"), 1, "{}", person.screen());
    let mut person = Person::starts(&["relay", "0", "to", &format!("127.0.0.1:{target}")]);
    person.sees("relay1 listening on tcp ").signals(Signal::INT).left_with(130);
    assert_eq!(count(&person, "NAME"), 0, "{}", person.screen());
}

#[test]
fn a_terminal_that_draws_nothing_in_place_gets_the_tables_one_below_the_other() {
    let mut person = Person::starts_at(
        new_home(),
        &["-c", "listen tcp 0 echo as srv; flows for 50ms every 5ms"],
        &[("TERM", "dumb")],
    );
    person.left_with(0);
    assert!(count(&person, "NAME") > 1, "{}", person.screen());
    assert!(!person.raw().contains(&0x1b), "{}", person.screen());
}
