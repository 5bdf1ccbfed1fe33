//! The archive at a prompt: a recording of what is typed, and the log of the whole shell.

use std::fs;

use super::person::{Person, new_home};
use super::{CTRL_BRACKET, CTRL_C, LEAVE};

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

#[test]
fn what_was_left_before_its_end_was_interrupted() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &["--report", "run.md"], &[]);
    person.is_asked("nsh>").enters("listen tcp 0 echo as srv").sees("listening on").is_asked("nsh>");
    person.enters("connect $srv as a").sees("srv.1 open from").is_asked("nsh a>");
    person.enters("attach").sees_at_cursor("a»").types(CTRL_BRACKET).sees("a stays open").is_asked("nsh a>");
    person.enters("print 6 * 7; sleep 1h").sees("\n42\n").types(CTRL_C).sees("interrupted").is_asked("nsh a>");
    person.enters("exit").left_with(0);
    let report = fs::read_to_string(home.join("run.md")).expect("it is there");
    let rows = report.lines().filter(|line| line.starts_with("| #"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>()).map(|cells| (cells[1], cells[4]));
    let held = |text| (text, "held |");
    assert_eq!(
        cells.collect::<Vec<_>>(),
        [
            held("`listen tcp 0 echo as srv`"),
            held("`connect $srv as a`"),
            ("`attach`", "interrupted |"),
            held("`print 6 * 7`"),
            ("`sleep 1h`", "interrupted |"),
            held("`exit`"),
        ],
        "{report}"
    );
}
