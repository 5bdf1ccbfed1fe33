//! The terminal as a session's: line by line, key by key, and two people in one room.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::person::Person;
use crate::{CTRL_BRACKET, CTRL_C, CTRL_D, LEAVE, connected};

#[track_caller]
fn hears(peer: &mut TcpStream, expected: &str) {
    let mut heard = vec![0; expected.len()];
    peer.read_exact(&mut heard).expect("it is sent");
    assert_eq!(String::from_utf8_lossy(&heard), expected);
}

#[test]
fn keys_go_out_as_they_are_pressed() {
    let (mut person, mut peer) = connected();
    person.enters("attach raw").sees("Ctrl-] returns to the prompt\n");
    peer.write_all(b"login: ").expect("it is open");
    person.sees("\nlogin:").types("x");
    hears(&mut peer, "x");
    person.types(CTRL_C).types(CTRL_D).types("\x1a\x1b[A\r");
    hears(&mut peer, "\x03\x04\x1a\x1b[A\n");
    peer.write_all(b"12\x08\x08ab\x1b[2J\r\n$ ").expect("it is open");
    person.sees("\nlogin: ab\\x1b[2J\n$").types("last").types(CTRL_BRACKET).sees("\na stays open\n").is_asked("nsh a>");
    hears(&mut peer, "last");
    person.enters("sendln \"still here\"");
    hears(&mut peer, "still here\n");
    person.is_asked("nsh a>").types(LEAVE).left_with(0);
}

#[test]
fn events_of_others_wait_while_keys_are_taken() {
    let (mut person, mut peer) = connected();
    person.enters("listen tcp 0 echo as srv").sees("srv listening on tcp 127.0.0.1:");
    let port = port_of(&person, "srv listening on tcp 127.0.0.1:");
    person.is_asked("nsh a>").enters("attach raw a").sees("Ctrl-] returns to the prompt\n");
    let other = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    peer.write_all(b"password: ").expect("it is open");
    person.sees("\npassword:");
    drop(other);
    assert!(!person.screen().contains("srv.1"), "{}", person.screen());
    person.types(CTRL_BRACKET).sees("\nsrv.1 open from 127.0.0.1:").sees("\nsrv.1 closed\n").is_asked("nsh a>");
}

#[test]
fn a_trusted_peer_acts_on_the_terminal() {
    let (mut person, mut peer) = connected();
    person.enters("attach lines a trust=yes").sees("error: line by line, what comes is always escaped");
    person.is_asked("nsh a>").enters("attach raw a trust=yes").sees("Ctrl-] returns to the prompt\n").types("\r");
    hears(&mut peer, "\r");
    peer.write_all(b"\x1b[3;5Hhere\x1b[H").expect("it is open");
    person.sees("a cohereted").types(CTRL_BRACKET).is_asked("nsh a>");
}

#[test]
fn the_end_of_the_session_returns_to_the_prompt() {
    for how in ["raw", "lines"] {
        let (mut person, mut peer) = connected();
        person.enters(&format!("attach {how}")).sees("Ctrl-] returns to the prompt");
        peer.write_all(b"bye\n").expect("it is open");
        person.sees("\nbye\n");
        peer.shutdown(Shutdown::Both).expect("it is open");
        person.is_asked("nsh>").enters("print 1 + 1").sees("\n2\n").is_asked("nsh>").types(LEAVE).left_with(0);
    }
}

#[test]
fn the_end_of_the_input_is_sent_and_the_answer_still_shown() {
    let (mut person, mut peer) = connected();
    person.enters("attach").is_asked("a»").enters("the last line").is_asked("a»").types(CTRL_D);
    let mut all = String::new();
    peer.read_to_string(&mut all).expect("it ends");
    assert_eq!(all, "the last line\n");
    peer.write_all(b"the answer\n").expect("it is open");
    drop(peer);
    person.sees("\nthe answer\n").is_asked("nsh>").types(LEAVE).left_with(0);
}

#[test]
fn ctrl_c_leaves_the_line_and_the_session_goes_on() {
    let (mut person, mut peer) = connected();
    for key in [CTRL_C, CTRL_BRACKET] {
        person.enters("attach").is_asked("a»").types("half a line").edits("a» half a line", "").types(key);
        person.sees("\na stays open; `half a line` was not sent\n").is_asked("nsh a>").types("\x0c").is_asked("nsh a>");
    }
    person.enters("sendln \"whole\"");
    hears(&mut peer, "whole\n");
}

