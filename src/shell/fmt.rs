//! `nsh fmt`: scripts rewritten in the one form that the formatter gives them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::Globals;
use super::check::cannot_read;
use super::colour;
use super::output::Streams;
use super::source::{self, Unreadable, is_standard_input, reason};
use super::status::Status;
use super::terminal;
use crate::engine::Engine;
use crate::engine::file::replace;
use crate::language::{self, Diagnostic, Mode, Source};
use crate::look::draw::{self, Style};

/// Formats all files, whatever is wrong with one. With `check` nothing is written: files that would change are
/// listed on standard output, and the status is 1. A script that does not parse is left as it is, with 2.
pub(crate) fn run(globals: &Globals, files: &[PathBuf], check: bool) -> Status {
    let streams = Streams::new();
    let style = Style { paint: colour::decide(globals.color).1, width: terminal::error_width() };
    let mut status = Status::HELD;
    for file in files {
        let outcome = source::read(file).and_then(|source| format(file, source, check, &streams, style));
        status = status.or(outcome.unwrap_or_else(|unreadable| {
            let (drawn, found) = cannot_read(&unreadable, style);
            streams.error(&drawn.unwrap_or_default());
            found
        }));
    }
    status
}

fn format(file: &Path, source: Source, check: bool, streams: &Streams, style: Style) -> Result<Status, Unreadable> {
    let parsed = language::parse(Arc::new(source), Engine::vocabulary(), Mode::Script);
    if !parsed.diagnostics.is_empty() {
        let findings = parsed.diagnostics.iter().map(|diagnostic| (parsed.source.as_ref(), diagnostic));
        streams.error(&draw::diagnostics(findings, style));
        return Ok(Status::USAGE);
    }
    let formatted = language::format(&parsed.block);
    let differs = formatted != parsed.source.text;
    let written = match (check, is_standard_input(file)) {
        (false, true) => streams.output(formatted.as_bytes()),
        (false, false) if differs => replace(file, formatted.as_bytes()),
        (true, _) if differs => streams.output(format!("{}\n", parsed.source.name).as_bytes()),
        _ => Ok(()),
    };
    written.map_err(|error| {
        let message = format!("cannot write `{}`: {}", file.display(), reason(&error));
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    })?;
    Ok(if check && differs { Status::REFUSED } else { Status::HELD })
}
