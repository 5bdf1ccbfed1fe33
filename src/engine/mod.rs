//! The engine: runs checked scripts against a table of sessions and tells what happens as events.
//!
//! It never prints and never draws; see [`event`].

mod amendment;
pub mod archive;
mod attach;
pub mod command;
mod confidants;
pub mod console;
mod difference;
mod evaluator;
pub mod event;
mod excerpt;
mod exchange;
mod expectation;
mod fault;
pub mod file;
mod fixtures;
mod flows;
pub mod function;
mod handlers;
mod journal;
mod ledger;
mod log;
mod login;
mod open;
mod pipeline;
mod present;
mod program;
mod prompt;
mod rates;
mod routes;
mod scope;
pub mod selection;
mod served;
mod session;
mod settings;
mod settle;
mod shared;
mod standard;
mod step;
pub mod topic;
mod value;
mod vocabulary;

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::language::vocabulary::Names;
use crate::language::{Mode, Source, Vocabulary};
use crate::net::transport::KeyLogFile;
use evaluator::{Evaluator, Flow};
use event::SessionTag;
use present::Present;
use selection::Selection;
use session::{Ending, Session};
use shared::Shared;

pub use amendment::Amendment;
pub use archive::Archive;
pub use console::Console;
pub(crate) use evaluator::COOPERATES;
pub use event::{Event, EventSink, Report, What};
pub use fault::{Class, Fault, Problem};
pub use program::{Program, Rejection};
pub use prompt::{Part, Template};

/// How the engine runs.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Arguments of the script: `$1`, `$2`, …
    pub arguments: Vec<String>,
    /// Whether it serves one statement of a Unix command line: listeners without handler then take one connection,
    /// and `connect` and `listen` join their session to the console.
    pub netcat: bool,
    /// The folder for what transports make and keep; without one they keep nothing.
    pub keep: Option<PathBuf>,
    /// The file that gets the secrets of TLS connections that name none of their own.
    pub key_log: Option<Arc<KeyLogFile>>,
    /// Whether somebody types, so that a journal is kept which `save` makes a script of.
    pub journal: bool,
    /// Whether it is recorded: it waits behind each statement until nothing moves any more, so that what happens is the
    /// same every time, and what `!command` prints is told as an event.
    pub recorded: bool,
    /// Where the ports come from that `freeport()` gives; `None` for where they usually do.
    pub ports: Option<RangeInclusive<u16>>,
    /// Which `test` blocks run.
    pub selection: Selection,
}

/// How a script ended, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Done,
    /// `exit CODE`.
    Exit(u8),
    /// It ran to its end, but a test or handler failed, which has been told as an event; with its exit code.
    Failed(u8),
}

/// What holds at a moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Situation {
    /// The current session, if it is open or holds an answer.
    pub session: Option<Arc<SessionTag>>,
    /// Its state in a word; empty without one.
    pub state: Cow<'static, str>,
    /// How many sessions are open.
    pub live: usize,
    /// What the prompt is to look like.
    pub prompt: Template,
}

/// The running shell: sessions, variables, settings. Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

impl Engine {
    /// An engine that tells `sink` what happens and asks `console`. Sessions need a running tokio runtime.
    pub fn new(config: Config, sink: Arc<dyn EventSink>, console: Arc<dyn Console>) -> Self {
        Self { shared: Shared::new(config, sink, console) }
    }

    /// The same, with an archive for the statements that have something kept.
    #[must_use]
    pub fn with_archive(self, archive: Arc<dyn Archive>) -> Self {
        let _ = self.shared.archive.set(archive);
        self
    }

    /// The words that exist, for completion, highlighting and help.
    pub fn vocabulary() -> &'static dyn Vocabulary {
        &vocabulary::Words
    }

    /// The names that exist now, for checking and completion.
    pub fn names(&self) -> Box<dyn Names> {
        Box::new(Present(Arc::clone(&self.shared)))
    }

    /// Parses and checks a text with everything it includes, against what exists now. Relative `include` paths
    /// start at the folder of the source's name.
    pub fn load(&self, source: Source, mode: Mode) -> Result<Program, Rejection> {
        program::load(source, mode, self.names().as_ref())
    }

    /// Runs a program in the foreground. Dropping the future interrupts its statement and leaves the sessions.
    pub async fn run(&self, program: &Program) -> Result<Outcome, Fault> {
        program.prepare(&self.shared);
        let mut evaluator = Evaluator::new(&self.shared, program.checked.source());
        let mut exit = self.shared.exit.subscribe();
        let asked = async { exit.wait_for(Option::is_some).await.map_or(None, |code| *code) };
        let flow = tokio::select! {
            biased;
            flow = evaluator.entry(program.checked.block()) => flow,
            code = asked => Ok(Flow::Exit(code.unwrap_or(0))),
        };
        self.shared.exit.send_replace(None);
        let failed = lock(&self.shared.handler_code).take();
        match flow.map_err(|fault| self.shared.redact_fault(fault))? {
            // What failed before an `exit` without a code of its own has failed all the same.
            Flow::Exit(code) => Ok(Outcome::Exit(if code == 0 { failed.unwrap_or(0) } else { code })),
            _ => Ok(failed.map_or(Outcome::Done, Outcome::Failed)),
        }
    }

    /// Says which entry of a prompt is loaded and run next, for `save … since N`; 0 is what nobody typed.
    pub fn enter(&self, entry: usize) {
        self.shared.journal.enter(entry);
    }

    /// Whether a text contains what no output may show.
    pub fn hides(&self, text: &str) -> bool {
        self.shared.conceal(text.as_bytes()) != text.as_bytes()
    }

    /// How many entries the history of a prompt keeps.
    pub fn history_size(&self) -> usize {
        lock(&self.shared.settings).history
    }

    /// Runs the `cleanup` blocks, once, then closes all sessions; socket files and the folder for temporary files are
    /// removed. Gives the exit code of the first cleanup that failed, which has been told as an event.
    pub async fn shut_down(&self) -> Option<u8> {
        let cleanups: Vec<_> = lock(&self.shared.cleanups).drain(..).collect();
        let mut failed = None;
        for (source, block, _) in cleanups.into_iter().rev() {
            let mut evaluator = Evaluator::aside(&self.shared, &source);
            if let Err(fault) = evaluator.block(&block).await {
                failed.get_or_insert(fault.class.code());
                self.shared.fail(None, fault);
            }
        }
        let sessions: Vec<Arc<Session>> = lock(&self.shared.table).all().rev().cloned().collect();
        for session in sessions {
            session.end(Ending::Orderly);
        }
        // Aborted tasks let go of their sockets when they are next polled; give them that turn.
        tokio::task::yield_now().await;
        self.shared.fixtures.clear();
        failed
    }

    /// What holds now, for a prompt.
    pub fn situation(&self) -> Situation {
        self.shared.situation()
    }

    /// The relays and listeners that are served as a table with their rates since the last look; `None` when there is
    /// none.
    pub fn flows(&self) -> Option<Report> {
        let report = flows::table(&self.shared, false);
        matches!(&report, Report::Table { rows, .. } if !rows.is_empty()).then_some(report)
    }

    /// Two lines for each open session, one for each direction, for a signal that asks for statistics.
    pub fn statistics(&self) -> String {
        let table = lock(&self.shared.table);
        let lines = table.all().flat_map(|session| {
            let (received, sent) = flows::moved(&table, session);
            [format!("{} received {received} B\n", session.name()), format!("{} sent {sent} B\n", session.name())]
        });
        lines.collect()
    }
}

/// Locks a mutex; one that was poisoned by a panic elsewhere is used as it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
