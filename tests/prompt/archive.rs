//! The archive at a prompt: a recording of what is typed, and the log of the whole shell.

use std::fs;

use super::LEAVE;
use super::person::{Person, new_home};

#[test]
fn what_is_typed_is_recorded_until_it_is_stopped() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &["--log", "run.nshlog"], &[]);
    person.is_asked("nsh>");
    for (typed, shown, prompt) in [
        ("listen tcp 0 upper as srv", "listening on", "nsh>"),
        ("record demo.txt", "", "nsh>"),
        ("connect $srv as a", "a connected to", "nsh a>"),
        ("send \"hello\\n\"", "a ← 6 B  HELLO␊", "nsh a>"),
        ("expect line \"HELLO\"", "a matched line", "nsh a>"),
        ("record stop", "recorded to demo.txt", "nsh a>"),
        ("print \"not in it\"", "not in it", "nsh a>"),
    ] {
        person.enters(typed).sees(shown);
        person.is_asked(prompt);
    }
    person.types(LEAVE).left_with(0);
    let text = fs::read_to_string(home.join("demo.txt")).expect("it is there");
    let lines: Vec<&str> = text.lines().collect();
    for line in
        ["nsh> connect $srv as a", "nsh a> send \"hello\\n\"", "a ← 6 B  HELLO␊", "nsh a> expect line \"HELLO\""]
    {
        assert!(lines.contains(&line), "{text}");
    }
    assert!(!text.contains("record") && !text.contains("not in it") && !text.contains("listen"), "{text}");
    let log = fs::read_to_string(home.join("run.nshlog")).expect("it is there");
    assert!(log.lines().any(|line| line.contains("\"text\":\"print \\\"not in it\\\"\"")), "{log}");
    assert!(log.ends_with("\"event\":{\"exited\":0}}\n"), "{log}");
}

#[test]
fn who_did_not_name_a_recording_is_told_its_name() {
    let home = new_home();
    fs::write(home.join("demo.nsh"), "print \"x\"\n").expect("it is written");
    let mut person = Person::starts_at(home.clone(), &["record", "demo.nsh"], &[]);
    person.sees("recorded to demo.cast").left_with(0);
    assert!(home.join("demo.cast").is_file());
}
