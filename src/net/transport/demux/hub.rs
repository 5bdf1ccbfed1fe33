//! The hub: the sockets of a listener and the mailboxes of its peers.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use super::mailbox::Mailbox;
use super::{lock, wake};
use crate::net::address::Endpoint;
use crate::net::transport::batch::BATCH;
use crate::net::transport::datagram::Port;
use crate::net::transport::path::SocketFile;

/// How many peers one listener knows at a time.
const PEERS: usize = 65_536;
/// How many datagrams, and bytes of them, wait for an accepted peer's reader.
const QUEUE: (usize, usize) = (256, 1024 * 1024);
/// How many datagrams wait for a peer to be accepted, which a batch of coalesced ones shall not exceed.
const BEFORE_ACCEPT: usize = 16 * BATCH;
/// How many bytes wait for all peers of a listener together.
const TOTAL: usize = 64 * 1024 * 1024;

/// What the listener, its task and its connections share.
pub(super) struct Hub {
    pub(super) ports: Vec<Port>,
    pub(super) table: Mutex<Table>,
    /// Bytes in all queues.
    pub(super) queued: AtomicUsize,
    /// The task, while it waits for room in a queue.
    pub(super) stalled: Mutex<Option<Waker>>,
    /// Whether it does. Set before the queue is asked, whose lock orders it for those who make room.
    pub(super) is_stalled: AtomicBool,
    /// The task, to be woken when an outbox has to be sent.
    pub(super) flusher: Mutex<Option<Waker>>,
    backlog: usize,
    /// Dropped after the ports: the file goes when nobody listens any more.
    _file: Option<SocketFile>,
}

#[derive(Default)]
pub(super) struct Table {
    pub(super) peers: HashMap<Endpoint, Peer>,
    /// Peers by when they were heard, as of their turn in this queue; see [`Table::evict`].
    heard: VecDeque<(Endpoint, u64)>,
    clock: u64,
    /// Peers that wait to be accepted.
    pub(super) waiting: VecDeque<Newcomer>,
    pub(super) acceptor: Option<Waker>,
    pub(super) closed: bool,
}

pub(super) struct Peer {
    pub(super) mailbox: Arc<Mailbox>,
    heard: u64,
}

pub(super) struct Newcomer {
    pub(super) endpoint: Endpoint,
    pub(super) port: usize,
    pub(super) mailbox: Arc<Mailbox>,
}

/// What became of a datagram that was pushed to a peer.
enum Pushed {
    /// It waits in the queue, or is lost where it may be.
    Done,
    /// The queue is full.
    Full,
    /// The peer has gone.
    Gone,
}

/// Who was delivered to last.
pub(super) type Recent = Option<(Endpoint, Arc<Mailbox>)>;

impl Table {
    /// Ends the peer that was silent longest: one that was heard since it was queued goes round once more.
    pub(super) fn evict(&mut self) {
        while let Some((endpoint, when)) = self.heard.pop_front() {
            match self.peers.get(&endpoint) {
                Some(peer) if peer.heard > when => self.heard.push_back((endpoint, peer.heard)),
                Some(_) => {
                    if let Some(peer) = self.peers.remove(&endpoint) {
                        let mut letters = lock(&peer.mailbox.0);
                        letters.ended = true;
                        wake(letters.reader.take());
                    }
                    return;
                }
                None => {}
            }
        }
    }

    /// Forgets the entries of peers that have gone, once they are the larger part.
    pub(super) fn tidy(&mut self) {
        if self.heard.len() > 64 && self.heard.len() > 2 * self.peers.len() {
            let peers = &self.peers;
            let mut seen = std::collections::HashSet::new();
            self.heard.retain(|(endpoint, _)| peers.contains_key(endpoint) && seen.insert(endpoint.clone()));
        }
    }
}

impl Hub {
    /// A hub of `ports`, of whose peers at most `backlog` wait to be accepted.
    pub(super) fn new(ports: Vec<Port>, backlog: u32, file: Option<SocketFile>) -> Self {
        Self {
            ports,
            table: Mutex::default(),
            queued: AtomicUsize::new(0),
            stalled: Mutex::default(),
            is_stalled: AtomicBool::new(false),
            flusher: Mutex::default(),
            backlog: backlog.max(1) as usize,
            _file: file,
        }
    }

