//! Steps: the statements of a run with what became of them, in an order that does not depend on who was faster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::trace::{Room, Trace};
use super::veil;
use crate::engine::event::{Fate, Step, Stepped};
use crate::record::ports::Ports;

/// How many statements are compared.
const MOST: usize = 50_000;

/// What became of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It did not end.
    Unended,
    /// It held.
    Held,
    /// It failed with this message.
    Failed(String),
    /// One in it failed.
    Broken,
}

/// A statement.
pub(super) struct Statement {
    /// `lab.nsh:3`
    pub(super) place: Arc<str>,
    line: usize,
    pub(super) text: Arc<str>,
    /// Whether others ran beside it.
    pub(super) beside: bool,
    pub(super) outcome: Outcome,
    /// What it printed and answered.
    pub(super) told: Option<Box<Trace>>,
    /// The session that had opened last when it began.
    since: u64,
    /// Whether it measured how fast something is: what it tells is another every time.
    measures: bool,
    /// The statements in it.
    pub(super) within: Vec<usize>,
}

/// All statements.
#[derive(Default)]
pub(super) struct Steps {
    all: Vec<Statement>,
    /// Those of the top level.
    top: Vec<usize>,
    /// Their texts and places, each once, however often a loop has them run.
    texts: BTreeSet<Arc<str>>,
    /// Those that run, by number.
    running: BTreeMap<u64, usize>,
    /// How many more there were.
    pub(super) beyond: u64,
    /// The step of the top level that runs.
    outermost: u64,
    /// How many of the top level have ended.
    pub(super) ended: usize,
    /// The place of the last of them.
    pub(super) last: Option<Arc<str>>,
}

impl Steps {
    /// A statement begins, after the session of that number has opened.
    pub(super) fn begin(&mut self, step: &Step, since: u64) {
        if step.within == 0 {
            self.outermost = step.number;
        }
        let outer = self.running.get(&step.within).copied();
        if self.all.len() >= MOST || step.within != 0 && outer.is_none() {
            self.beyond += 1;
            return;
        }
        let at = self.all.len();
        let place = self.shared(&format!("{}:{}", step.source, step.line));
        let text = self.shared(&step.text);
        self.all.push(Statement {
            place,
            line: step.line,
            text,
            beside: step.beside,
            outcome: Outcome::Unended,
            told: None,
            since,
            measures: false,
            within: Vec::new(),
        });
        self.running.insert(step.number, at);
        match outer {
            Some(outer) => self.all[outer].within.push(at),
            None => self.top.push(at),
        }
    }

    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&text));
        text
    }

    /// A statement has ended.
    pub(super) fn end(&mut self, stepped: &Stepped, ports: &Ports) {
        let at = self.running.remove(&stepped.number);
        if let Some(statement) = at.and_then(|at| self.all.get_mut(at)) {
            statement.outcome = match &stepped.fate {
                Fate::Held => Outcome::Held,
                Fate::Failed(fault) => Outcome::Failed(veil::text(&fault.diagnostic.message, ports)),
                Fate::Broken => Outcome::Broken,
            };
        }
        if stepped.number == self.outermost {
            self.ended += 1;
            self.last = at.map(|at| Arc::clone(&self.all[at].place)).or(self.last.take());
            // A branch that the failure of another has ended does not end by itself.
            self.running.clear();
        }
    }

    /// A statement has printed or answered.
    pub(super) fn tell(&mut self, step: u64, text: &[u8], ports: &Ports, room: &mut Room) {
        let Some(statement) = self.running.get(&step).and_then(|&at| self.all.get_mut(at)) else { return };
        if !statement.measures {
            statement.told.get_or_insert_default().add(text, ports, room);
        }
    }

    /// A statement has measured how fast something is.
    pub(super) fn measure(&mut self, step: u64) {
        if let Some(statement) = self.running.get(&step).and_then(|&at| self.all.get_mut(at)) {
            statement.measures = true;
            statement.told = None;
        }
    }

    /// A statement tries again what stands in it: only the last attempt counts. Gives the last session that had opened
    /// before it.
    pub(super) fn retry(&mut self, step: u64) -> Option<u64> {
        let statement = self.running.get(&step).and_then(|&at| self.all.get_mut(at))?;
        statement.within.clear();
        Some(statement.since)
    }

    /// No more happens.
    pub(super) fn conclude(&mut self, ports: &Ports, room: &mut Room) {
        for at in 0..self.all.len() {
            let mut within = std::mem::take(&mut self.all[at].within);
            if within.iter().all(|&step| self.all[step].beside) {
                let key = |step: &usize| (self.all[*step].line, &self.all[*step].text);
                within.sort_by(|one, other| key(one).cmp(&key(other)));
            }
            self.all[at].within = within;
            if let Some(told) = &mut self.all[at].told {
                told.end(ports, room);
            }
        }
    }

    /// The statements of the top level.
    pub(super) fn top(&self) -> Vec<&Statement> {
        self.top.iter().map(|&at| &self.all[at]).collect()
    }

    /// The statements in one.
    pub(super) fn within(&self, statement: &Statement) -> Vec<&Statement> {
        statement.within.iter().map(|&at| &self.all[at]).collect()
    }

    /// Whether every statement has ended by itself: none was broken off.
    pub(super) fn is_whole(&self) -> bool {
        self.all.iter().all(|statement| statement.outcome != Outcome::Unended)
    }
}
