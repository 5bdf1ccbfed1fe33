//! Accounts: what is made of a run line by line, and the keeper that makes them while it goes on.

use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::log::Line;
use crate::engine::event::{Event, EventSink, What};
use crate::net::clock;

/// Something that is made of the lines of a log.
pub(crate) trait Account: Send {
    /// Takes the next line.
    fn take(&mut self, line: &Line) -> io::Result<()>;

    /// No more lines follow.
    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes accounts of a run while it goes on.
pub(crate) struct Keeper {
    began: Instant,
    /// Whether only what the script does is told, and not what its sessions do.
    brief: bool,
    accounts: Mutex<Vec<Kept>>,
}

/// An account with what it is called, and what went wrong with it: it takes nothing from then on.
struct Kept {
    name: &'static str,
    account: Box<dyn Account>,
    failure: Option<io::Error>,
}

impl Kept {
    fn note(&mut self, result: io::Result<()>) {
        self.failure = self.failure.take().or(result.err());
    }
}

impl Keeper {
    /// Begins to make these accounts, each with what it is called.
    pub(crate) fn begin(accounts: Vec<(&'static str, Box<dyn Account>)>) -> Self {
        let kept = accounts.into_iter().map(|(name, account)| Kept { name, account, failure: None });
        Self { began: clock::now(), brief: false, accounts: Mutex::new(kept.collect()) }
    }

    /// Makes one more from now on.
    pub(crate) fn add(&self, name: &'static str, account: Box<dyn Account>) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.push(Kept { name, account, failure: None });
    }

    /// The same of what the script does alone: its steps, its cases, its errors and its end. Nobody looks at bytes for
    /// it, so that flows run as they do where nothing is kept.
    pub(crate) fn briefly(self) -> Self {
        Self { brief: true, ..self }
    }

    const fn wants(&self, what: &What) -> bool {
        match what {
            What::Began(_) | What::Ended(_) | What::Tested { .. } | What::Failed(_) | What::Exited(_) => true,
            // What is drawn again and again is for whoever looks.
            What::Live(_) => false,
            _ => !self.brief,
        }
    }

    /// Ends them: those with which something went wrong, and what.
    pub(crate) fn end(&self) -> Vec<(&'static str, io::Error)> {
        let mut accounts = std::mem::take(&mut *self.accounts.lock().unwrap_or_else(PoisonError::into_inner));
        for kept in accounts.iter_mut().filter(|kept| kept.failure.is_none()) {
            let ended = kept.account.end();
            kept.note(ended);
        }
        accounts.into_iter().filter_map(|kept| kept.failure.map(|error| (kept.name, error))).collect()
    }
}

impl EventSink for Keeper {
    fn emit(&self, event: Event) {
        if !self.wants(&event.what) {
            return;
        }
        // The time is asked for while the accounts are held, so that it never goes back.
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let at = u64::try_from(clock::now().duration_since(self.began).as_micros()).unwrap_or(u64::MAX);
        let line = Line::of(event, at);
        for kept in accounts.iter_mut().filter(|kept| kept.failure.is_none()) {
            let taken = kept.account.take(&line);
            kept.note(taken);
        }
    }

    fn wants_data(&self) -> bool {
        !self.brief
    }

    fn wants_all_data(&self) -> bool {
        !self.brief
    }

    fn wants_steps(&self) -> bool {
        true
    }
}
