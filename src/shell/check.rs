//! `nsh check`: what is wrong with scripts, found without running anything.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::arguments::Globals;
use super::colour;
use super::output::Streams;
use super::source::{self, Unreadable};
use super::status::Status;
use super::terminal;
use crate::engine::console::{Manner, Task};
use crate::engine::event::SessionTag;
use crate::engine::{Config, Console, Engine, Event, EventSink};
use crate::language::{Diagnostic, Mode, Source};
use crate::look::draw::{self, Style};

/// Checks all files, whatever is wrong with one: 2 when one has an error, 1 when one cannot be read.
pub(crate) fn run(globals: &Globals, files: &[PathBuf]) -> Status {
    let engine = Engine::new(Config::default(), Arc::new(Nobody), Arc::new(Nobody));
    let style = Style { paint: colour::decide(globals.color).1, width: terminal::error_width() };
    let mut status = Status::HELD;
    let mut told = Vec::new();
    for file in files {
        let (drawn, found) = match source::read(file) {
            Ok(source) => findings(&engine, source, globals, style),
            Err(unreadable) => cannot_read(&unreadable, style),
        };
        told.extend(drawn);
        status = status.or(found);
    }
    Streams::new().error(&told.join("\n"));
    status
}

/// Whether a script can be run.
pub(crate) fn holds(script: &Source) -> bool {
    Engine::new(Config::default(), Arc::new(Nobody), Arc::new(Nobody)).load(script.clone(), Mode::Script).is_ok()
}

/// The findings in one script, drawn.
fn findings(engine: &Engine, source: Source, globals: &Globals, style: Style) -> (Option<String>, Status) {
    let draw = |findings: &[(Arc<Source>, Diagnostic)]| {
        let findings = findings.iter().map(|(source, diagnostic)| (source.as_ref(), diagnostic));
        Some(draw::diagnostics(findings, style)).filter(|drawn| !drawn.is_empty())
    };
    match engine.load(source, Mode::Script) {
        Ok(_) if globals.quiet > 1 => (None, Status::HELD),
        Ok(program) => (draw(&program.warnings), Status::HELD),
        Err(rejection) => (draw(&rejection.findings), Status::USAGE),
    }
}

/// Why a file cannot be read, drawn.
pub(crate) fn cannot_read(unreadable: &Unreadable, style: Style) -> (Option<String>, Status) {
    (Some(draw::diagnostic_in(&unreadable.diagnostic, &unreadable.source, style)), unreadable.status)
}

/// Where nothing runs, nobody is told or asked anything.
pub(crate) struct Nobody;

impl EventSink for Nobody {
    fn emit(&self, _event: Event) {}

    fn wants_data(&self) -> bool {
        false
    }
}

impl Console for Nobody {
    fn ask<'a>(&'a self, _prompt: &'a str, _secret: bool) -> Task<'a, std::io::Result<Option<String>>> {
        Box::pin(async { Ok(None) })
    }

    fn read(&self) -> Task<'_, std::io::Result<Option<Bytes>>> {
        Box::pin(async { Ok(None) })
    }

    fn write(&self, _bytes: Bytes) -> Task<'_, std::io::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn end(&self) -> Task<'_, std::io::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, _session: Option<(&Arc<SessionTag>, Manner)>) {}
}
