//! A datagram listener: one socket (or one for each IP version) shared by many peers, each a connection of its own.
//!
//! A peer that was accepted and does not read holds the sockets back once its queue is full: nothing more is read
//! until there is room, and the system's buffer does the rest. A peer that is not accepted yet may queue a few
//! datagrams; more are lost, as are new peers beyond the backlog. Beyond [`PEERS`] known peers the one that was
//! silent longest is ended.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use tokio::task::AbortHandle;

use super::Listener;
use super::batch::BATCH;
use super::datagram::Port;
use super::outbox::Ledger;
use super::path::SocketFile;
use crate::net::address::Endpoint;
use crate::net::socket::{Connection, Framing, Received, Socket};

/// How many peers one listener knows at a time.
const PEERS: usize = 65_536;
/// How many datagrams, and bytes of them, wait for an accepted peer's reader.
const QUEUE: (usize, usize) = (256, 1024 * 1024);
/// How many datagrams wait for a peer to be accepted, which a batch of coalesced ones shall not exceed.
const BEFORE_ACCEPT: usize = 16 * BATCH;
/// How many bytes wait for all peers of a listener together.
const TOTAL: usize = 64 * 1024 * 1024;

/// How many buffers for queues a thread keeps, and how large ones.
const SPARES: usize = 8;
const SPARE_BYTES: usize = 256 * 1024;

/// What the listener, its task and its connections share.
struct Hub {
    ports: Vec<Port>,
    table: Mutex<Table>,
    /// Bytes in all queues.
    queued: AtomicUsize,
    /// The task, while it waits for room in a queue.
    stalled: Mutex<Option<Waker>>,
    /// Whether it does. Set before the queue is asked, whose lock orders it for those who make room.
    is_stalled: AtomicBool,
    /// The task, to be woken when an outbox has to be sent.
    flusher: Mutex<Option<Waker>>,
    backlog: usize,
    /// Dropped after the ports: the file goes when nobody listens any more.
    _file: Option<SocketFile>,
}

#[derive(Default)]
struct Table {
    peers: HashMap<Endpoint, Peer>,
    /// Peers by when they were heard, as of their turn in this queue; see [`Table::evict`].
    heard: VecDeque<(Endpoint, u64)>,
    clock: u64,
    /// Peers that wait to be accepted.
    waiting: VecDeque<Newcomer>,
    acceptor: Option<Waker>,
    closed: bool,
}

struct Peer {
    mailbox: Arc<Mailbox>,
    heard: u64,
}

struct Newcomer {
    endpoint: Endpoint,
    port: usize,
    mailbox: Arc<Mailbox>,
}

/// The datagrams that wait for one peer's reader.
#[derive(Default)]
struct Mailbox(Mutex<Letters>);

#[derive(Default)]
struct Letters {
    /// The datagrams' bytes, one after the other; a buffer is held only while there are some.
    bytes: Vec<u8>,
    /// Where the first datagram begins.
    start: usize,
    lengths: VecDeque<usize>,
    accepted: bool,
    ended: bool,
    reader: Option<Waker>,
}

impl Letters {
    fn waiting(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn push(&mut self, data: &[u8]) {
        if self.bytes.capacity() == 0 {
            self.bytes = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        } else if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..std::mem::take(&mut self.start));
        }
        self.bytes.extend_from_slice(data);
        self.lengths.push_back(data.len());
    }

    fn pop(&mut self, into: &mut BytesMut) -> Option<usize> {
        let length = self.lengths.pop_front()?;
        into.extend_from_slice(&self.bytes[self.start..self.start + length]);
        self.start += length;
        if self.lengths.is_empty() {
            self.clear();
        }
        Some(length)
    }

    fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        self.start = 0;
        self.lengths.clear();
        if (1..=SPARE_BYTES).contains(&bytes.capacity()) {
            bytes.clear();
            SPARE.with_borrow_mut(|spare| {
                if spare.len() < SPARES {
                    spare.push(bytes);
                }
            });
        }
    }
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

