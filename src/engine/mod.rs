//! The engine: runs checked scripts against a table of sessions and tells what happens as events.
//!
//! It never prints and never draws; see [`event`].

pub mod console;
pub mod event;

use std::path::Path;
use std::sync::Arc;

use crate::language::{Diagnostic, Source, Vocabulary};
use crate::language::vocabulary::Names;

pub use console::Console;
pub use event::{Class, Event, EventSink, Fault, What};

/// How the engine runs.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Arguments of the script: `$1`, `$2`, …
    pub arguments: Vec<String>,
    /// Whether it serves one statement of a Unix command line: listeners without handler then take one connection,
    /// and `connect` and `listen` join their session to the console.
    pub netcat: bool,
}

/// How a script ended, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Done,
    /// `exit CODE`.
    Exit(u8),
    /// It ran to its end, but tests in it failed (exit code 3).
    TestsFailed,
}

/// What was wrong with a text before anything ran.
#[derive(Debug, Clone)]
pub struct Rejection {
    /// Every finding with the source it is in (a script and what it includes).
    pub findings: Vec<(Arc<Source>, Diagnostic)>,
    /// Whether the text merely ends too early (an open block), so that a prompt keeps reading.
    pub incomplete: bool,
}

/// The running shell: sessions, variables, settings. Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine;

/// A script with everything it includes, parsed and checked.
pub struct Program;

impl Engine {
    /// An engine that tells `sink` what happens and asks `console`.
    pub fn new(_config: Config, _sink: Arc<dyn EventSink>, _console: Arc<dyn Console>) -> Self {
        todo!()
    }

    /// The words that exist, for completion, highlighting and help.
    pub fn vocabulary() -> &'static dyn Vocabulary {
        todo!()
    }

    /// The names that exist now, for checking and completion.
    pub fn names(&self) -> Box<dyn Names> {
        todo!()
    }

    /// Parses and checks `text` with everything it includes, against what exists now. `folder` is where relative
    /// `include` paths start. `arguments` is true for the words of a Unix command line.
    pub fn load(&self, _source: Source, _folder: &Path, _arguments: bool) -> Result<Program, Rejection> {
        todo!()
    }

    /// Runs a program in the foreground. Dropping the future interrupts its statement and leaves the sessions.
    pub async fn run(&self, _program: &Program) -> Result<Outcome, Fault> {
        todo!()
    }

    /// Runs the `cleanup` blocks that were reached, once, then closes all sessions (files of Unix sockets removed).
    pub async fn shut_down(&self) {
        todo!()
    }

    /// The current session's name and how many sessions are open, for a prompt.
    pub fn situation(&self) -> (Option<String>, usize) {
        todo!()
    }

    /// Lines about the bytes each open session moved, for a signal that asks for statistics.
    pub fn statistics(&self) -> String {
        todo!()
    }
}
