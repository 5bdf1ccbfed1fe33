//! The arrows: they recall what was typed before, and where something is typed already, what begins with it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::history::{History, SearchDirection, SearchResult};
use rustyline::{Cmd, Result};

use super::history::History as Past;

/// Steps through the history, which the arrows and the line editor share.
#[derive(Debug, Default)]
struct Steps {
    /// The line and the cursor when the first step was taken; what is recalled begins with what stood before the cursor.
    typed: (String, usize),
    /// What the last step put into the line.
    recalled: Option<String>,
    /// The next step is the first.
    anew: bool,
}

impl Steps {
    fn prefix(&self) -> &str {
        &self.typed.0[..self.typed.1]
    }
}

/// The history as the line editor searches it and the arrows walk through it.
///
/// The editor counts its entries from 1. It never asks for an entry before the one that it shows if that is the first,
/// so nothing may be: a line that was begun anew is searched for from the end, whatever was shown before.
#[derive(Clone)]
pub(crate) struct Recall {
    past: Arc<Mutex<Past>>,
    steps: Arc<Mutex<Steps>>,
}

impl Recall {
    /// A walk through that history.
    pub(crate) fn new(past: Arc<Mutex<Past>>) -> Self {
        Self { past, steps: Arc::default() }
    }

    /// What the arrows up and down do.
    pub(crate) fn arrows(&self) -> [Arrow; 2] {
        [true, false].map(|up| Arrow { up, steps: Arc::clone(&self.steps) })
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entry nearest to `start` that `place` finds something in, from `start` on in that direction.
    fn nearest(
        &self,
        start: usize,
        direction: SearchDirection,
        place: impl Fn(&str) -> Option<usize>,
    ) -> Option<SearchResult<'static>> {
        let past = self.past();
        let found = |index: usize| {
            let text = &past.entries().get(index.checked_sub(1)?)?.text;
            Some(SearchResult { pos: place(text)?, idx: index, entry: Cow::Owned(text.clone()) })
        };
        match direction {
            SearchDirection::Reverse => (1..=start).rev().find_map(found),
            SearchDirection::Forward => (start.max(1)..=past.entries().len()).find_map(found),
        }
    }
}

impl History for Recall {
    fn get(&self, index: usize, direction: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        let wanted = if direction == SearchDirection::Forward { index.max(1) } else { index };
        Ok(self.nearest(wanted, direction, |_| Some(0)).filter(|found| found.idx == wanted))
    }

    fn search(&self, term: &str, start: usize, direction: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        Ok(self.nearest(start, direction, |text| text.find(term).filter(|_| !term.is_empty())))
    }

    /// A step of the arrows, who know what it is that entries must begin with.
    fn starts_with(&self, _: &str, start: usize, direction: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.len();
        let start = if std::mem::take(&mut steps.anew) { end - 1 } else { start };
        let shown = steps.recalled.as_deref().unwrap_or(&steps.typed.0);
        let fits = |text: &str| (text.starts_with(steps.prefix()) && text != shown).then_some(text.len());
        let mut found = self.nearest(start, direction, fits);
        if found.is_none() && direction == SearchDirection::Forward {
            let (line, cursor) = steps.typed.clone();
            found = Some(SearchResult { entry: Cow::Owned(line), idx: end, pos: cursor });
        }
        if let Some(found) = &found {
            steps.recalled = Some(found.entry.to_string());
        }
        Ok(found)
    }

    fn len(&self) -> usize {
        self.past().entries().len() + 1
    }

    fn is_empty(&self) -> bool {
        self.past().entries().is_empty()
    }

    // What is kept, where and how much of it, the prompt decides.

    fn add(&mut self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn add_owned(&mut self, _: String) -> Result<bool> {
        Ok(false)
    }

    fn set_max_len(&mut self, _: usize) -> Result<()> {
        Ok(())
    }

    fn ignore_dups(&mut self, _: bool) -> Result<()> {
        Ok(())
    }

    fn ignore_space(&mut self, _: bool) {}

    fn save(&mut self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn append(&mut self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What an arrow does: one step up or down through the entries.
pub(crate) struct Arrow {
    up: bool,
    steps: Arc<Mutex<Steps>>,
}

impl Arrow {
    /// What it does to a line with the cursor there; what arrows do anyway inside of several lines.
    pub(crate) fn press(&self, line: &str, cursor: usize) -> Option<Cmd> {
        let inside = if self.up { line[..cursor].contains('\n') } else { line[cursor..].contains('\n') };
        if inside {
            return None;
        }
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if steps.recalled.as_deref() != Some(line) {
            if !self.up {
                return Some(Cmd::Noop);
            }
            *steps = Steps { typed: (line.to_owned(), cursor), recalled: None, anew: true };
        }
        Some(if self.up { Cmd::HistorySearchBackward } else { Cmd::HistorySearchForward })
    }
}
