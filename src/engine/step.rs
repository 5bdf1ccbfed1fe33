//! Steps: the statements that a script runs in the foreground, as they begin and end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::evaluator::{Evaluator, Flow};
use super::event::{SessionTag, What};
use super::fault::Fault;
use super::login;
use super::settle::settle;
use super::shared::Shared;
use super::{Situation, lock};
use crate::language::ast::Statement;
use crate::net::json;

/// A statement that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Counts up from 1 over all steps of a shell.
    pub number: u64,
    /// The step in which it stands; 0 at the top level.
    pub within: u64,
    /// Whether it is one of several that run beside each other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// What its source is called: `lab.nsh`, `entry #15`.
    pub source: String,
    /// The line it begins on, from 1.
    pub line: usize,
    /// Its text, with the comment behind it.
    pub text: String,
}

/// How a step ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// As it should.
    Held,
    /// By this error.
    Failed(Box<Fault>),
    /// By the error of a step in it.
    Broken,
}

/// A step that has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stepped {
    /// Its number.
    pub number: u64,
    /// How it ended.
    pub fate: Fate,
    /// Whether nothing moved any more when it was left, and nobody but this shell took part; `None` where nobody waited
    /// for that.
    pub exact: Option<bool>,
    /// What holds then.
    pub situation: Situation,
    /// Where it failed: what sessions had received by then and nobody had taken, by the order of their lives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// What a session had received and nobody had taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The session.
    pub session: Arc<SessionTag>,
    /// The first of it.
    #[serde(with = "json::bytes")]
    pub bytes: Bytes,
    /// How many bytes there were in all.
    pub count: usize,
}

/// How many sessions and how many bytes of each are told.
const MOST_SESSIONS: usize = 16;
const MOST_BYTES: usize = 1024;

/// What is unread now.
fn unread(shared: &Shared) -> Vec<Unread> {
    let table = lock(&shared.table);
    let unserved = table.all().filter(|session| !session.is_served());
    let found = unserved.filter_map(|session| {
        let (bytes, count) = session.opening.inbox.as_ref()?.with(|buffer| {
            let count = buffer.bytes.len();
            (Bytes::copy_from_slice(&buffer.bytes[..count.min(MOST_BYTES)]), count)
        });
        (count > 0).then(|| Unread { session: Arc::clone(&session.tag), bytes: shared.conceal(&bytes), count })
    });
    found.take(MOST_SESSIONS).collect()
}

/// A step that runs: unless it ends, it is told that it was interrupted.
pub(super) struct Running {
    shared: Arc<Shared>,
    number: u64,
    /// The step in which it stands.
    outer: u64,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.shared.emit_of(self.number, None, What::Interrupted(self.number));
        }
    }
}

/// Where an evaluator stands among the steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    /// Whether its statements are steps.
    pub foreground: bool,
    /// The step that runs.
    pub within: u64,
    /// Whether others run beside it, so that it cannot wait until nothing moves.
    pub beside: bool,
}

impl Evaluator {
    /// Whether somebody is told of its statements; which may change with any of them.
    fn tells_steps(&self) -> bool {
        self.steps.foreground && self.shared().wants_steps()
    }

    /// Tells that a statement begins, if steps are told.
    pub(super) fn begin_step(&mut self, statement: &Statement) -> Option<Running> {
        if !self.tells_steps() {
            return None;
        }
        let number = self.shared().steps.fetch_add(1, Ordering::Relaxed) + 1;
        let outer = std::mem::replace(&mut self.steps.within, number);
        let source = self.source();
        let span = statement.comment.as_ref().map_or(statement.span.0, |comment| statement.span.0.to(comment.span));
        let text = self.shared().conceal(login::starred(&source.text[span.range()]).as_bytes());
        let step = Step {
            number,
            within: outer,
            beside: self.steps.beside,
            source: source.name.clone(),
            line: source.position(span.start).0,
            text: String::from_utf8_lossy(&text).into_owned(),
        };
        self.emit(None, What::Began(Box::new(step)));
        Some(Running { shared: Arc::clone(self.shared()), number, outer, ended: false })
    }

    /// Tells of a comment on a line of its own, if steps are told.
    pub(super) fn remark(&self, comment: &str) {
        if self.tells_steps() {
            let comment = self.shared().conceal(comment.as_bytes());
            self.emit(None, What::Remarked(String::from_utf8_lossy(&comment).into_owned()));
        }
    }

    /// Tells how the step that runs has ended, once nothing moves any more if that is waited for.
    pub(super) async fn end_step(&mut self, mut running: Running, outcome: &mut Result<Flow, Fault>) {
        let number = running.number;
        self.steps.within = running.outer;
        // What steps in it have done has come to rest; of branches that ran beside each other nothing has.
        let waits = self.shared().config.recorded && !self.steps.beside;
        let exact = if waits { Some(settle(self.shared()).await) } else { None };
        let fate = match outcome {
            Ok(_) => Fate::Held,
            Err(fault) if fault.told => Fate::Broken,
            Err(fault) => {
                fault.told = true;
                Fate::Failed(Box::new(self.shared().redact_fault(fault.clone())))
            }
        };
        let unread = if matches!(fate, Fate::Failed(_)) { unread(self.shared()) } else { Vec::new() };
        let situation = self.shared().situation();
        running.ended = true;
        self.emit(None, What::Ended(Box::new(Stepped { number, fate, exact, situation, unread })));
    }
}
