//! The history: kept, shared, searched, and silent about secrets.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::person::{Person, new_home};
use super::{CTRL_C, CTRL_U, LEAVE, UP};

const DOWN: &str = "\x1b[B";
const CTRL_R: &str = "\x12";

/// A home folder, removed afterwards.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        Self(new_home())
    }

    fn person(&self) -> Person {
        let mut person = Person::starts_at(self.0.clone(), &[], &[]);
        person.is_asked("nsh>");
        person
    }

    fn file(&self) -> PathBuf {
        self.0.join(".local/share/nsh/history")
    }

    fn kept(&self) -> String {
        fs::read_to_string(self.file()).expect("the history is there")
    }

    /// A history that was left by other shells.
    fn leaves(&self, content: &[u8]) {
        fs::create_dir_all(self.file().parent().expect("a folder")).expect("a new folder");
        fs::write(self.file(), content).expect("it can be written");
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn leave(mut person: Person) {
    person.types(LEAVE).left_with(0);
}

#[test]
fn it_is_kept_and_shared() {
    let home = Home::new();
    let (mut first, mut second) = (home.person(), home.person());
    first.enters("print \"first\"").sees("\nfirst\n").is_asked("nsh>");
    second.enters("print \"second\"").sees("\nsecond\n").is_asked("nsh>");
    first.enters(" print \"hidden\"").sees("\nhidden\n").is_asked("nsh>");
    first.enters("print \"third\"").sees("\nthird\n").is_asked("nsh>");
    leave(first);
    leave(second);
    assert_eq!(home.kept(), "#V2\nprint \"first\"\nprint \"second\"\nprint \"third\"\n");
    assert_eq!(fs::metadata(home.file()).expect("it is there").permissions().mode() & 0o777, 0o600);
    let mut third = home.person();
    third.types(UP).sees("nsh> print \"third\"").types(UP).sees("nsh> print \"second\"");
    third.types(CTRL_U).is_asked("nsh>");
    leave(third);
}

#[test]
fn none_is_lost_when_many_shells_write() {
    let home = Home::new();
    let mut people: Vec<Person> = (0..6).map(|_| home.person()).collect();
    let lines: Vec<String> = (0..people.len() * 5).map(|number| format!("print {number} * 2")).collect();
    std::thread::scope(|scope| {
        for (person, lines) in people.iter_mut().zip(lines.chunks(5)) {
            scope.spawn(move || {
                for line in lines {
                    person.is_asked("nsh>").enters(line);
                }
                person.is_asked("nsh>").types(LEAVE).left_with(0);
            });
        }
    });
    let kept = home.kept();
    for line in &lines {
        assert_eq!(kept.matches(&format!("{line}\n")).count(), 1, "{line} in\n{kept}");
    }
}

#[test]
fn arrows_recall_what_begins_alike() {
    let home = Home::new();
    home.leaves(b"#V2\nprint \"one\"\nhelp\nprint \"two\"\nsessions\nsessions\n");
    let mut person = home.person();
    let mut arrow = |key: &str, line: &str| {
        person.types(key).reads(&format!("nsh> {line}"));
    };
    arrow(UP, "sessions");
    arrow(UP, "print \"two\"");
    arrow(UP, "help");
    arrow(DOWN, "print \"two\"");
    // A line that is begun anew is searched for from the last entry on.
    arrow(CTRL_U, "");
    arrow("pri", "pri");
    arrow(UP, "print \"two\"");
    arrow(UP, "print \"one\"");
    arrow(DOWN, "print \"two\"");
    arrow(DOWN, "pri");
    arrow(UP, "print \"two\"");
    person.types("\r").sees("\ntwo\n").is_asked("nsh>");
    leave(person);
}

#[test]
fn it_is_searched() {
    let home = Home::new();
    home.leaves(b"#V2\nprint \"needle\"\nprint \"hay\"\n");
    let mut person = home.person();
    person.types(CTRL_R).sees("search").types("need").sees("print \"needle\"").types("\r").sees("\nneedle\n");
    person.is_asked("nsh>").types(CTRL_R).sees("search)").types("hay").sees("`hay': ").types(CTRL_C).is_asked("nsh>");
    leave(person);
}

#[test]
fn it_is_listed() {
    let home = Home::new();
    home.leaves(b"#V2\nprint \"old\"\nsessions\nfor x in [1] {\\n    print $x\\n}\nprint \"\x1b[2J\"\n");
    let mut person = home.person();
    person.enters("print 6 * 7").sees("\n42\n").is_asked("nsh>").enters("history");
    person.sees(
        "\n    print \"old\"\n    sessions\n    for x in [1] {\n        print $x\n    }\n    print \"\\u{1b}[2J\"\n\
         #1  print 6 * 7\n#2  history\n",
    );
    person.is_asked("nsh>").enters("history 2").sees("history 2\n#2  history\n#3  history 2\nnsh>").is_asked("nsh>");
    person.enters("history /^sess/").sees("history /^sess/\n  sessions\nnsh>").is_asked("nsh>");
    leave(person);
}

#[test]
fn several_lines_are_one_entry() {
    let home = Home::new();
    let mut person = home.person();
    person.enters("for x in [1] {").enters("print \"a\\n$x\"").enters("}").sees("\na\n1\n").is_asked("nsh>");
    leave(person);
    let mut person = home.person();
    person.types(UP).sees("print \"a\\n$x\"").types("\r").sees("\na\n1\n").is_asked("nsh>");
    leave(person);
    assert_eq!(home.kept().lines().count(), 2, "{}", home.kept());
}

#[test]
fn secrets_leave_no_trace() {
    let home = Home::new();
    let mut person = home.person();
    person.enters("let token = \"s3cr3t\"").is_asked("nsh>").enters("print len(\"s3cr3t\")").sees("\n6\n");
    person.is_asked("nsh>").enters("secret token").is_asked("nsh>");
    person.enters("print \"s3cr3t\" == $token").sees("\ntrue\n").is_asked("nsh>");
    assert_eq!(home.kept(), "#V2\nsecret token\n");
    person.types(UP).sees("nsh> secret token").types(UP).types(CTRL_U).is_asked("nsh>");
    person.enters("history").sees("\n#3  secret token\n#5  history\n").is_asked("nsh>");
    leave(person);
    assert!(!home.kept().contains("s3cr3t"));
}

#[test]
fn its_size_is_set() {
    let home = Home::new();
    let mut person = home.person();
    person.enters("print 1 + 1").sees("\n2\n").is_asked("nsh>").enters("set history 2").is_asked("nsh>");
    person.enters("print 1 + 2").sees("\n3\n").is_asked("nsh>");
    assert_eq!(home.kept(), "#V2\nset history 2\nprint 1 + 2\n");
    person.enters("set history 0").is_asked("nsh>").enters("print 2 + 2").sees("\n4\n").is_asked("nsh>");
    assert_eq!(home.kept(), "#V2\n");
    leave(person);
}

#[test]
fn a_history_that_cannot_be_used_is_told_once_and_harms_nothing() {
    type Made = (&'static str, fn(&Path));
    let odd: [Made; 3] = [
        ("it is no file", |file| fs::create_dir_all(file).expect("a folder")),
        ("3 lines that are no text", |file| fs::write(file, b"\xff\n\xfe\n\0\0\n").expect("it can be written")),
        ("it is larger than 64 MiB", |file| {
            fs::File::create(file).and_then(|file| file.set_len(65 << 20)).expect("it can be written");
        }),
    ];
    for (told, make) in odd {
        let home = Home::new();
        fs::create_dir_all(home.file().parent().expect("a folder")).expect("a new folder");
        make(&home.file());
        let mut person = home.person();
        person.enters("print 6 * 7").sees("\n42\n").is_asked("nsh>").types(UP).sees("nsh> print 6 * 7");
        let screen = person.types(CTRL_U).is_asked("nsh>").screen().replace(['\n', ' '], "");
        assert_eq!(screen.matches("warning").count(), 1, "{screen}");
        assert!(screen.contains(&told.replace(' ', "")), "{screen}");
        leave(person);
    }
}
