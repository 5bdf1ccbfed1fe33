//! The progress of `nsh test` on a terminal: a line below the report, which is gone in the end.

use std::fs;

use super::{CTRL_C, Person, new_home};

/// A script that goes on when a file is there.
fn waits_for(file: &str) -> String {
    format!("retry 3000 every 20ms {{ assert exists(\"{file}\") }}\n")
}

#[test]
fn a_line_tells_how_far_a_suite_is() {
    let home = new_home();
    for (name, text) in [("a.nsh", waits_for("one")), ("b.nsh", "fail \"no\"\n".into()), ("c.nsh", waits_for("two"))] {
        fs::write(home.join(name), text).expect("a folder of the test's own");
    }
    let mut person = Person::starts_at(home.clone(), &["test", "-j", "1", "."], &[]);
    person.shows("──────────────── 0/3 a.nsh\n");
    fs::write(home.join("one"), "").expect("a folder of the test's own");
    person.sees("ok      a.nsh (").ends(" again: nsh test b.nsh\n━━━━━━━━━━━───── 2/3 1 failed · c.nsh\n");
    assert_eq!(person.style_of("error"), "bold red", "{}", person.screen());
    fs::write(home.join("two"), "").expect("a folder of the test's own");
    person.sees("\nok      c.nsh (").sees("\n3 cases in 3 files: 2 held, 1 failed (").left_with(3);
    assert!(!person.screen().contains('━'), "{}", person.screen());
    fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn ctrl_c_ends_a_suite_and_its_line() {
    let home = new_home();
    fs::write(home.join("a.nsh"), "sleep 1h\n").expect("a folder of the test's own");
    let mut person = Person::starts_at(home.clone(), &["test", "."], &[]);
    person.sees("──────────────── 0/1 a.nsh\n").types(CTRL_C).sees("0 cases in 0 files: interrupted, 1 file left (");
    person.left_with(130);
    let screen = person.screen();
    assert!(screen.starts_with("0 cases") && screen.lines().count() == 1, "{screen}");
    fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn a_dumb_terminal_has_no_such_line() {
    let home = new_home();
    fs::write(home.join("a.nsh"), "print 1\n").expect("a folder of the test's own");
    let mut person = Person::starts_at(home.clone(), &["test", "."], &[("TERM", "dumb")]);
    person.sees("1 case in 1 file: 1 held (").left_with(0);
    assert!(!person.raw().contains(&0x1b) && !person.screen().contains("1/1"), "{}", person.screen());
    fs::remove_dir_all(home).expect("it was there");
}