    /// Queues a datagram for its peer: one from `recent` without looking it up. Whether it could; otherwise the
    /// peer's queue is full.
    pub(super) fn deliver(&self, recent: &mut Recent, port: usize, from: &Endpoint, data: &[u8]) -> bool {
        if let Some((peer, mailbox)) = recent
            && peer == from
        {
            match self.push(mailbox, data) {
                Pushed::Done => return true,
                Pushed::Full => return false,
                Pushed::Gone => *recent = None,
            }
        }
        let Some(mailbox) = self.mailbox(port, from) else { return true };
        let pushed = self.push(&mailbox, data);
        *recent = Some((from.clone(), mailbox));
        !matches!(pushed, Pushed::Full)
    }

    /// The peer's mailbox, which is a new one for a new peer; `None` when there are too many of them.
    pub(super) fn mailbox(&self, port: usize, from: &Endpoint) -> Option<Arc<Mailbox>> {
        let mut table = lock(&self.table);
        table.clock += 1;
        let now = table.clock;
        if let Some(peer) = table.peers.get_mut(from) {
            peer.heard = now;
            return Some(Arc::clone(&peer.mailbox));
        }
        if table.closed || table.waiting.len() >= self.backlog {
            return None;
        }
        if table.peers.len() >= PEERS {
            table.evict();
        }
        table.tidy();
        let mailbox = Arc::new(Mailbox::default());
        table.peers.insert(from.clone(), Peer { mailbox: Arc::clone(&mailbox), heard: now });
        table.heard.push_back((from.clone(), now));
        table.waiting.push_back(Newcomer { endpoint: from.clone(), port, mailbox: Arc::clone(&mailbox) });
        wake(table.acceptor.take());
        Some(mailbox)
    }

    fn push(&self, mailbox: &Mailbox, data: &[u8]) -> Pushed {
        let mut letters = lock(&mailbox.0);
        if letters.ended {
            return Pushed::Gone;
        }
        let most = if letters.accepted { QUEUE.0 } else { BEFORE_ACCEPT };
        let crowded = letters.lengths.len() >= most || letters.waiting() >= QUEUE.1;
        let short_of_memory = self.queued.load(Ordering::Relaxed) >= TOTAL && !letters.lengths.is_empty();
        if crowded || short_of_memory {
            return if letters.accepted { Pushed::Full } else { Pushed::Done };
        }
        self.queued.fetch_add(data.len(), Ordering::Relaxed);
        letters.push(data);
        wake(letters.reader.take());
        Pushed::Done
    }

    /// Lets the task try again: there is room in some queue, or one has gone.
    pub(super) fn room(&self) {
        if self.is_stalled.load(Ordering::Relaxed) {
            self.is_stalled.store(false, Ordering::Relaxed);
            wake(lock(&self.stalled).take());
        }
    }

    pub(super) fn forget(&self, mailbox: &Mailbox) {
        let mut letters = lock(&mailbox.0);
        letters.ended = true;
        self.queued.fetch_sub(letters.waiting(), Ordering::Relaxed);
        letters.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_that_was_silent_longest_goes() {
        let mut table = Table::default();
        for (name, heard) in [("a", 5), ("b", 2), ("c", 3)] {
            let endpoint = Endpoint::Abstract(name.into());
            table.peers.insert(endpoint.clone(), Peer { mailbox: Arc::default(), heard });
            // As of when they were new: `a` has been heard since.
            table.heard.push_back((endpoint, heard.min(3)));
        }
        let ended = Arc::clone(&table.peers[&Endpoint::Abstract("b".into())].mailbox);
        table.evict();
        assert!(lock(&ended.0).ended);
        table.evict();
        let left: Vec<_> = table.peers.keys().collect();
        assert_eq!(left, [&Endpoint::Abstract("a".into())]);
    }
}
