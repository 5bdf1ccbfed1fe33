//! Statements: what a report tells of each, gathered as they begin and end.

use super::secrets::Secrets;
use crate::engine::event::{Fate, SessionTag, Step, What};
use crate::look::draw::{self, Style};
use crate::look::paint::Paint;
use crate::look::{escape, table, words};

/// How many statements are told.
pub(super) const MOST_STATEMENTS: usize = 1000;
/// How many lines of results a statement has.
const MOST_RESULTS: usize = 20;
/// The longest result, in characters.
const LONGEST_RESULT: usize = 2000;
/// Plain text of any width.
const PLAIN: Style = Style { paint: Paint::PLAIN, width: None };

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It held.
    Held,
    /// It failed.
    Failed,
    /// One in it failed.
    Broken,
    /// It was left before its end.
    Interrupted,
    /// The run ended while it ran.
    Unended,
}

/// A statement and what came of it.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) step: Step,
    /// How many statements it stands in.
    pub(super) depth: usize,
    /// When it began, in microseconds.
    pub(super) at: u64,
    /// How long it took; `None` if it did not end.
    pub(super) took: Option<u64>,
    pub(super) verdict: Verdict,
    /// What it found, printed or failed with, escaped.
    pub(super) results: Vec<String>,
}

impl Statement {
    /// Where it stands: its line, `12`; of what was typed its entry, `#3`, and `#3:2` on a further line of that.
    pub(super) fn place(&self) -> String {
        let line = self.step.line;
        match self.step.source.strip_prefix("entry ") {
            Some(entry) if line == 1 => entry.to_owned(),
            Some(entry) => format!("{entry}:{line}"),
            None => line.to_string(),
        }
    }
}

/// The statements of a run.
#[derive(Debug, Default)]
pub(super) struct Statements {
    /// Those that are told.
    pub(super) all: Vec<Statement>,
    /// How many more there were.
    pub(super) more: u64,
    /// How many held, and how many failed.
    pub(super) tally: (u64, u64),
    /// How many `test` blocks held, and how many failed.
    pub(super) tests: (u64, u64),
    /// Those that run: their numbers and places.
    running: Vec<(u64, Option<usize>)>,
}

impl Statements {
    /// A statement begins.
    pub(super) fn begin(&mut self, at: u64, step: &Step) {
        let place = (self.all.len() < MOST_STATEMENTS).then_some(self.all.len());
        let outer = self.place(step.within).and_then(|place| self.all.get(place));
        let depth = outer.map_or(0, |outer| outer.depth + 1);
        self.running.push((step.number, place));
        match place {
            None => self.more += 1,
            Some(_) => self.all.push(Statement {
                step: Step { text: escape::lines(step.text.as_bytes()), ..step.clone() },
                depth,
                at,
                took: None,
                verdict: Verdict::Unended,
                results: Vec::new(),
            }),
        }
    }

    /// The place of a statement that runs.
    fn place(&self, number: u64) -> Option<usize> {
        self.running.iter().find(|(running, _)| *running == number)?.1
    }

    /// A statement has ended.
    pub(super) fn end(&mut self, at: u64, number: u64, fate: &Fate) {
        let place = self.place(number);
        self.running.retain(|(running, _)| *running != number);
        match fate {
            Fate::Held => self.tally.0 += 1,
            Fate::Failed(_) => self.tally.1 += 1,
            Fate::Broken => {}
        }
        let Some(statement) = place.and_then(|place| self.all.get_mut(place)) else { return };
        statement.took = Some(at.saturating_sub(statement.at));
        statement.verdict = match fate {
            Fate::Held => Verdict::Held,
            Fate::Broken => Verdict::Broken,
            Fate::Failed(fault) => {
                statement.results.push(draw::diagnostic_in(&fault.diagnostic, &fault.source, PLAIN));
                Verdict::Failed
            }
        };
    }

    /// A statement was left before its end.
    pub(super) fn interrupt(&mut self, at: u64, number: u64) {
        let place = self.place(number);
        self.running.retain(|(running, _)| *running != number);
        let Some(statement) = place.and_then(|place| self.all.get_mut(place)) else { return };
        statement.took = Some(at.saturating_sub(statement.at));
        statement.verdict = Verdict::Interrupted;
    }

    /// What a statement found, printed or answers.
    pub(super) fn find(&mut self, step: u64, session: Option<&SessionTag>, event: &What) {
        if let What::Tested { failure, .. } = event {
            let count = if failure.is_none() { &mut self.tests.0 } else { &mut self.tests.1 };
            *count += 1;
        }
        let statement = self.place(step).and_then(|place| self.all.get_mut(place));
        let Some(statement) = statement.filter(|statement| statement.results.len() < MOST_RESULTS) else { return };
        let text = match event {
            What::Printed(bytes) | What::Shown(bytes) => escape::lines(bytes),
            What::Report(report) => table::report(report, Paint::PLAIN, None),
            What::Failed(fault) => draw::diagnostic_in(&fault.diagnostic, &fault.source, PLAIN),
            _ => words::line(session, event, Paint::PLAIN).unwrap_or_default(),
        };
        let text = text.trim_end();
        if !text.is_empty() {
            statement.results.push(text.chars().take(LONGEST_RESULT).collect());
        }
    }

    /// Hides what some of them say that another calls secret.
    pub(super) fn hide_secrets(&mut self) {
        let secrets = Secrets::of(&self.all.iter().map(|statement| statement.step.text.as_str()));
        for statement in &mut self.all {
            secrets.hide(&mut statement.step.text);
            statement.results.iter_mut().for_each(|result| secrets.hide(result));
        }
    }
}
