//! The command registry's contract: every example runs, and every word's help renders.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sockshell::engine::Engine;
use sockshell::engine::command::{self, Purpose};
use sockshell::engine::topic;
use sockshell::language::{Vocabulary, usage};

/// A folder of its own for one run, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nsh-commands-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder is new");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn nsh(folder: &Folder, statements: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nsh"))
        .args(["-c", statements])
        .current_dir(&folder.0)
        .env("HOME", &folder.0)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it is built")
}

/// The same, typed line by line.
fn typed(folder: &Folder, statements: &str) -> Output {
    let mut nsh = Command::new(env!("CARGO_BIN_EXE_nsh"))
        .current_dir(&folder.0)
        .env("HOME", &folder.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is built");
    nsh.stdin.take().expect("a pipe").write_all(statements.as_bytes()).expect("it reads");
    nsh.wait_with_output().expect("it ends")
}

#[test]
fn every_example_of_every_command_runs() {
    let mut ran = 0;
    for command in command::all() {
        for example in command.examples {
            let folder = Folder::new();
            // What keeps what is typed needs somebody who types.
            let run = if command.purpose == Purpose::Keeping { typed } else { nsh };
            let output = run(&folder, example.script);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{}:\n{}\n{errors}", command.signature.name, example.script);
            ran += 1;
        }
    }
    assert!(ran > command::all().len() / 2, "only {ran} examples");
}

#[test]
fn every_commands_help_tells_its_usage_options_and_examples() {
    let folder = Folder::new();
    for command in command::all() {
        let output = nsh(&folder, &format!("help {}", command.signature.name));
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", command.signature.name);
        assert!(text.starts_with(&usage(&command.signature)), "{text}");
        for option in command.signature.options {
            assert!(text.contains(option.summary), "{} does not tell of {}", command.signature.name, option.key);
        }
        for example in command.examples {
            assert!(text.contains(example.shows), "{text}");
        }
    }
}

#[test]
fn every_word_of_every_topic_has_help() {
    let folder = Folder::new();
    for topic in topic::all() {
        let output = nsh(&folder, &format!("help {}", topic.name));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{}", topic.name);
        for word in topic.words {
            assert!(text.contains(&word.summary), "{} in\n{text}", word.name);
            let output = nsh(&folder, &format!("help {}", word.name));
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{}", word.name);
            assert!(text.contains(&word.summary), "{}:\n{text}", word.name);
        }
    }
}

#[test]
fn a_wrong_word_is_answered_with_the_right_one() {
    let folder = Folder::new();
    for (wrong, right) in [("lisen", "listen"), ("setings", "settings"), ("uper", "upper"), ("exctly", "exactly")] {
        let output = nsh(&folder, &format!("help {wrong}"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(&format!("did you mean `{right}`?")), "{told}");
    }
}

#[test]
fn every_word_is_named_once() {
    let mut names: Vec<&str> = command::all().iter().map(|command| command.signature.name).collect();
    let total = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), total);
    let vocabulary: &dyn Vocabulary = Engine::vocabulary();
    assert_eq!(vocabulary.commands().len(), total);
}
