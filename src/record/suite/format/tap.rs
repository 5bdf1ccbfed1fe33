//! TAP: the Test Anything Protocol, version 14, which readers of version 13 take as well.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Format, PLAIN, Report, drawn, findings, full_name, share};
use crate::look::escape;
use crate::record::suite::{Case, Failure, File, Total, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "tap",
    extension: "tap",
    summary: "the Test Anything Protocol, version 14",
    begin: |out, manner| {
        let version = manner.tap.clamp(13, 14);
        Box::new(Tap { out, pending: format!("TAP version {version}\n"), count: 0 })
    },
};

struct Tap {
    out: Box<dyn Write + Send>,
    /// What is written before anything else.
    pending: String,
    /// Test points so far.
    count: usize,
}

impl Report for Tap {
    fn file(&mut self, file: &File) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.pending);
        if !file.findings.is_empty() {
            self.point(&mut text, "not ok", &full_name(file, None), "");
            let message = file.findings.first().map_or("", |(_, diagnostic)| diagnostic.message.as_str());
            block(&mut text, &[("message", quoted(message)), ("error", literal(&findings(file, PLAIN)))]);
        }
        for case in &file.cases {
            self.case(&mut text, file, case);
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    fn end(&mut self, total: &Total) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.pending);
        if total.is_broken_off() {
            text.push_str("Bail out! interrupted\n");
        } else {
            let _ = writeln!(text, "1..{}", self.count);
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl Tap {
    /// A test point: `ok 1 - chat.nsh # SKIP why`.
    fn point(&mut self, text: &mut String, word: &str, name: &str, directive: &str) {
        self.count += 1;
        let name = escape::one_line(name.as_bytes()).replace('\\', "\\\\").replace('#', "\\#");
        let _ = writeln!(text, "{word} {} - {name}{directive}", self.count);
    }

    fn case(&mut self, text: &mut String, file: &File, case: &Case) {
        let name = full_name(file, case.name.as_deref());
        let took = ("duration_ms", format!("{}.{:03}", case.took.as_millis(), case.took.subsec_micros() % 1000));
        match &case.verdict {
            Verdict::Held => {
                self.point(text, "ok", &name, "");
                block(text, &[took]);
            }
            Verdict::Checked => self.point(text, "ok", &name, " # SKIP only checked"),
            Verdict::Skipped(why) => self.point(text, "ok", &name, &format!(" # SKIP {why}")),
            Verdict::Failed(failure) => {
                self.point(text, "not ok", &name, "");
                block(text, &failed(case, failure, took));
            }
        }
    }
}

/// What is told of a case that failed.
fn failed(case: &Case, failure: &Failure, took: (&'static str, String)) -> Vec<(&'static str, String)> {
    let diagnostic = &failure.fault.diagnostic;
    let mut members = vec![("message", quoted(&diagnostic.message)), ("severity", "fail".to_owned()), took];
    if let Some(share) = share(case.runs) {
        members.push(("failed", quoted(&share)));
    }
    if let Some(span) = diagnostic.span {
        let (line, column) = failure.fault.source.position(span.start);
        let file = quoted(&failure.fault.source.name);
        members.push(("at", format!("{{file: {file}, line: {line}, column: {column}}}")));
    }
    members.push(("error", literal(&drawn(failure, PLAIN))));
    if !failure.unread.is_empty() {
        let lines = failure.unread.iter().map(|one| {
            let bytes = escape::one_line(&one.bytes);
            format!("\n    {}: {}", quoted(&one.session.name), quoted(&bytes))
        });
        members.push(("unread", lines.collect()));
    }
    members.push(("again", quoted(&case.again)));
    members
}

/// A block of diagnostics in YAML behind a test point.
fn block(text: &mut String, members: &[(&'static str, String)]) {
    text.push_str("  ---\n");
    for (key, value) in members {
        let gap = if value.starts_with('\n') { "" } else { " " };
        let _ = writeln!(text, "  {key}:{gap}{value}");
    }
    text.push_str("  ...\n");
}

/// A text in quotes: strings of JSON are strings of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Several lines as they are.
fn literal(text: &str) -> String {
    // How far lines are indented is said only where the first does not show it: not every reader knows that.
    let mark = if text.starts_with([' ', '\t', '\n']) { "|2" } else { "|" };
    text.lines().fold(mark.to_owned(), |literal, line| literal + "\n    " + line)
}
