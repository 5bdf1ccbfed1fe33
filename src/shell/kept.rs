//! What is kept of a run beside what is shown: its log, what is made of that, and a film of it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::arguments::Globals;
use super::report;
use super::source::{Unreadable, reason};
use super::status::Status;
use super::view::View;
use crate::engine::event::{Event, EventSink, Form, What};
use crate::language::Diagnostic;
use crate::net::opening;
use crate::record::capture::Capture;
use crate::record::log::{Head, Writer};
use crate::record::report::Report;
use crate::record::{Account, Fork, Keeper, Recorder};

/// The files that a run writes about itself.
#[derive(Default)]
pub(crate) struct Kept {
    accounts: Option<Arc<Keeper>>,
    /// Shows the run in the place of the terminal.
    film: Option<Arc<Recorder>>,
    /// Whether errors are left to whoever reads the log, so that nothing is told here.
    silent: bool,
}

impl Kept {
    /// What the options ask for, of a run of that script.
    pub(crate) fn begin(globals: &Globals, script: &str, arguments: &[String]) -> Result<Self, Unreadable> {
        let head = Head::now(script, arguments.len());
        let mut accounts: Vec<(&'static str, Box<dyn Account>)> = Vec::new();
        if let Some(path) = &globals.log {
            accounts.push(("log", begun(path, |file| Writer::begin(file, &head))?));
        }
        if let Some(path) = &globals.pcap {
            accounts.push(("capture", begun(path, |file| Capture::begin(file, &head))?));
        }
        for path in &globals.report {
            let kind = report::kind(path)?;
            let tongue = report::tongue(globals);
            accounts.push(("report", begun(path, |file| Ok(Report::begin(kind, tongue, file, &head)))?));
        }
        Ok(Self { accounts: (!accounts.is_empty()).then(|| Arc::new(Keeper::begin(accounts))), ..Self::default() })
    }

    /// A log of what a case does, in the place of everything that would be told.
    pub(crate) fn testifying(file: File, script: &str) -> io::Result<Self> {
        let log: Box<dyn Account> = Box::new(Writer::begin(file, &Head::now(script, 0))?);
        let accounts = Some(Arc::new(Keeper::begin(vec![("log", log)]).briefly()));
        Ok(Self { accounts, film: None, silent: true })
    }

    /// The same with one more account, and what that is called.
    pub(crate) fn with(self, name: &'static str, account: Box<dyn Account>) -> Self {
        let accounts = self.accounts.unwrap_or_else(|| Arc::new(Keeper::begin(Vec::new())));
        accounts.add(name, account);
        Self { accounts: Some(accounts), ..self }
    }

    /// Whether nothing is told.
    pub(crate) const fn is_silent(&self) -> bool {
        self.silent
    }

    /// The same with a film, which is shown what the terminal would be.
    pub(crate) fn filmed(self, film: Arc<Recorder>) -> Self {
        Self { film: Some(film), ..self }
    }

    /// A view that shows as `view` does, unless a film does, and keeps.
    pub(crate) fn beside(&self, view: &Arc<View>) -> Arc<dyn EventSink> {
        let shown: Arc<dyn EventSink> = match &self.film {
            Some(film) => Arc::clone(film) as Arc<dyn EventSink>,
            None => Arc::clone(view) as Arc<dyn EventSink>,
        };
        match &self.accounts {
            None => shown,
            Some(accounts) => Arc::new(Fork::to(vec![Arc::clone(accounts) as Arc<dyn EventSink>, shown])),
        }
    }

    /// Notes how the run ended. Gives what could not be written, in words.
    pub(crate) fn end(&self, status: Status) -> Option<String> {
        let end = Event { step: 0, session: None, what: What::Exited(status.code()), form: Form::Text };
        if let Some(film) = &self.film {
            film.emit(end.clone());
        }
        let accounts = self.accounts.as_ref()?;
        accounts.emit(end);
        let failed = accounts.end().into_iter().next();
        failed.map(|(name, error)| format!("the {name} ends too early: {}", reason(&error)))
    }
}

/// An account that is begun in a new file.
pub(super) fn begun<A: Account + 'static>(
    path: &Path,
    begin: impl FnOnce(File) -> io::Result<A>,
) -> Result<Box<dyn Account>, Unreadable> {
    let file = opening::to_write(File::options().create(true).write(true).truncate(true), path);
    Ok(Box::new(file.and_then(begin).map_err(|error| unwritable(path, &error))?))
}

/// What is wrong with a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Unreadable {
    let message = format!("cannot write `{}`: {}", path.display(), reason(error));
    Unreadable::new(Diagnostic::error(message), Status::REFUSED)
}
