//! Sessions as a transcript knows them: in the order in which it tells of them, which is the same every time.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::event::{SessionKind, SessionTag};

/// The sessions so far.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// The place of each, by its number in the log.
    ranks: BTreeMap<u64, usize>,
}

impl Sessions {
    /// Gives new sessions their places: those that were accepted first, by listener and number, then others by name.
    pub(super) fn rank(&mut self, mut fresh: Vec<Arc<SessionTag>>) {
        fresh.retain(|tag| !self.ranks.contains_key(&tag.id));
        fresh.sort_by_cached_key(|tag| {
            let number = tag.name.rsplit_once('.').and_then(|(_, number)| number.parse::<u64>().ok());
            (tag.kind != SessionKind::Accept, number.unwrap_or(0), tag.name.clone())
        });
        for tag in fresh {
            let next = self.ranks.len();
            self.ranks.entry(tag.id).or_insert(next);
        }
    }

    /// The place of a session.
    pub(super) fn place(&self, tag: &SessionTag) -> usize {
        self.ranks.get(&tag.id).copied().unwrap_or(usize::MAX)
    }

    /// The same session, numbered by its place: that is what its colour comes from.
    pub(super) fn numbered(&self, tag: &SessionTag) -> SessionTag {
        SessionTag { id: self.place(tag) as u64 + 1, ..tag.clone() }
    }
}
