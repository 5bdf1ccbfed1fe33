//! The journal of a prompt: what was typed and how it went, so that it can be saved as a script.

mod expected;
mod script;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::command::{self, Command, Purpose};
use super::lock;
use super::session::{Session, Turn};
use crate::language;
use crate::language::ast::{Block, Item, Statement, StatementKind};
use crate::net::clock;

pub(super) use expected::{Detail, chosen_ports, loosely};
pub(super) use script::{Saved, write};

/// How many statements are kept, and how many bytes of them.
const MOST_LINES: usize = 10_000;
const MOST_TEXT: usize = 8 << 20;
/// How many sessions are kept in mind for what they received.
const MOST_SESSIONS: usize = 256;
/// How much an ended session may have unread to be kept in mind, in bytes.
const MOST_UNREAD: usize = 64 << 10;

/// What was typed. Nothing is kept where nobody types.
#[derive(Default)]
pub struct Journal {
    /// Counts the statements; none where no journal is kept.
    turn: Option<Arc<AtomicU64>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The entry that runs.
    entry: usize,
    lines: VecDeque<Line>,
    /// Bytes of their texts.
    size: usize,
    /// Sessions that may have something unread.
    sessions: VecDeque<Arc<Session>>,
}

/// A statement that was typed.
#[derive(Debug, Clone)]
struct Line {
    turn: Turn,
    entry: usize,
    /// As the formatter writes it, with its line feed.
    text: String,
    fate: Fate,
    /// When it ended, once it has.
    ended: Option<Instant>,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It held, and belongs into a script.
    Held,
    /// It only looked at something, or wrote something down.
    Looked,
    /// It failed or was interrupted, having done nothing.
    Failed,
    /// It failed or was interrupted, or the terminal took its place, having done something perhaps.
    Broken,
}

impl Journal {
    /// An empty journal, for somebody who types.
    pub fn kept() -> Self {
        Self { turn: Some(Arc::default()), state: Mutex::default() }
    }

    /// Where the number of the running statement is; `None` where nothing is kept.
    pub fn turn(&self) -> Option<Arc<AtomicU64>> {
        self.turn.clone()
    }

    /// The turn it is; 0 where nothing is kept.
    pub fn now(&self) -> Turn {
        self.turn.as_ref().map_or(0, |turn| turn.load(Ordering::Relaxed))
    }

    /// Whether it keeps anything.
    pub const fn is_kept(&self) -> bool {
        self.turn.is_some()
    }

    /// Takes note of the number of the entry that comes next; 0 is what was not typed.
    pub fn enter(&self, entry: usize) {
        lock(&self.state).entry = entry;
    }

    /// Takes a statement down that begins now.
    pub fn begin(&self, statement: &Statement) -> Turn {
        let Some(counter) = &self.turn else { return 0 };
        let turn = counter.fetch_add(1, Ordering::Relaxed) + 1;
        let text = language::format(&Block { items: vec![Item::Statement(Box::new(statement.clone()))] });
        let fate = match command(statement) {
            Some(command) if !command.is_terminals() => Fate::Failed,
            _ => Fate::Broken,
        };
        let mut state = lock(&self.state);
        state.size += text.len();
        let entry = state.entry;
        state.lines.push_back(Line { turn, entry, text, fate, ended: None });
        while state.lines.len() > MOST_LINES || state.size > MOST_TEXT {
            let Some(oldest) = state.lines.pop_front() else { break };
            state.size -= oldest.text.len();
        }
        turn
    }

    /// Notes that the statement of that turn has held.
    pub fn hold(&self, turn: Turn, statement: &Statement) {
        let mut state = lock(&self.state);
        if let Some(line) = state.lines.iter_mut().rev().find(|line| line.turn == turn) {
            line.fate = match command(statement) {
                Some(command) if command.is_terminals() => Fate::Broken,
                Some(command) if matches!(command.purpose, Purpose::Looking | Purpose::Keeping) => Fate::Looked,
                _ => Fate::Held,
            };
            line.ended = Some(clock::now());
        }
    }

    /// Keeps a session in mind that has opened.
    pub fn watch(&self, session: &Arc<Session>) {
        if !self.is_kept() || session.opening.inbox.is_none() {
            return;
        }
        let mut state = lock(&self.state);
        if state.sessions.len() >= MOST_SESSIONS {
            match state.sessions.iter().position(|session| !session.is_open()) {
                Some(ended) => _ = state.sessions.remove(ended),
                None => return,
            }
        }
        state.sessions.push_back(Arc::clone(session));
    }

    /// Forgets an ended session that has much unread.
    pub fn unburden(&self, session: &Session) {
        if !self.is_kept() {
            return;
        }
        let unread = session.opening.inbox.as_ref().map_or(0, |inbox| inbox.with(|buffer| buffer.bytes.len()));
        if unread > MOST_UNREAD {
            lock(&self.state).sessions.retain(|kept| kept.tag.id != session.tag.id);
        }
    }
}

/// The command that a statement is, if it is one.
fn command(statement: &Statement) -> Option<&'static Command> {
    match &statement.kind {
        StatementKind::Command(node) => command::find(&node.name.node),
        _ => None,
    }
}
