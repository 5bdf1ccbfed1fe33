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

    /// No more lines follow. Gives what is missing in it, in words.
    fn end(&mut self) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// Makes accounts of a run while it goes on.
pub(crate) struct Keeper {
    began: Instant,
    scope: Scope,
    /// Whether it is trusted with secrets of connections.
    trusted: bool,
    accounts: Mutex<Vec<Kept>>,
}

/// What of a run its accounts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// What the script does, and not what its sessions do.
    Script,
    /// What is shown.
    Shown,
    /// Everything.
    All,
}

/// What has become of an account: what is missing in it, in words.
pub(crate) type Outcome = io::Result<Vec<String>>;

/// An account with what it is called, and what went wrong with it: it takes nothing from then on.
struct Kept {
    name: &'static str,
    account: Box<dyn Account>,
    failure: Option<io::Error>,
}

impl Kept {
    fn take(&mut self, line: &Line) {
        if self.failure.is_none() {
            self.failure = self.account.take(line).err();
        }
    }

    fn end(mut self) -> (&'static str, Outcome) {
        (self.name, self.failure.map_or_else(|| self.account.end(), Err))
    }
}

impl Keeper {
    /// Begins to make these accounts, each with what it is called.
    pub(crate) fn begin(accounts: Vec<(&'static str, Box<dyn Account>)>) -> Self {
        let kept = accounts.into_iter().map(|(name, account)| Kept { name, account, failure: None });
        Self { began: clock::now(), scope: Scope::All, trusted: false, accounts: Mutex::new(kept.collect()) }
    }

    /// Makes one more from now on.
    pub(crate) fn add(&self, name: &'static str, account: Box<dyn Account>) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.push(Kept { name, account, failure: None });
    }

    /// The same of what the script does alone: its steps, its cases, its errors and its end. Nobody looks at bytes for
    /// it, so that flows run as they do where nothing is kept.
    pub(crate) fn briefly(self) -> Self {
        Self { scope: Scope::Script, ..self }
    }

    /// The same of what is shown alone: nobody looks for it at the bytes of sessions that are served and not watched.
    pub(crate) fn of_what_is_shown(self) -> Self {
        Self { scope: Scope::Shown, ..self }
    }

    /// The same with the secrets of TLS connections, if they are to be kept.
    pub(crate) fn trusted(self, trusted: bool) -> Self {
        Self { trusted, ..self }
    }

    fn wants(&self, what: &What) -> bool {
        match what {
            What::Began(_) | What::Ended(_) | What::Tested { .. } | What::Failed(_) | What::Exited(_) => true,
            // What is drawn again and again is for whoever looks.
            What::Live(_) => false,
            What::TlsSecret(_) => self.trusted,
            _ => self.scope != Scope::Script,
        }
    }

    /// Ends them: each with what has become of it.
    pub(crate) fn end(&self) -> Vec<(&'static str, Outcome)> {
        let accounts = std::mem::take(&mut *self.accounts.lock().unwrap_or_else(PoisonError::into_inner));
        accounts.into_iter().map(Kept::end).collect()
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
        accounts.iter_mut().for_each(|kept| kept.take(&line));
    }

    fn wants_data(&self) -> bool {
        self.scope != Scope::Script
    }

    fn wants_all_data(&self) -> bool {
        self.scope == Scope::All
    }

    fn wants_secrets(&self) -> bool {
        self.trusted
    }

    fn wants_steps(&self) -> bool {
        true
    }
}
