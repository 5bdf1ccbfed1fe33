//! Formats: how the report of a suite is written. A registry: a new one is a file here and two lines.

mod human;
mod json;
mod junit;
mod tap;

use std::io::{self, Write};

use super::{Failure, File, Total};
use crate::look::Paint;
use crate::look::draw::{self, Style};

/// A way to write the report of a suite.
pub(crate) struct Format {
    /// The word that it is asked for by.
    pub(crate) name: &'static str,
    /// The extension of files that hold it, without the point.
    pub(crate) extension: &'static str,
    /// What it is, in half a line.
    pub(crate) summary: &'static str,
    /// Begins a report.
    pub(crate) begin: fn(Box<dyn Write + Send>, Manner) -> Box<dyn Report>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// How errors are drawn.
    pub(crate) style: Style,
    /// How much is left out: 1 for what held, 2 for the total as well.
    pub(crate) quiet: u8,
    /// How much more is told: 1 for every case, 2 for what files wrote as well.
    pub(crate) verbose: u8,
    /// The highest version of TAP that its reader knows.
    pub(crate) tap: u32,
    /// When the suite began, in seconds since 1970.
    pub(crate) began: u64,
}

/// A report that is being written.
pub(crate) trait Report: Send {
    /// Adds a file. Files come in their order.
    fn file(&mut self, file: &File) -> io::Result<()>;

    /// Ends the report.
    fn end(&mut self, total: &Total) -> io::Result<()>;
}

/// All formats, in the order help shows them.
pub(crate) fn all() -> &'static [Format] {
    &[human::FORMAT, tap::FORMAT, junit::FORMAT, json::FORMAT]
}

/// The format of that name.
pub(crate) fn named(name: &str) -> Option<&'static Format> {
    all().iter().find(|format| format.name == name)
}

/// The format of files with that extension.
pub(crate) fn of_extension(extension: &str) -> Option<&'static Format> {
    all().iter().find(|format| format.extension.eq_ignore_ascii_case(extension))
}

/// How errors are drawn for programs.
const PLAIN: Style = Style { paint: Paint::PLAIN, width: None };

/// Why a file could not be run, as everywhere.
fn findings(file: &File, style: Style) -> String {
    draw::diagnostics(file.findings.iter().map(|(source, diagnostic)| (source.as_ref(), diagnostic)), style)
}

/// The error of a failure, as everywhere.
fn drawn(failure: &Failure, style: Style) -> String {
    draw::diagnostic_in(&failure.fault.diagnostic, &failure.fault.source, style)
}

/// What a case is called in a list of the cases of all files: `chat.nsh: two clients`.
fn full_name(file: &File, name: Option<&str>) -> String {
    name.map_or_else(|| file.name.clone(), |name| format!("{}: {name}", file.name))
}

/// How often a case failed, where it ran more than once: `3 of 20 runs`.
fn share(runs: (u32, u32)) -> Option<String> {
    (runs.0 > 1).then(|| format!("{} of {} runs", runs.1, runs.0))
}
