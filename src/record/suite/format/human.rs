//! For people: a line for each file that held, and everything about what did not.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Format, Manner, Report, drawn, findings, full_name, share};
use crate::engine::event::Unread;
use crate::look::words::{self, Gauge};
use crate::look::{Role, amount, escape};
use crate::record::suite::{Captured, Case, Failure, File, Total, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "human",
    extension: "txt",
    summary: "lines to read",
    begin: |out, manner| Box::new(Human { out, manner, last: Last::Nothing }),
};

struct Human {
    out: Box<dyn Write + Send>,
    manner: Manner,
    last: Last,
}

/// What was written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    /// A line that stands for itself.
    Line,
    /// Lines that belong together: they are set off by empty ones.
    Block,
}

/// As wide as the longest word that a line begins with.
const WORD: usize = 8;
/// How many lines of what a script wrote are shown.
const MOST_LINES: usize = 20;

impl Report for Human {
    fn file(&mut self, file: &File) -> io::Result<()> {
        if !file.findings.is_empty() {
            let line = self.line(Role::Error, "not run", &file.name, &[]);
            self.write(Last::Block, &(line + &findings(file, self.manner.style)))?;
        } else if file.cases.iter().any(|case| failure(case).is_some()) {
            self.failed(file)?;
        } else if self.manner.quiet == 0 {
            self.held(file)?;
        }
        self.out.flush()
    }

    fn end(&mut self, total: &Total) -> io::Result<()> {
        if self.manner.quiet < 2 {
            let line = self.total(total) + "\n";
            self.write(Last::Block, &line)?;
        }
        self.out.flush()
    }
}

/// Why a case failed, if it did.
fn failure(case: &Case) -> Option<&Failure> {
    match &case.verdict {
        Verdict::Failed(failure) => Some(failure),
        _ => None,
    }
}

impl Human {
    /// Writes a line or lines that belong together.
    fn write(&mut self, what: Last, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let apart = self.last != Last::Nothing && (what == Last::Block || self.last == Last::Block);
        self.last = what;
        self.out.write_all(if apart { b"\n" } else { b"" })?;
        self.out.write_all(text.as_bytes())
    }

    fn apply(&self, role: Role, text: &str) -> String {
        self.manner.style.paint.apply(role, text)
    }

    /// A line that begins with a word: `ok      chat.nsh (12 ms)`.
    fn line(&self, role: Role, word: &str, name: &str, facts: &[String]) -> String {
        let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
        let gap = " ".repeat(WORD.saturating_sub(word.len()));
        format!("{}{gap}{}{}\n", self.apply(role, word), clean(name), self.apply(Role::Faint, &facts))
    }

    /// A file in which nothing failed.
    fn held(&mut self, file: &File) -> io::Result<()> {
        let written = if self.manner.verbose > 1 { self.written(file) } else { String::new() };
        let lines = if self.manner.verbose > 0 {
            file.cases.iter().map(|case| self.case(file, case)).collect()
        } else {
            self.whole(file)
        };
        self.write(if written.is_empty() { Last::Line } else { Last::Block }, &(lines + &written))
    }

    /// All cases of a file in a line.
    fn whole(&self, file: &File) -> String {
        let mut facts = cases(file);
        let held = file.cases.iter().find(|case| matches!(case.verdict, Verdict::Held));
        let Some(held) = held else {
            let is_checked = file.cases.iter().any(|case| matches!(case.verdict, Verdict::Checked));
            let (role, word) = if is_checked { (Role::Faint, "checked") } else { (Role::Warning, "skipped") };
            return self.line(role, word, &file.name, &facts);
        };
        if held.runs.0 > 1 {
            facts.push(format!("{} runs", held.runs.0));
        }
        facts.push(amount::took(file.took));
        self.line(Role::Good, "ok", &file.name, &facts)
    }

    /// A case in a line.
    fn case(&self, file: &File, case: &Case) -> String {
        let name = full_name(file, case.name.as_deref());
        let took = amount::took(case.took);
        match case.verdict {
            Verdict::Held if case.runs.0 > 1 => {
                self.line(Role::Good, "ok", &name, &[format!("{} runs", case.runs.0), took])
            }
            Verdict::Held => self.line(Role::Good, "ok", &name, &[took]),
            Verdict::Failed(_) => {
                let facts: Vec<String> = share(case.runs).into_iter().chain([took]).collect();
                self.line(Role::Error, "failed", &name, &facts)
            }
            Verdict::Checked => self.line(Role::Faint, "checked", &name, &[]),
            Verdict::Skipped(why) => self.line(Role::Warning, "skipped", &name, &[why.to_owned()]),
        }
    }

