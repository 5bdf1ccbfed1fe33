//! Stills: one screen of a film.

use super::super::support::nsh;
use super::{VARIED, recorded, text};

const CHAPTERS: &str = "## One\nprint \"first\"\n## Two\nprint \"second\"\n## Three\n";

fn still(options: &str) -> String {
    text(&recorded(CHAPTERS, &format!("-o demo.txt {options}")), "demo.txt")
}

#[test]
fn a_still_is_the_last_screen_or_that_of_a_moment_or_chapter() {
    let (one, two) = ("nsh> ## One\nnsh> print \"first\"\nfirst\n", "nsh> ## Two\nnsh> print \"second\"\nsecond\n");
    assert_eq!(still("--still"), format!("{one}{two}nsh> ## Three\n"));
    assert_eq!(still("--at One"), one);
    assert_eq!(still("--at Two"), format!("{one}{two}"));
    assert_eq!(still("--at 0s"), "nsh>\n");
    assert_eq!(still("--at 850ms --typing 50ms"), "nsh> ## On\n");
    let scrolled = text(&recorded(VARIED, "-o demo.txt --still"), "demo.txt");
    assert_eq!(scrolled.lines().count(), 11, "{scrolled}");
}

#[test]
fn a_moment_that_is_not_there_is_told() {
    let output = nsh("record demo.nsh --at Four").file("demo.nsh", CHAPTERS).output();
    output.code(1).stderr("error: cannot write the recording: it has no chapter `Four`\n");
    let output = nsh("record demo.nsh --still -o demo.cast").file("demo.nsh", CHAPTERS).output();
    output.code(2);
    assert!(output.err().starts_with("error: a `.cast` holds no single screen\n hint: `.svg`, "), "{}", output.err());
}

#[test]
fn every_medium_but_casts_has_stills() {
    for extension in ["svg", "gif", "html", "txt"] {
        let folder = recorded(CHAPTERS, &format!("-o demo.{extension} --at Two"));
        let again = recorded(CHAPTERS, &format!("-o demo.{extension} --at Two"));
        let name = format!("demo.{extension}");
        assert!(!folder.read(&name).is_empty() && folder.read(&name) == again.read(&name), "{extension}");
    }
}
