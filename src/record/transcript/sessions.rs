//! Sessions as a transcript knows them: in the order in which it tells of them, which is the same every time.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::event::{SessionKind, SessionTag, What};
use crate::net::transport;

/// The sessions so far.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// The place of each, by its number in the log.
    ranks: BTreeMap<u64, usize>,
    /// Whether what passes keeps its boundaries, by name.
    messages: BTreeMap<String, bool>,
}

impl Sessions {
    /// Takes note of how a session frames its bytes.
    pub(super) fn note(&mut self, tag: &SessionTag, what: &What) {
        if let What::Listening { protocol, .. } | What::Connected { protocol, .. } = what {
            let keeps = transport::find(protocol).is_some_and(|transport| transport.framing().keeps_boundaries());
            self.messages.insert(tag.name.clone(), keeps);
        }
    }

    /// Whether what a session moves are datagrams or messages.
    pub(super) fn has_messages(&self, tag: &SessionTag) -> bool {
        let listener = tag.name.rsplit_once('.').map(|(listener, _)| listener);
        let known = self.messages.get(&tag.name).or_else(|| self.messages.get(listener?));
        known.copied().unwrap_or(false)
    }

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
