//! What is pasted into a terminal that does not say so: keys, faster than anybody types.

use std::io::Read;

use super::person::Person;
use super::{LEAVE, connected};

/// Pastes lines as keys, sees the last of them done, and tells how many bytes were drawn.
#[track_caller]
fn paste(before: &str, lines: usize, behind: &str) -> (Person, usize) {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("let count = 0").is_asked("nsh>");
    let body: Vec<String> = (0..lines).map(|number| format!("let count = $count + 1 # {number:05}\n")).collect();
    let body = body.concat();
    let drawn = person.raw().len();
    person.types(&format!("{before}{body}{behind}print \"counted $count\"\n"));
    person.sees(&format!("\ncounted {lines}\n")).is_asked("nsh>");
    let drawn = person.raw().len() - drawn;
    (person, drawn)
}

/// Whether twice as much takes about twice as long; what is drawn is counted, which no busy machine changes.
#[track_caller]
fn is_linear(before: &str, lines: usize, behind: &str) -> Person {
    let (mut small, drawn) = paste(before, lines / 2, behind);
    small.types(LEAVE).left_with(0);
    let (large, twice) = paste(before, lines, behind);
    assert!(twice < drawn * 3, "{twice} bytes were drawn for {lines} lines, {drawn} for half of them");
    large
}

#[test]
fn thousands_of_statements_are_all_run() {
    is_linear("", 2000, "").types(LEAVE).left_with(0);
}

#[test]
fn a_block_that_is_longer_than_the_screen_is_one_entry() {
    let mut person = is_linear("if true {\n", 400, "}\n");
    person.enters("history 2").sees("\n#3  print \"counted $count\"\n#4  history 2\n").is_asked("nsh>");
    person.types(LEAVE).left_with(0);
}

#[test]
fn nothing_is_lost_while_events_come() {
    let (mut person, mut peer) = connected();
    let mut sender = peer.try_clone().expect("a descriptor");
    let heard = std::thread::spawn(move || {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = peer.read(&mut buffer) {
            // An event for each line, so that they come while the next ones are pasted.
            std::io::Write::write_all(&mut sender, &buffer[..count]).expect("it is open");
            all.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8(all).expect("it is text")
    });
    let lines: Vec<String> = (0..300).map(|number| format!("line {number:05}")).collect();
    let typed: Vec<String> = lines.iter().map(|line| format!("sendln \"{line}\"\r")).collect();
    person.types(&typed.concat()).types("print \"all\" + \" typed\"\r").sees("\nall typed\n").is_asked("nsh a>");
    person.enters("close").is_asked("nsh>");
    assert_eq!(heard.join().expect("nothing fails").lines().collect::<Vec<_>>(), lines);
    assert!(!person.transcript().iter().any(|line| line.starts_with("error")), "{:#?}", person.transcript());
}
