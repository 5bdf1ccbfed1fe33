//! JSON: one document with everything that is known.

use std::io::{self, Write};
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{Format, PLAIN, Report, drawn, findings};
use crate::engine::Fault;
use crate::engine::event::Unread;
use crate::net::json;
use crate::record::suite::{Captured, Case, Failure, File, Total, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "json",
    extension: "json",
    summary: "one document with everything that is known",
    begin: |out, _| Box::new(Json { out, begun: false }),
};

struct Json {
    out: Box<dyn Write + Send>,
    begun: bool,
}

impl Report for Json {
    fn file(&mut self, file: &File) -> io::Result<()> {
        self.out.write_all(if self.begun { b",\n" } else { HEAD.as_bytes() })?;
        self.begun = true;
        serde_json::to_writer(&mut self.out, &Told::from(file))?;
        self.out.flush()
    }

    fn end(&mut self, total: &Total) -> io::Result<()> {
        if !self.begun {
            self.out.write_all(HEAD.as_bytes())?;
        }
        self.out.write_all(b"\n],\"total\":")?;
        serde_json::to_writer(&mut self.out, &Sum::from(total))?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

/// What the document begins with.
const HEAD: &str = concat!("{\"nsh\":\"", env!("CARGO_PKG_VERSION"), "\",\"files\":[\n");

/// A file as it is written.
#[derive(Serialize)]
struct Told<'f> {
    file: &'f str,
    #[serde(with = "json::microseconds")]
    took: Duration,
    /// The errors because of which it could not be run, as they are drawn.
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    cases: Vec<ToldCase<'f>>,
    #[serde(serialize_with = "captured", skip_serializing_if = "Captured::is_empty")]
    stdout: &'f Captured,
    #[serde(serialize_with = "captured", skip_serializing_if = "Captured::is_empty")]
    stderr: &'f Captured,
}

/// A case as it is written.
#[derive(Serialize)]
struct ToldCase<'f> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'f str>,
    runs: u32,
    failed: u32,
    #[serde(with = "json::microseconds")]
    took: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'f Fault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn: Option<String>,
    #[serde(skip_serializing_if = "<[Unread]>::is_empty")]
    unread: &'f [Unread],
    again: &'f str,
}

/// The sums.
#[derive(Serialize)]
struct Sum {
    files: usize,
    cases: usize,
    held: usize,
    failed: usize,
    checked: usize,
    skipped: usize,
    not_run: usize,
    left: usize,
    #[serde(with = "json::microseconds")]
    took: Duration,
}

impl<'f> From<&'f File> for Told<'f> {
    fn from(file: &'f File) -> Self {
        Self {
            file: &file.name,
            took: file.took,
            error: findings(file, PLAIN),
            cases: file.cases.iter().map(ToldCase::from).collect(),
            stdout: &file.output,
            stderr: &file.errors,
        }
    }
}

impl<'f> From<&'f Case> for ToldCase<'f> {
    fn from(case: &'f Case) -> Self {
        let (verdict, why, failure): (_, _, Option<&Failure>) = match &case.verdict {
            Verdict::Held => ("held", None, None),
            Verdict::Failed(failure) => ("failed", None, Some(failure)),
            Verdict::Checked => ("checked", None, None),
            Verdict::Skipped(why) => ("skipped", Some(*why), None),
        };
        Self {
            name: case.name.as_deref(),
            line: case.line,
            verdict,
            why,
            runs: case.runs.0,
            failed: case.runs.1,
            took: case.took,
            error: failure.map(|failure| &failure.fault),
            drawn: failure.map(|failure| drawn(failure, PLAIN)),
            unread: failure.map_or(&[], |failure| &failure.unread),
            again: &case.again,
        }
    }
}

impl From<&Total> for Sum {
    fn from(total: &Total) -> Self {
        Self {
            files: total.files.1,
            cases: total.cases(),
            held: total.held,
            failed: total.failed,
            checked: total.checked,
            skipped: total.skipped,
            not_run: total.broken,
            left: total.files.0 - total.files.1,
            took: total.took,
        }
    }
}

fn captured<S: Serializer>(captured: &Captured, serializer: S) -> Result<S::Ok, S::Error> {
    json::bytes::serialize(&captured.bytes, serializer)
}
