//! What is kept of a run beside what is shown: its log, and a film of it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::arguments::Globals;
use super::source::{Unreadable, reason};
use super::status::Status;
use super::view::View;
use crate::engine::event::{Event, EventSink, Form, What};
use crate::language::Diagnostic;
use crate::net::opening;
use crate::record::log::{Head, Writer};
use crate::record::{Fork, Recorder};

/// The files that a run writes about itself.
#[derive(Default)]
pub(crate) struct Kept {
    log: Option<Arc<Writer>>,
    /// Shows the run in the place of the terminal.
    film: Option<Arc<Recorder>>,
}

impl Kept {
    /// What the options ask for, of a run of that script.
    pub(crate) fn begin(globals: &Globals, script: &str, arguments: &[String]) -> Result<Self, Unreadable> {
        let log = globals.log.as_deref().map(|path| {
            let head = Head::now(script, arguments.len());
            let file = opening::to_write(File::options().create(true).write(true).truncate(true), path);
            let begun = file.and_then(|file| Writer::begin(file, &head));
            begun.map(Arc::new).map_err(|error| unwritable(path, &error))
        });
        Ok(Self { log: log.transpose()?, film: None })
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
        match &self.log {
            None => shown,
            Some(log) => Arc::new(Fork::to(vec![Arc::clone(log) as Arc<dyn EventSink>, shown])),
        }
    }

    /// Notes how the run ended. Gives what could not be written, in words.
    pub(crate) fn end(&self, status: Status) -> Option<String> {
        let end = Event { step: 0, session: None, what: What::Exited(status.code()), form: Form::Text };
        if let Some(film) = &self.film {
            film.emit(end.clone());
        }
        let log = self.log.as_ref()?;
        log.emit(end);
        log.failure().map(|error| format!("the log ends too early: {}", reason(&error)))
    }
}

/// What is wrong with a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Unreadable {
    let message = format!("cannot write `{}`: {}", path.display(), reason(error));
    Unreadable::new(Diagnostic::error(message), Status::REFUSED)
}
