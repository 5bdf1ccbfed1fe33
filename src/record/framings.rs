//! Framings: which sessions move datagrams or messages, and which a stream.

use std::collections::BTreeMap;

use crate::engine::event::{SessionTag, What};
use crate::net::transport;

/// Of each session that opened, whether what passes keeps its boundaries, by name.
#[derive(Debug, Default)]
pub(super) struct Framings {
    messages: BTreeMap<String, bool>,
}

impl Framings {
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
}
