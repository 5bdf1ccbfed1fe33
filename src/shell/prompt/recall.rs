//! The arrows: they recall what was typed before, and where something is typed already, what begins with it.

use std::sync::{Arc, Mutex, PoisonError};

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, RepeatCount};

use super::history::History;

/// What an arrow does: one step up or down through the entries.
pub(crate) struct Recall {
    up: bool,
    history: Arc<Mutex<History>>,
    /// Whether the steps began at an empty line, so that they go through all entries.
    all: Arc<Mutex<bool>>,
}

impl Recall {
    /// The arrows up and down, which know of each other.
    pub(crate) fn both(history: &Arc<Mutex<History>>) -> [Self; 2] {
        let all = Arc::default();
        [true, false].map(|up| Self { up, history: Arc::clone(history), all: Arc::clone(&all) })
    }

    fn is_recalled(&self, line: &str) -> bool {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.entries().iter().any(|past| past.text == line)
    }
}

impl ConditionalEventHandler for Recall {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let (line, cursor) = (context.line(), context.pos());
        let inside = if self.up { line[..cursor].contains('\n') } else { line[cursor..].contains('\n') };
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        *all = line.is_empty() || (*all && cursor == line.len() && self.is_recalled(line));
        if *all || inside {
            return None;
        }
        Some(if self.up { Cmd::HistorySearchBackward } else { Cmd::HistorySearchForward })
    }
}
