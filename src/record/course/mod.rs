//! Courses: the way that a run went, without what depends on who was faster, so that two runs can be compared.
//!
//! That are its statements with what became of each, and its sessions with what passed in each direction, whole. What
//! the script did not wait for may be cut off by the end of the run: of two runs, one may have got further there.

mod comparison;
mod lives;
mod steps;
mod trace;
mod veil;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use self::lives::{Around, Lives};
use self::steps::Steps;
use self::trace::Room;
use super::account::Account;
use super::framings::Framings;
use super::log::Line;
use super::ports::Ports;
use super::volatile;
use crate::engine::event::{Fault, Report, What};
use crate::look::{Paint, table};

pub(crate) use comparison::Comparison;

/// The highest exit code of a run that no signal ended.
const LAST_CODE: u8 = 128;

/// The way that a run went.
#[derive(Default)]
pub(crate) struct Course {
    steps: Steps,
    lives: Lives,
    ports: Ports,
    framings: Framings,
    room: Room,
    exit: Option<u8>,
}

impl Course {
    /// Takes the next line of its log.
    pub(crate) fn take(&mut self, line: &Line) {
        match &line.event {
            What::Began(step) => {
                self.ports.read(&step.text);
                self.steps.begin(step, self.lives.latest);
            }
            What::Ended(stepped) => self.steps.end(stepped, &self.ports),
            What::Retried { .. } => {
                if let Some(since) = self.steps.retry(line.step) {
                    self.lives.forget(since);
                }
            }
            What::Reserved(port) => self.ports.reserve(*port),
            What::Exited(code) => self.exit = Some(*code),
            event if line.step > 0 && self.tell(line.step, event) => {}
            _ => {
                let Self { lives, ports, framings, room, .. } = self;
                lives.take(line, &mut Around { ports, framings, room, ended: self.steps.ended });
            }
        }
    }

    /// Takes what a statement prints or answers: whether it is that.
    fn tell(&mut self, step: u64, event: &What) -> bool {
        let text = match event {
            What::Printed(bytes) => match str::from_utf8(bytes) {
                Ok(text) => volatile::text(text).into_bytes(),
                Err(_) => bytes.to_vec(),
            },
            What::Report(Report::Histogram(_)) => {
                self.steps.measure(step);
                return true;
            }
            What::Report(report) => answer(report).into_bytes(),
            What::Asked { prompt, answer } => format!("{prompt}{}\n", answer.as_deref().unwrap_or("…")).into_bytes(),
            What::Tested { name, failure: None, .. } => format!("ok     {name}\n").into_bytes(),
            What::Tested { name, failure: Some(fault), .. } => format!("failed {name}\n{}", error(fault)).into_bytes(),
            What::Failed(fault) => error(fault).into_bytes(),
            _ => return false,
        };
        self.steps.tell(step, &text, &self.ports, &mut self.room);
        true
    }

    /// No more lines follow.
    pub(crate) fn conclude(&mut self) {
        self.steps.conclude(&self.ports, &mut self.room);
        self.lives.conclude(self.steps.ended, &self.ports, &mut self.room);
    }

    /// Whether no statement ran.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.top().is_empty()
    }

    /// Whether it was broken off: by a signal, or so hard that its log has no end.
    pub(crate) fn is_cut(&self) -> bool {
        self.exit.is_none_or(|code| code > LAST_CODE)
    }

    /// With which code it ended, if it did.
    pub(crate) const fn exit(&self) -> Option<u8> {
        self.exit
    }

    /// What is beyond the bounds of a comparison, in words.
    pub(crate) fn beyond(&self) -> Option<String> {
        let (steps, lives) = (self.steps.beyond, self.lives.beyond);
        (steps + lives > 0).then(|| format!("{steps} statements and {lives} sessions are beyond what is compared"))
    }

    /// Where the last statement stands that has ended, if one has.
    pub(crate) fn last(&self) -> Option<&str> {
        self.steps.last.as_deref()
    }
}

fn error(fault: &Fault) -> String {
    format!("error: {}\n", volatile::text(&fault.diagnostic.message))
}

/// What lasts of an answer.
fn answer(report: &Report) -> String {
    let lasting = volatile::lasting(report.clone());
    lasting.map(|report| volatile::text(&table::report(&report, Paint::PLAIN, None))).unwrap_or_default()
}

/// A course that is followed while the run goes on.
impl Account for Arc<Mutex<Course>> {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        self.lock().unwrap_or_else(PoisonError::into_inner).take(line);
        Ok(())
    }

    fn end(&mut self) -> io::Result<Vec<String>> {
        self.lock().unwrap_or_else(PoisonError::into_inner).conclude();
        Ok(Vec::new())
    }
}
