//! Writing a log: each line is in the file before the next thing happens, so that a kill leaves all but the last whole.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::{Head, Line};
use crate::engine::event::{Event, EventSink, What};
use crate::net::clock;

/// Writes what happens to a file.
pub(crate) struct Writer {
    began: Instant,
    /// Whether only what the script does is written, and not what its sessions do.
    brief: bool,
    /// `None` when it could not be written any more.
    file: Mutex<Option<File>>,
    /// What went wrong then.
    failure: Mutex<Option<io::Error>>,
}

impl Writer {
    /// Begins a log in `file`.
    pub(crate) fn begin(mut file: File, head: &Head) -> io::Result<Self> {
        write(&mut file, head)?;
        Ok(Self { began: clock::now(), brief: false, file: Mutex::new(Some(file)), failure: Mutex::default() })
    }

    /// The same for what the script does alone: its steps, its cases, its errors and its end. Nobody looks at bytes for
    /// it, so that flows run as they do where no log is written.
    pub(crate) fn briefly(self) -> Self {
        Self { brief: true, ..self }
    }

    fn wants(&self, what: &What) -> bool {
        match what {
            What::Began(_) | What::Ended(_) | What::Tested { .. } | What::Failed(_) | What::Exited(_) => true,
            // What is drawn again and again is for whoever looks.
            What::Live(_) => false,
            _ => !self.brief,
        }
    }

    /// Why the log ended too early, once.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn write(file: &mut File, line: &impl serde::Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

impl EventSink for Writer {
    fn emit(&self, event: Event) {
        if !self.wants(&event.what) {
            return;
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let at = u64::try_from(clock::now().duration_since(self.began).as_micros()).unwrap_or(u64::MAX);
        let Some(open) = &mut *file else { return };
        if let Err(error) = write(open, &Line::of(event, at)) {
            *file = None;
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
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
