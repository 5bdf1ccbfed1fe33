//! The session table: names to sessions.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use super::Session;
use crate::engine::event::{SessionKind, SessionTag};

/// How many ended connections of listeners and answers of HTTP keep their names, so that what they received can still
/// be read.
const REMEMBERED: usize = 64;

/// All sessions that can be named.
#[derive(Default)]
pub struct Table {
    sessions: BTreeMap<u64, Arc<Session>>,
    /// In order, so that those that begin alike are found together.
    names: BTreeSet<Named>,
    numbers: HashMap<&'static str, u64>,
    ended: VecDeque<u64>,
    last: u64,
}

/// A session that is found by its name, which it keeps itself.
struct Named(Arc<Session>);

impl Borrow<str> for Named {
    fn borrow(&self) -> &str {
        self.0.name()
    }
}

impl Ord for Named {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.name().cmp(other.0.name())
    }
}

impl PartialOrd for Named {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Named {}

impl Table {
    /// The next name of that prefix: `tcp1`, `tcp2`.
    pub fn next_name(&mut self, prefix: &'static str) -> String {
        let number = self.numbers.entry(prefix).or_default();
        loop {
            *number += 1;
            let name = format!("{prefix}{number}");
            if !self.names.contains(name.as_str()) {
                return name;
            }
        }
    }

    /// A tag for a new session; ids are never used twice.
    pub fn tag(&mut self, name: String, kind: SessionKind) -> SessionTag {
        self.last += 1;
        SessionTag { id: self.last, name, kind }
    }

    /// Adds a session; an ended one of the same name is forgotten.
    pub fn add(&mut self, session: &Arc<Session>) {
        if let Some(old) = self.names.replace(Named(Arc::clone(session))) {
            self.sessions.remove(&old.0.tag.id);
        }
        self.sessions.insert(session.tag.id, Arc::clone(session));
    }

    /// The session of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Session>> {
        self.names.get(name).map(|named| &named.0)
    }

    /// The session of that id.
    pub fn by_id(&self, id: u64) -> Option<&Arc<Session>> {
        self.sessions.get(&id)
    }

    /// The connections of a listener, oldest first.
    pub fn connections(&self, listener: u64) -> Vec<Arc<Session>> {
        let of =
            |session: &&Arc<Session>| session.opening.parent.as_ref().is_some_and(|parent| parent.tag.id == listener);
        self.sessions.values().filter(of).cloned().collect()
    }

    /// All sessions, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Arc<Session>> {
        self.sessions.values()
    }

    /// The first `most` names that begin with `prefix`, in alphabetical order.
    pub fn names(&self, prefix: &str, most: usize) -> Vec<String> {
        let from = self.names.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let names = from.map(|named| named.0.name()).take_while(|name| name.starts_with(prefix));
        names.take(most).map(str::to_owned).collect()
    }

    /// Takes note that a session has ended: a connection of a listener or an answer is forgotten, at once when nothing is left
    /// to read, otherwise when enough others have ended after it.
    pub fn note_ended(&mut self, session: &Session) {
        if !matches!(session.tag.kind, SessionKind::Accept | SessionKind::Exchange) {
            return;
        }
        if session.opening.inbox.is_none() {
            self.forget(session.tag.id);
            return;
        }
        self.ended.push_back(session.tag.id);
        if self.ended.len() > REMEMBERED
            && let Some(oldest) = self.ended.pop_front()
        {
            self.forget(oldest);
        }
    }

    /// Removes a session and its name.
    pub fn forget(&mut self, id: u64) {
        if let Some(session) = self.sessions.remove(&id)
            && self.get(session.name()).is_some_and(|named| named.tag.id == id)
        {
            self.names.remove(session.name());
        }
    }
}