    /// A file in which something failed: those cases with all that is known, those that held if that is asked for.
    fn failed(&mut self, file: &File) -> io::Result<()> {
        for case in &file.cases {
            if let Some(failure) = failure(case) {
                let parts = [
                    self.case(file, case),
                    drawn(failure, self.manner.style),
                    self.unread(&failure.unread),
                    self.hint("again", &case.again),
                ];
                self.write(Last::Block, &parts.concat())?;
            } else if self.manner.verbose > 0 {
                self.write(Last::Line, &self.case(file, case))?;
            }
        }
        let skipped = file.cases.iter().filter_map(|case| match case.verdict {
            Verdict::Skipped(why) => Some(why),
            _ => None,
        });
        let skipped: Vec<&str> = skipped.collect();
        if let Some(why) = skipped.first().filter(|_| self.manner.verbose == 0) {
            let facts = [format!("{}: {why}", counted(skipped.len(), "case"))];
            let line = self.line(Role::Warning, "skipped", &file.name, &facts);
            self.write(Last::Line, &line)?;
        }
        let written = self.written(file);
        self.write(Last::Block, &written)
    }

    /// ` word: text`, as hints stand below errors.
    fn hint(&self, word: &str, text: &str) -> String {
        format!(" {}: {}\n", self.apply(Role::Hint, word), clean(text))
    }

    fn unread(&self, unread: &[Unread]) -> String {
        let gauge = unread.iter().fold(Gauge::default(), |gauge, one| gauge.widened(Some(&one.session), one.count));
        let paint = self.manner.style.paint;
        let width = self.manner.style.width.map(|width| width.saturating_sub(INDENT.len()));
        let lines = unread.iter().map(|one| {
            format!(
                "{INDENT}{}\n",
                words::beginning(Some(&one.session), '←', (&one.bytes, one.count), gauge, paint, width)
            )
        });
        let lines: String = lines.collect();
        if lines.is_empty() { lines } else { format!(" {}:\n{lines}", self.apply(Role::Hint, "unread")) }
    }

    /// What a file wrote.
    fn written(&self, file: &File) -> String {
        let name = clean(&file.name);
        self.stream(&format!("printed by {name}"), &file.output)
            + &self.stream(&format!("on standard error of {name}"), &file.errors)
    }

    fn stream(&self, word: &str, captured: &Captured) -> String {
        if captured.is_empty() {
            return String::new();
        }
        let text = escape::lines(&captured.bytes);
        let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
        let before = lines.len().saturating_sub(MOST_LINES);
        let bar = self.apply(Role::Faint, "|");
        let mut shown = format!(" {}:\n", self.apply(Role::Hint, word));
        if before > 0 {
            let _ = writeln!(shown, "{INDENT}{bar} {}", self.apply(Role::Faint, &format!("… {before} lines before")));
        }
        for line in &lines[before..] {
            shown += format!("{INDENT}{bar} {line}").trim_end();
            shown.push('\n');
        }
        if captured.lost > 0 {
            let lost = format!("… {} more", amount::bytes(captured.lost));
            let _ = writeln!(shown, "{INDENT}{bar} {}", self.apply(Role::Faint, &lost));
        }
        shown
    }

    /// `47 cases in 12 files: 45 held, 1 failed, 1 only checked (3.2 s)`
    fn total(&self, total: &Total) -> String {
        let mut parts = Vec::new();
        let parted = [
            (total.held, "held", Role::Good),
            (total.failed, "failed", Role::Error),
            (total.checked, "only checked", Role::Faint),
            (total.skipped, "skipped", Role::Warning),
        ];
        for (count, word, role) in parted.into_iter().filter(|(count, ..)| *count > 0) {
            parts.push(self.apply(role, &format!("{count} {word}")));
        }
        if total.broken > 0 {
            parts.push(self.apply(Role::Error, &(counted(total.broken, "file") + " not run")));
        }
        if total.is_broken_off() {
            let left = counted(total.files.0 - total.files.1, "file") + " left";
            parts.push(self.apply(Role::Warning, &("interrupted, ".to_owned() + &left)));
        }
        let subject = format!("{} in {}", counted(total.cases(), "case"), counted(total.files.1, "file"));
        let took = self.apply(Role::Faint, &format!(" ({})", amount::took(total.took)));
        format!("{subject}: {}{took}", parts.join(", "))
    }
}

/// What stands before lines that belong to a word above them.
const INDENT: &str = "   ";

fn clean(text: &str) -> String {
    escape::one_line(text.as_bytes())
}

/// `1 case`, `2 cases`
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// `3 cases`, `1 only checked`, where the file has any that are not the whole of it.
fn cases(file: &File) -> Vec<String> {
    if file.cases.iter().all(|case| case.name.is_none()) {
        return Vec::new();
    }
    let mut sum = Total::default();
    sum.add(file);
    let others = [(sum.checked, "only checked"), (sum.skipped, "skipped")];
    let ran = Some(counted(sum.held, "case")).filter(|_| sum.held > 0);
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    ran.into_iter().chain(others).collect()
}
