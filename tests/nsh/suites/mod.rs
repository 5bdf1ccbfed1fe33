//! Suites: `nsh test` over scripts and documents, each report compared as a whole.

mod documents;
mod ends;
mod formats;
mod running;
mod selecting;
mod updating;

use regex::Regex;

use super::support::{Nsh, Output, nsh};

/// A script of three cases, the second of which fails.
const THREE: &str = r#"setup {
    listen 0 echo as srv
    print "set up"
}
cleanup { print "cleaned up" }
test "echoes" {
    connect $srv as a
    a: sendln "hello"
    a: expect line "hello"
}
test "shouts" {
    connect $srv as b
    b: sendln "hello"
    b: expect line "HELLO" within 100ms
}
test "goes on" {
    connect $srv as c
    c: sendln "x"
    c: expect "x"
}
"#;

/// What is told of the case that fails, without how long it took.
const SHOUTS: &str = r#"failed  three.nsh: shouts (T)
error: `expect` did not hold within 100 ms
   --> three.nsh:14:8
    |
 14 |     b: expect line "HELLO" within 100ms
    |        ^^^^^^^^^^^^^^^^^^^ expected 5 B, received 6 B that differ at byte 0
    |   expected  48 45 4c 4c 4f   HELLO
    |   received  68 65 6c 6c 6f 0a   hello␊
    |             ^^ ^^ ^^ ^^ ^^ ^^
 unread:
   b ← 6 B  hello␊
 again: nsh test three.nsh:11
"#;

/// `nsh test` with the words of `line`, and that script in its folder.
fn three(line: &str) -> Nsh {
    nsh("test").words(line).file("three.nsh", THREE)
}

/// A text in which every length of time that a report tells is `T`.
fn timeless(text: &str) -> String {
    let times = [
        (r"([(, ])[0-9.]+ (?:µs|ms|s)\)", "${1}T)"),
        (r#"(time|timestamp)="[^"]*""#, r#"$1="T""#),
        (r"duration_ms: [0-9.]+", "duration_ms: T"),
        (r#""took":[0-9]+"#, r#""took":T"#),
    ];
    times.into_iter().fold(text.to_owned(), |text, (pattern, instead)| {
        Regex::new(pattern).expect("it is written here").replace_all(&text, instead).into_owned()
    })
}

impl Output {
    /// Its standard output is exactly that, times aside, and nothing is on its standard error.
    #[track_caller]
    fn reports(&self, expected: &str) -> &Self {
        let told = timeless(&self.out());
        assert!(told == expected, "the report is not\n{expected}\n--- but\n{told}\n--- stderr\n{}", self.err());
        self.stderr("")
    }
}
