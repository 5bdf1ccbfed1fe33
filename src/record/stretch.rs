//! Stretches: a part of a run between two statements, which is told as if it were a whole one.

use std::io;

use super::account::Account;
use super::log::Line;
use crate::engine::event::{Fate, Form, What};

/// Makes an account of a stretch. Of the statements in whose middle it begins and ends nothing is told.
pub(crate) struct Stretch<A> {
    account: A,
    /// The beginning of a statement that may be the one that ends the stretch.
    begun: Option<Line>,
    /// The steps that run, each with the step in which it stands.
    running: Vec<(u64, u64)>,
    /// The exit code of the last error.
    code: u8,
    /// The exit code that the run would have by now.
    exit: u8,
    at: u64,
    over: bool,
}

impl<A: Account> Stretch<A> {
    /// A stretch that begins now.
    pub(crate) const fn begin(account: A) -> Self {
        Self { account, begun: None, running: Vec::new(), code: 0, exit: 0, at: 0, over: false }
    }

    /// Takes note of what a line says of statements; whether it is told at all.
    fn note(&mut self, line: &Line) -> bool {
        match &line.event {
            What::Began(step) => self.running.push((step.number, step.within)),
            What::Ended(ended) => {
                let Some(at) = self.running.iter().rposition(|(number, _)| *number == ended.number) else {
                    return false;
                };
                let (_, within) = self.running.remove(at);
                if let Fate::Failed(fault) = &ended.fate {
                    self.code = fault.class.code();
                }
                if within == 0 && !matches!(ended.fate, Fate::Held) {
                    self.fail(self.code);
                }
            }
            What::Interrupted(number) => self.running.retain(|(running, _)| running != number),
            What::Failed(fault) | What::Tested { failure: Some(fault), .. } => self.fail(fault.class.code()),
            What::Exited(_) => self.over = true,
            _ => {}
        }
        true
    }

    const fn fail(&mut self, code: u8) {
        if self.exit == 0 {
            self.exit = code;
        }
    }
}

impl<A: Account> Account for Stretch<A> {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        self.at = line.at;
        if let Some(begun) = self.begun.take() {
            self.account.take(&begun)?;
        }
        if !self.note(line) {
            return Ok(());
        }
        if matches!(line.event, What::Began(_)) {
            self.begun = Some(line.clone());
            return Ok(());
        }
        self.account.take(line)
    }

    fn end(&mut self) -> io::Result<Vec<String>> {
        if !self.over {
            let event = What::Exited(self.exit);
            self.account.take(&Line { at: self.at, step: 0, session: None, form: Form::Text, event })?;
        }
        self.account.end()
    }
}
