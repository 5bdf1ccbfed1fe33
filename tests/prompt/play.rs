//! `nsh play` at a terminal: a recording in its own time, and keys.

use std::path::PathBuf;

use rustix::process::Signal;

use crate::CTRL_C;
use crate::person::{Person, new_home};

/// Nothing happens in it by itself for an hour.
const SLOW: &str = r#"{"version":2,"width":30,"height":6}
[0.0, "o", "$ "]
[3600.0, "m", "The first"]
[3600.0, "o", "one"]
[7200.0, "o", "\r\n\u001b[31mred\u001b[0m\r\n"]
[10800.0, "m", "The second"]
[10800.0, "o", "two"]
[14400.0, "o", ""]
"#;

fn home_with(cast: &str) -> PathBuf {
    let home = new_home();
    std::fs::write(home.join("demo.cast"), cast).expect("the folder is there");
    home
}

fn plays(cast: &str, options: &[&str]) -> Person {
    Person::starts_at(home_with(cast), &[&["play", "demo.cast"], options].concat(), &[])
}

#[test]
fn keys_go_through_a_recording() {
    let mut person = plays(SLOW, &[]);
    person.sees("$\n").sees(" ▶ 0:00 / 240:00 ×1 · space pause");
    person.types("]").sees("$ one\n").sees(" ▶ 60:00 / 240:00 ×1 · The first · space");
    person.types("..").sees("\ntwo\n").sees(" ‖ 180:00 / 240:00 ×1 · The second");
    assert_eq!(person.style_of("red"), "red");
    person.types("[").sees(" ‖ 60:00 /").types("[").sees(" ‖ 0:00 /").types("\x1b[C").sees(" ‖ 0:05 /");
    person.types("\x1b[D+").sees(" ‖ 0:00 / 240:00 ×2 ·").types("--").sees(" ×0.5 ·").types(" ").sees(" ▶ 0:0");
    person.types("].").sees("$ one\nred\n").types("q").left_with(0);
    // What was shown last stays, and the status line does not.
    person.shows("$ one\nred\n");
}

#[test]
fn a_recording_ends_by_itself() {
    let cast =
        "{\"version\":3,\"term\":{\"cols\":20,\"rows\":3}}\n[0.1,\"o\",\"first\\r\\n\"]\n[9999,\"o\",\"last\"]\n";
    let mut person = plays(cast, &["--idle", "20ms", "--speed", "2"]);
    person.left_with(0).shows("first\nlast\n");
}

#[test]
fn a_recording_of_others_does_no_harm() {
    let evil = r#"{"version":2,"width":30,"height":4}
[0.0, "o", "\u001b]0;a title\u0007\u001b[5n\u001b[?1000h\u001bP+q\u001b\\\u009b6n\u001b[8;9;9t\u0007\u001b[?1049hseen\u202e\u007f"]
"#;
    let mut person = plays(evil, &[]);
    person.left_with(0).sees("seen");
    let raw = String::from_utf8_lossy(&person.raw()).into_owned();
    for harm in ["\x1b]", "\x07", "\x1b[5n", "?1000", "\x1bP", "\u{9b}", "\x1b[8;", "\u{202e}", "\x7f", "a title"] {
        assert!(!raw.contains(harm), "{harm:?} in {raw:?}");
    }
}

#[test]
fn the_terminal_is_as_it_was_however_it_ends() {
    for (ending, code) in [(None, 130), (Some(Signal::TERM), 143), (Some(Signal::HUP), 129)] {
        let mut person = plays(SLOW, &[]);
        person.sees(" ▶ 0:00 /");
        match ending {
            None => person.types(CTRL_C),
            Some(signal) => person.signals(signal),
        };
        person.left_with(code).shows("$\n");
        assert!(person.raw().ends_with(b"\x1b[?1049l$\r\n"), "{:?}", String::from_utf8_lossy(&person.raw()));
    }
}

#[test]
fn a_smaller_terminal_shows_what_fits() {
    let mut person = plays(SLOW, &[]);
    person.types("]").sees("$ one\n").types("]").sees("\ntwo\n");
    person.resizes_and_sees_it_drawn(12, 3).shows("red\ntwo\n ▶ 180:00 /\n").types("q").left_with(0);
}