thread_local! {
    /// Buffers of queues that are empty now.
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(waiting: Option<Waker>) {
    if let Some(waker) = waiting {
        waker.wake();
    }
}

impl Table {
    /// Ends the peer that was silent longest: one that was heard since it was queued goes round once more.
    fn evict(&mut self) {
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
    fn tidy(&mut self) {
        if self.heard.len() > 64 && self.heard.len() > 2 * self.peers.len() {
            let peers = &self.peers;
            let mut seen = std::collections::HashSet::new();
            self.heard.retain(|(endpoint, _)| peers.contains_key(endpoint) && seen.insert(endpoint.clone()));
        }
    }
}

impl Hub {
    /// Queues a datagram for its peer: one from `recent` without looking it up. Whether it could; otherwise the
    /// peer's queue is full.
    fn deliver(&self, recent: &mut Recent, port: usize, from: &Endpoint, data: &[u8]) -> bool {
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
    fn mailbox(&self, port: usize, from: &Endpoint) -> Option<Arc<Mailbox>> {
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
    fn room(&self) {
        if self.is_stalled.load(Ordering::Relaxed) {
            self.is_stalled.store(false, Ordering::Relaxed);
            wake(lock(&self.stalled).take());
        }
    }

    fn forget(&self, mailbox: &Mailbox) {
        let mut letters = lock(&mailbox.0);
        letters.ended = true;
        self.queued.fetch_sub(letters.waiting(), Ordering::Relaxed);
        letters.clear();
    }
}

/// Who was delivered to last.
type Recent = Option<(Endpoint, Arc<Mailbox>)>;

/// The task: moves datagrams from the sockets into the queues.
#[derive(Default)]
struct Demultiplexer {
    /// The rest of a batch, from the datagram on whose peer's queue is full.
    held: VecDeque<(Endpoint, Bytes)>,
    /// The socket whose turn it is; the one of the held datagrams.
    turn: usize,
}

impl Demultiplexer {
    fn poll(&mut self, hub: &Hub, cx: &mut Context<'_>) {
        *lock(&hub.flusher) = Some(cx.waker().clone());
        for port in &hub.ports {
            // Pending: called again when there is room. Errors are the senders' own.
            let _ = port.poll_flush(cx);
        }
        loop {
            if !self.deliver_held(hub) {
                // The waker is left first and the queue asked again: whoever reads meanwhile finds one or the other.
                *lock(&hub.stalled) = Some(cx.waker().clone());
                hub.is_stalled.store(true, Ordering::Relaxed);
                if !self.deliver_held(hub) {
                    return;
                }
            }
            let count = hub.ports.len();
            let next = (1..=count).find_map(|offset| {
                let turn = (self.turn + offset) % count;
                match receive(hub, turn, &mut self.held, cx) {
                    Poll::Ready(outcome) => Some((turn, outcome)),
                    Poll::Pending => None,
                }
            });
            let Some((turn, outcome)) = next else { return };
            self.turn = turn;
            // An error is an ICMP report about some datagram of ours: the socket itself is well.
            if matches!(outcome, Ok(true)) {
                // Those who were woken come first: what they take makes room.
                return cx.waker().wake_by_ref();
            }
        }
    }

    /// Whether all of them could be delivered.
    fn deliver_held(&mut self, hub: &Hub) -> bool {
        let mut recent = None;
        while let Some((from, data)) = self.held.front() {
            if !hub.deliver(&mut recent, self.turn, from, data) {
                return false;
            }
            self.held.pop_front();
        }
        true
    }
}

/// Receives a batch and delivers it; what cannot be delivered is held. Whether there may be more.
fn receive(
    hub: &Hub,
    port: usize,
    held: &mut VecDeque<(Endpoint, Bytes)>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<bool>> {
    let mut recent = None;
    hub.ports[port].poll_receive_batch(cx, |from, data| {
        if !held.is_empty() || !hub.deliver(&mut recent, port, &from, data) {
            held.push_back((from, Bytes::copy_from_slice(data)));
        }
    })
}

/// Ends the task when the listener and all its connections are gone.
struct Keeper {
    hub: Arc<Hub>,
    lease: Arc<Lease>,
    task: AbortHandle,
}

/// The hub as the task has it: taken away before the sockets are closed, so that they are closed at once.
type Lease = Mutex<Option<Arc<Hub>>>;

impl Drop for Keeper {
    fn drop(&mut self) {
        *lock(&self.lease) = None;
        self.task.abort();
    }
}

/// A datagram listener.
pub(super) struct Demux {
    keeper: Arc<Keeper>,
}

impl Demux {
    /// Listens on `ports`, which are bound. At most `backlog` peers wait to be accepted.
    pub(super) fn new(ports: Vec<Port>, backlog: u32, file: Option<SocketFile>) -> Self {
        let hub = Arc::new(Hub {
            ports,
            table: Mutex::default(),
            queued: AtomicUsize::new(0),
            stalled: Mutex::default(),
            is_stalled: AtomicBool::new(false),
            flusher: Mutex::default(),
            backlog: backlog.max(1) as usize,
            _file: file,
        });
        let lease: Arc<Lease> = Arc::new(Mutex::new(Some(Arc::clone(&hub))));
        let (leased, mut demultiplexer) = (Arc::clone(&lease), Demultiplexer::default());
        let task = tokio::spawn(std::future::poll_fn(move |cx| match &*lock(&leased) {
            Some(hub) => {
                demultiplexer.poll(hub, cx);
                Poll::Pending
            }
            None => Poll::Ready(()),
        }));
        Self { keeper: Arc::new(Keeper { hub, lease, task: task.abort_handle() }) }
    }
}

impl Drop for Demux {
    fn drop(&mut self) {
        let mut table = lock(&self.keeper.hub.table);
        table.closed = true;
        for newcomer in std::mem::take(&mut table.waiting) {
            table.peers.remove(&newcomer.endpoint);
            self.keeper.hub.forget(&newcomer.mailbox);
        }
    }
}

impl Listener for Demux {
    fn local(&self) -> Vec<Endpoint> {
        self.keeper.hub.ports.iter().map(Port::local).collect()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Connection>> {
        let mut table = lock(&self.keeper.hub.table);
        let Some(Newcomer { endpoint, port, mailbox }) = table.waiting.pop_front() else {
            table.acceptor = Some(cx.waker().clone());
            return Poll::Pending;
        };
        drop(table);
        lock(&mailbox.0).accepted = true;
        let (keeper, ledger) = (Arc::clone(&self.keeper), Arc::default());
        let has_more = AtomicBool::new(false);
        Poll::Ready(Ok(Arc::new(PeerSocket { keeper, port, peer: endpoint, mailbox, has_more, ledger })))
    }
}

/// The conversation with one peer of a datagram listener.
struct PeerSocket {
    keeper: Arc<Keeper>,
    port: usize,
    peer: Endpoint,
    mailbox: Arc<Mailbox>,
    /// Whether more was waiting when it was read last.
    has_more: AtomicBool,
    /// What it sent and the system refused later.
    ledger: Arc<Ledger>,
}

impl Drop for PeerSocket {
    fn drop(&mut self) {
        let hub = &self.keeper.hub;
        // The task sends what does not go now, unless this was the last connection.
        let _ = hub.ports[self.port].try_flush();
        let mut table = lock(&hub.table);
        if table.peers.get(&self.peer).is_some_and(|peer| Arc::ptr_eq(&peer.mailbox, &self.mailbox)) {
            table.peers.remove(&self.peer);
        }
        drop(table);
        hub.forget(&self.mailbox);
        hub.room();
    }
}

impl Socket for PeerSocket {
    fn framing(&self) -> Framing {
        Framing::Datagram
    }

    fn local(&self) -> Endpoint {
        self.keeper.hub.ports[self.port].local()
    }

    fn peer(&self) -> Endpoint {
        self.peer.clone()
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let mut letters = lock(&self.mailbox.0);
        let Some(length) = letters.pop(into) else {
            if letters.ended {
                return Poll::Ready(Ok(Received::End));
            }
            letters.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        self.has_more.store(!letters.lengths.is_empty(), Ordering::Relaxed);
        drop(letters);
        self.keeper.hub.queued.fetch_sub(length, Ordering::Relaxed);
        self.keeper.hub.room();
        Poll::Ready(Ok(Received::Datagram(length)))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let hub = &self.keeper.hub;
        // Whoever has more to read is likely to send again at once.
        let more = self.has_more.load(Ordering::Relaxed);
        let remind = || wake(lock(&hub.flusher).clone());
        hub.ports[self.port].poll_post(cx, (data, &self.peer), &self.ledger, more, remind)
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, data: &[u8], to: &Endpoint) -> Poll<io::Result<usize>> {
        let ports = &self.keeper.hub.ports;
        let is_v4 = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Inet(address) if address.is_ipv4());
        let port = ports.iter().find(|port| is_v4(&port.local()) == is_v4(to)).unwrap_or(&ports[self.port]);
        port.poll_send(cx, data, Some(to))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let _ = ready!(self.keeper.hub.ports[self.port].poll_flush(cx));
        Poll::Ready(self.ledger.settle())
    }

    fn reset(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
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
