//! The pictures in the README: real screens, kept current. `NSH_WRITE_PICTURES=1 cargo test --test prompt pictures`
//! draws them again; what changes from run to run (ports, times) is worded alike.

use std::net::TcpListener;
use std::path::Path;

use pty_process::blocking::Command;
use regex::Regex;

use crate::person::{Person, new_home};
use crate::svg;

const COLUMNS: u16 = 80;

/// Compares a screen with the picture that is checked in, or draws that again.
#[track_caller]
fn shows(person: &Person, name: &str, title: &str) {
    let lines = person.rows();
    let ports = Ports::of(&person.screen());
    let picture = svg::picture(&lines, COLUMNS.into(), title, |text| ports.reword(text));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures").join(name).with_extension("svg");
    if std::env::var_os("NSH_WRITE_PICTURES").is_some() {
        std::fs::write(&path, &picture).expect("the folder is there");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == picture,
        "docs/pictures/{name}.svg is not what the prompt shows now; NSH_WRITE_PICTURES=1 draws it again:\n{}",
        person.screen()
    );
}

/// The ports that the system chose, in order of appearance.
struct Ports(Vec<String>);

impl Ports {
    fn of(screen: &str) -> Self {
        let mut ports = Vec::new();
        for found in Regex::new(r"\b[1-6]\d{4}\b").expect("a pattern").find_iter(screen) {
            if !ports.contains(&found.as_str().to_owned()) {
                ports.push(found.as_str().to_owned());
            }
        }
        Self(ports)
    }

    /// A text with those ports numbered, and with times that are always the same.
    fn reword(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (number, port) in self.0.iter().enumerate() {
            text = text.replace(port.as_str(), &format!("{}", 40_001 + number));
        }
        let took = Regex::new(r"after \S+ (µs|ms|s)\b").expect("a pattern");
        let age = Regex::new(r"( B +)\d+ s *$").expect("a pattern");
        age.replace(&took.replace_all(&text, "after 0.2 ms"), "${1}9 s").into_owned()
    }
}

/// A port that was free just now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("it is bound").port()
}

#[test]
fn a_conversation_at_the_prompt() {
    let (port, closed) = (free_port(), free_port());
    let mut person = Person::starts_sized(COLUMNS, 21);
    person.is_asked("nsh>").enters(&format!("listen tcp {port} echo as srv")).sees("srv listening").is_asked("nsh>");
    person.enters(&format!("connect 127.0.0.1 {port} as a")).sees("a connected to").sees("srv.1 open from");
    person.is_asked("nsh a>").enters("sendln \"bonjour\"").sees("a ← 8 B").is_asked("nsh a>");
    person.enters("expect \"bonjour\"").sees("a matched").is_asked("nsh a>");
    person.enters("sessions").sees("\nsrv.1  accept").is_asked("nsh a>");
    person.enters(&format!("connect 127.0.0.1 {closed}")).sees(" hint: ").is_asked("nsh a>");
    person.types("a: send \"and so on");
    person.sees("and so on");
    shows(&person, "conversation", "A conversation at the prompt of nsh");
}

#[test]
fn an_expectation_that_does_not_hold() {
    let home = new_home();
    let script = [
        "listen tcp 0 echo as srv",
        "connect $srv as a",
        "a: sendln \"hello\"",
        "a: expect line \"HELLO\" within 2s\n",
    ];
    std::fs::write(home.join("lab.nsh"), script.join("\n")).expect("a new file");
    let program = Command::new(env!("CARGO_BIN_EXE_nsh")).args(["run", "-q", "lab.nsh"]);
    let mut person = Person::starts_program(program, home.clone(), &[], (COLUMNS, 12));
    person.left_with(3);
    shows(&person, "failure", "A script whose expectation does not hold");
    std::fs::remove_dir_all(home).expect("it was there");
}
