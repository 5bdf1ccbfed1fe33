//! `nsh play` where there is no terminal, and files that are no recordings. At a terminal: `tests/prompt/play.rs`.

use super::support::nsh;

const CAST: &str =
    "{\"version\":2,\"width\":20,\"height\":2}\n[0.5,\"o\",\"\\u001b[1mone\\u001b[0m\\r\\ntwo\\r\\nthree\\r\\n\"]\n";

#[test]
fn without_a_terminal_all_of_its_text_is_written() {
    nsh("play demo.cast").file("demo.cast", CAST).output().code(0).stdout("one\ntwo\nthree\n").stderr("");
}

#[test]
fn a_recording_and_its_run_show_the_same() {
    let script =
        "## One\nlisten tcp 0 echo as srv\nconnect $srv as a\na: send \"x\"\na: expect \"x\"\nconnect localhost 1\n";
    let command = nsh("--log run.nshlog -qq record demo.nsh -o demo.cast -o demo.txt").file("demo.nsh", script);
    let folder = command.folder();
    command.output().code(1);
    let text = folder.read("demo.txt");
    for name in ["demo.cast", "run.nshlog"] {
        nsh(&format!("play {name}")).file(name, folder.read(name)).output().code(0).stdout(&text);
    }
}

#[test]
fn what_is_no_recording_is_told_with_its_place() {
    let told = |file: &str, text: &str| {
        let output = nsh(&format!("play {file}")).file(file, text).output();
        output.code(1).stdout("");
        output.err()
    };
    assert_eq!(
        told("demo.cast", "hello\n"),
        "error: cannot play `demo.cast`: line 1: expected the head of an asciicast, `{\"version\": 2, …}`\n"
    );
    assert_eq!(
        told("demo.cast", &format!("{CAST}[0.6, 7]\n")),
        "error: cannot play `demo.cast`: line 3, column 7: expected `[seconds, \"o\", \"text\"]`\n"
    );
    assert_eq!(told("run.nshlog", "hello\n"), "error: cannot play `run.nshlog`: it is no log of nsh\n");
    let gone = nsh("play gone.cast").output();
    gone.code(1).stderr("error: cannot play `gone.cast`: there is no such file\n");
}

#[test]
fn options_that_are_none_are_usage() {
    let output = nsh("play demo.cast --speed fast").file("demo.cast", CAST).output();
    output.code(2).stderr("error: `fast` is not how many times as fast: expected 0.125 to 64\n");
    let output = nsh("play demo.cast --idle never").file("demo.cast", CAST).output();
    output.code(2).stderr("error: `never` is not a length of time: expected `2s`\n");
}
