//! The witness: what the log of a script under test says of its cases.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Failure;
use crate::engine::Fault;
use crate::engine::event::{Fate, Step, Unread, What};
use crate::record::log::Line;

/// Reads the log, line by line.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// The steps that have begun and not ended, by number.
    open: BTreeMap<u64, Step>,
    /// The step that failed last, and what was unread then.
    last: Option<Failure>,
    testimony: Testimony,
}

/// What a log says.
#[derive(Debug, Default)]
pub(crate) struct Testimony {
    /// The `test` blocks that ran, in the order they ended.
    pub(crate) cases: Vec<Seen>,
    /// What ended the script.
    pub(crate) failure: Option<Failure>,
    /// Errors that ended nothing: those of handlers, and of what cleans up.
    pub(crate) asides: Vec<Fault>,
    /// The statement that ran last, and did not end.
    pub(crate) unended: Option<Step>,
    /// The exit code; `None` where the log ends before.
    pub(crate) code: Option<u8>,
}

/// A `test` block that ran.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Its name.
    pub(crate) name: String,
    /// The line it begins on.
    pub(crate) line: usize,
    /// Why it failed, if it did.
    pub(crate) failure: Option<Failure>,
    /// How long it took.
    pub(crate) took: Duration,
}

/// How many errors that end nothing are kept.
const MOST_ASIDES: usize = 16;

impl Witness {
    /// Takes the next line.
    pub(crate) fn take(&mut self, line: Line) {
        match line.event {
            What::Began(step) => _ = self.open.insert(step.number, *step),
            What::Ended(stepped) => {
                let Some(step) = self.open.remove(&stepped.number) else { return };
                let held = matches!(stepped.fate, Fate::Held);
                if let Fate::Failed(fault) = stepped.fate {
                    self.last = Some(Failure { fault: *fault, unread: stepped.unread });
                }
                if step.within == 0 && !held {
                    self.testimony.failure = self.last.take();
                }
            }
            What::Tested { name, failure, took } => {
                let line = self.open.get(&line.step).map_or(0, |step| step.line);
                let failure = failure.map(|fault| Failure { fault: *fault, unread: self.unread() });
                self.testimony.cases.push(Seen { name, line, failure, took });
            }
            What::Failed(fault) if self.testimony.asides.len() < MOST_ASIDES => self.testimony.asides.push(*fault),
            What::Exited(code) => self.testimony.code = Some(code),
            _ => {}
        }
    }

    /// What was unread when the last step failed.
    fn unread(&mut self) -> Vec<Unread> {
        self.last.take().map(|failure| failure.unread).unwrap_or_default()
    }

    /// What the log has said.
    pub(crate) fn end(mut self) -> Testimony {
        self.testimony.unended = self.open.pop_last().map(|(_, step)| step);
        self.testimony
    }
}
