//! Media: what recordings are kept on, each held against what a terminal shows of the same film.

mod gif;
mod html;
mod stills;
mod svg;

use std::sync::Arc;

use avt::Terminal;

use super::support::{Folder, nsh};

/// A script that scrolls, wraps, and shows letters of every kind.
const VARIED: &str = r#"# title "One & <other>"
# size 44x12
## The first chapter
listen tcp 0 echo as srv
connect $srv as a
a: send "你好 <b>&amp;</b> \e[31m éà ─│█ → e\u{301}x\r\n\t"
a: expect "\t"
## A second
print "a line that is longer than the terminal has columns, so that it goes on in the next"
sessions
repeat 3 {
    a: sendln "again"
    a: expect line "again"
}
# pause 3s
connect localhost 1
"#;

const COLUMNS: usize = 44;
const ROWS: usize = 12;

/// Records a script into these files.
#[track_caller]
fn recorded(script: &str, options: &str) -> Arc<Folder> {
    let command = nsh(&format!("-qq record demo.nsh {options}")).file("demo.nsh", script);
    let folder = command.folder();
    let output = command.output();
    assert!(output.code == 0 || output.code == 1, "{}", output.err());
    folder
}

/// A text of a folder.
#[track_caller]
fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).expect("text")
}

/// What a terminal shows from a moment on, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    at: u64,
    rows: Vec<String>,
}

/// What a terminal shows of a cast, moment by moment; and how long it is, in microseconds.
fn shown(cast: &str, columns: usize, rows: usize) -> (Vec<Shown>, u64) {
    let mut terminal = Terminal::new(columns, rows).expect("a size");
    let mut moments: Vec<Shown> = Vec::new();
    let mut length = 0;
    for line in cast.lines().skip(1) {
        let (at, code, data): (f64, String, String) = serde_json::from_str(line).expect("an event");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes")]
        let at = (at * 1e6).round() as u64;
        length = at;
        if code != "o" || data.is_empty() {
            continue;
        }
        // The terminal of these tests gives a mark a cell of its own.
        terminal.feed(data.replace("e\u{301}", "é").as_str());
        let lines = terminal.screen().visible_lines().map(|line| line.text().trim_end().to_owned());
        let lines: Vec<String> = lines.collect();
        match moments.last_mut() {
            Some(last) if last.at == at => last.rows = lines,
            _ => moments.push(Shown { at, rows: lines }),
        }
    }
    (moments, length)
}
