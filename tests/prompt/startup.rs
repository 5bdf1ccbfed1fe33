//! Scripts at the prompt: `nshrc` at the start, `source` and `replay` later.

use std::fs;
use std::path::{Path, PathBuf};

use super::person::{Person, new_home};
use super::{CTRL_C, CTRL_D, LEAVE};

/// A home folder with some files, removed afterwards.
struct Home(PathBuf);

impl Home {
    fn with(files: &[(&str, &str)]) -> Self {
        let home = Self(new_home());
        for (name, content) in files {
            let file = home.0.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a new folder");
            fs::write(file, content).expect("it can be written");
        }
        home
    }

    fn person(&self, arguments: &[&str]) -> Person {
        Person::starts_at(self.0.clone(), arguments, &[])
    }

    fn at(&self, file: &str) -> String {
        let path: &Path = &self.0;
        path.join(file).display().to_string()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const RC: &str = ".config/nsh/nshrc";

fn leave(mut person: Person) {
    person.types(LEAVE).left_with(0);
}

#[test]
fn nshrc_runs_before_the_first_prompt() {
    let home = Home::with(&[(RC, "print \"good morning\"\ndef twice(x) { return $x + $x }\nset timeout 1s\n")]);
    let mut person = home.person(&[]);
    person.sees("press Tab\ngood morning\nnsh>").is_asked("nsh>").enters("print twice(21)").sees("\n42\n");
    // What was typed stands alone with it only.
    person.is_asked("nsh>").enters("save it.nsh").sees("saved").is_asked("nsh>");
    let saved = fs::read_to_string(home.0.join("it.nsh")).expect("it is saved");
    assert!(saved.contains("def twice(x)") && saved.contains("print twice(21)"), "{saved}");
    leave(person);
    let mut person = home.person(&["--no-rc"]);
    person.is_asked("nsh>").enters("print twice(21)").sees("unknown function").is_asked("nsh>");
    assert!(!person.screen().contains("good morning"), "{}", person.screen());
    leave(person);
}

#[test]
fn nshrc_is_the_prompts_alone() {
    let home = Home::with(&[(RC, "print \"good morning\"\n"), ("it.nsh", "print \"it\"\n")]);
    for arguments in [&["run", "it.nsh"][..], &["-c", "print \"it\""]] {
        let mut person = home.person(arguments);
        person.sees("it\n").left_with(0);
        assert_eq!(person.screen(), "it\n");
    }
}

#[test]
fn a_mistake_in_nshrc_is_told_and_locks_nobody_out() {
    let mistakes = [
        ("print \"one\"\nlisen tcp 0\n", "nshrc:2:1", "did you mean `listen`?"),
        ("print \"one\"\nfail \"on purpose\"\n", "nshrc:2:1", "on purpose"),
        ("connect 127.0.0.1 1\n", "nshrc:1:1", "refused"),
        ("exit 1\n", "nshrc", "ends nothing but that"),
        ("if true {\n", "nshrc:", "error"),
    ];
    for (content, place, told) in mistakes {
        let home = Home::with(&[(RC, content)]);
        let mut person = home.person(&[]);
        person.is_asked("nsh>").enters("print 6 * 7").sees("\n42\n").is_asked("nsh>");
        let screen = person.screen().replace(['\n', ' '], "");
        assert!(screen.contains(place) && screen.contains(&told.replace(' ', "")), "{screen}");
        leave(person);
    }
    let home = Home::with(&[(RC, "print \"begun\"\nwhile true { sleep 10ms }\n")]);
    let mut person = home.person(&[]);
    person.sees("\nbegun\n").types(CTRL_C).sees("interrupted").is_asked("nsh>");
    leave(person);
    let home = Home::with(&[(".config/nsh/nshrc/inside", "")]);
    let mut person = home.person(&[]);
    person.sees("is no file").is_asked("nsh>");
    leave(person);
}

#[test]
fn source_leaves_what_it_makes() {
    let home = Home::with(&[(
        "lib.nsh",
        "let word = \"hello\"\ndef shout() { return upper($word) }\nlisten tcp 0 echo as srv\nconnect $srv as a\n",
    )]);
    let mut person = home.person(&[]);
    person.is_asked("nsh>").enters("source lib.nsh").sees("srv.1 open").is_asked("nsh a>");
    person.enters("send shout()").sees("a ← 5 B  HELLO").is_asked("nsh a>");
    person.enters("save all.nsh").sees("saved 5 statements and 1 expectation to all.nsh").is_asked("nsh a>");
    let saved = fs::read_to_string(home.0.join("all.nsh")).expect("it is saved");
    assert!(!saved.contains("source") && saved.contains("connect $srv as a\nsend shout()\na: expect"), "{saved}");
    leave(person);
}

#[test]
fn errors_of_a_sourced_script_point_into_it_and_stop_it() {
    let home = Home::with(&[
        ("fails.nsh", "print \"before\"\nassert 1 == 2\nprint \"after\"\n"),
        ("wrong.nsh", "print $nothing\nlisen tcp 0\n"),
        ("itself.nsh", "source \"itself.nsh\"\n"),
        ("left.nsh", "print \"leaves\"\nexit 7\n"),
    ]);
    let mut person = home.person(&[]);
    person.is_asked("nsh>").enters("source fails.nsh").sees("\nbefore\n").sees("--> fails.nsh:2:8").is_asked("nsh>");
    assert!(!person.screen().contains("after"), "{}", person.screen());
    person.enters("source wrong.nsh").sees("--> wrong.nsh:1:7").sees("--> wrong.nsh:2:1").is_asked("nsh>");
    person.enters("source itself.nsh").sees("more than 32 deep").is_asked("nsh>");
    person.enters("source none.nsh").sees("cannot read `none.nsh`").is_asked("nsh>");
    person.enters(&format!("source {}", home.at("left.nsh"))).sees("\nleaves\n").left_with(7);
}

#[test]
fn a_replay_looks_like_typing() {
    let home = Home::with(&[(
        "demo.nsh",
        "# A server and its client\nlisten tcp 0 echo as srv\n\nconnect $srv as a\na: sendln \"hello\"\na: expect line \"hello\"\n\
         for x in [1, 2] {\n    print $x\n}\n",
    )]);
    let mut person = home.person(&[]);
    person
        .is_asked("nsh>")
        .enters("replay demo.nsh speed=50")
        .sees("nsh> # A server and its client\nnsh> listen tcp 0 echo as srv\n");
    person.sees("\nnsh> connect $srv as a\n").sees("\nnsh a> a: sendln \"hello\"\n").sees("a matched line \"hello\"");
    person.sees("\nnsh a> for x in [1, 2] {\n    print $x\n}\n1\n2\n").is_asked("nsh a>");
    person.enters("replay demo.nsh speed=0").sees("from 0.01 to 1000").is_asked("nsh a>");
    leave(person);
}

#[test]
fn a_replay_goes_step_by_step_and_stops() {
    let home = Home::with(&[(
        "demo.nsh",
        "print \"o\" + \"ne\"\nif true {\n    print \"t\" + \"wo\"\n}\nprint \"thr\" + \"ee\"\n",
    )]);
    let mut person = home.person(&[]);
    person.is_asked("nsh>").enters("replay demo.nsh step").is_asked("nsh> print \"o\" + \"ne\"");
    assert!(!person.screen().contains("\none\n"));
    person.types("\r").sees("\none\n").sees("nsh> if true {\n    print").is_asked("}").types("\r").sees("\ntwo\n");
    person.is_asked("nsh> print \"thr\" + \"ee\"").types(CTRL_C).is_asked("nsh>");
    person.enters("replay demo.nsh step").is_asked("nsh> print \"o\" + \"ne\"").types(CTRL_D).is_asked("nsh>");
    assert!(!person.screen().contains("three"), "{}", person.screen());
    person
        .enters("replay demo.nsh speed=0.02")
        .sees("speed=0.02\nnsh> p")
        .types(CTRL_C)
        .sees("interrupted")
        .is_asked("nsh>");
    leave(person);
}