#[test]
fn the_keys_that_return_do_so_after_the_end_of_the_input() {
    for key in [CTRL_C, CTRL_BRACKET] {
        let (mut person, mut peer) = connected();
        person.enters("attach").is_asked("a»").types(CTRL_D);
        person.sees("\nthe input has ended; Ctrl-] returns to the prompt\n").types("unseen\r\t");
        peer.read_to_string(&mut String::new()).expect("it ends");
        peer.write_all(b"the answer\n").expect("it is open");
        person.sees("\nthe answer\n").types(key).sees("\na stays open\n").is_asked("nsh a>");
        let screen = person.screen();
        assert!(!["unseen", "^", "interrupted"].iter().any(|text| screen.contains(text)), "{screen}");
        peer.write_all(b"and more\n").expect("it is open");
        person.sees("a ← 9 B  and more␊").is_asked("nsh a>").types(LEAVE).left_with(0);
    }
}

#[test]
fn a_line_that_the_end_of_the_session_cuts_off_is_no_statement() {
    let (mut person, peer) = connected();
    person.enters("attach").is_asked("a»").types("pri").edits("a» pri", "");
    peer.shutdown(Shutdown::Both).expect("it is open");
    person.sees("\na closed\n").sees("\n`pri` was not sent; Enter returns to the prompt\n").types("nt 1\r");
    person.is_asked("nsh>").enters("print 6 * 7").sees("\n42\n").is_asked("nsh>");
    assert!(!person.screen().contains("nt 1"), "{}", person.screen());
}

#[test]
fn who_is_half_closed_by_the_peer_may_still_send() {
    for how in ["lines", "raw"] {
        let (mut person, mut peer) = connected();
        peer.write_all(b"last words\n").expect("it is open");
        peer.shutdown(Shutdown::Write).expect("it is open");
        person.sees("\na half-closed by its peer\n").is_asked("nsh a>").enters(&format!("attach {how}"));
        person.sees("\nlast words\n").types("still here\r");
        hears(&mut peer, "still here\n");
        person.types(CTRL_BRACKET).sees("\na half-closed by its peer; what is typed is still sent\n");
        person.sees("\na stays open\n").is_asked("nsh a>");
        person.enters("attach").is_asked("a»").types(CTRL_D).sees("\na closed\n").is_asked("nsh>");
        assert_eq!(peer.read(&mut [0]).expect("it ends"), 0);
    }
}

#[test]
fn a_terminal_that_is_resized_goes_on() {
    let (mut person, mut peer) = connected();
    person.enters("attach").is_asked("a»").types("a line that is ").resizes(40, 20).types("long enough").types("\r");
    hears(&mut peer, "a line that is long enough\n");
    person.resizes(120, 30);
    peer.write_all(b"as wide as it gets\n").expect("it is open");
    person.sees("as wide as it gets\n").types(CTRL_BRACKET).is_asked("nsh a>");
}

/// The port that follows `text` on the screen.
fn port_of(person: &Person, text: &str) -> u16 {
    let screen = person.screen();
    let rest = screen.split_once(text).expect("it is shown").1;
    rest.split_whitespace().next().and_then(|port| port.parse().ok()).expect("a port")
}

#[test]
fn two_people_talk_in_a_room() {
    let mut anna = Person::starts(&[]);
    anna.is_asked("nsh>").enters("listen tcp 0 chat as room").sees("room listening on tcp 127.0.0.1:").is_asked("nsh>");
    let port = port_of(&anna, "room listening on tcp 127.0.0.1:");
    anna.enters("connect $room as me").sees("me connected to").is_asked("nsh me>").enters("attach me").is_asked("me»");
    let mut bert = Person::starts(&[]);
    bert.is_asked("nsh>").enters(&format!("connect 127.0.0.1 {port} as me")).is_asked("nsh me>");
    bert.enters("attach raw").sees("Ctrl-] returns to the prompt\n");
    anna.sees("room.2 open from").enters("hello, who is there?");
    bert.sees("hello, who is there?\n").types("it is bert\r");
    anna.sees("it is bert\n").is_asked("me»").types("half a ");
    bert.types("am I interrupting?\r");
    anna.sees("am I interrupting?\nme» half a").types("thought\r");
    bert.sees("half a thought\n").types(CTRL_BRACKET).is_asked("nsh me>").types(LEAVE).left_with(0);
    anna.sees("room.2 closed\n").is_asked("me»").types(CTRL_BRACKET).is_asked("nsh me>").types(LEAVE).left_with(0);
}
