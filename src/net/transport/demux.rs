//! A datagram listener: one socket (or one for each IP version) shared by many peers, each a connection of its own.
//!
//! A peer that was accepted and does not read holds the sockets back once its queue is full: nothing more is read
//! until there is room, and the system's buffer does the rest. A peer that is not accepted yet may queue a few
//! datagrams; more are lost, as are new peers beyond the backlog. Beyond [`PEERS`] known peers the one that was
//! silent longest is ended.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use tokio::task::AbortHandle;

use super::Listener;
use super::datagram::{Port, with_scratch};
use super::path::SocketFile;
use crate::net::address::Endpoint;
use crate::net::socket::{Connection, Framing, Received, Socket};

/// How many peers one listener knows at a time.
const PEERS: usize = 65_536;
/// How many datagrams, and bytes of them, wait for an accepted peer's reader.
const QUEUE: (usize, usize) = (256, 1024 * 1024);
/// How many datagrams wait for a peer to be accepted.
const BEFORE_ACCEPT: usize = 16;
/// How many bytes wait for all peers of a listener together.
const TOTAL: usize = 64 * 1024 * 1024;

/// What the listener, its task and its connections share.
struct Hub {
    ports: Vec<Port>,
    table: Mutex<Table>,
    /// Bytes in all queues.
    queued: AtomicUsize,
    /// The task, while it waits for room in a queue.
    stalled: Mutex<Option<Waker>>,
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
    queue: VecDeque<Bytes>,
    bytes: usize,
    accepted: bool,
    ended: bool,
    reader: Option<Waker>,
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
    /// Queues a datagram for its peer; gives it back when the queue is full.
    fn deliver(&self, port: usize, from: Endpoint, data: Bytes) -> Result<(), (usize, Endpoint, Bytes)> {
        let mut table = lock(&self.table);
        table.clock += 1;
        let now = table.clock;
        if let Some(peer) = table.peers.get_mut(&from) {
            peer.heard = now;
            let mailbox = Arc::clone(&peer.mailbox);
            drop(table);
            return self.push(&mailbox, data).map_err(|data| (port, from, data));
        }
        if table.closed || table.waiting.len() >= self.backlog {
            return Ok(());
        }
        if table.peers.len() >= PEERS {
            table.evict();
        }
        table.tidy();
        let mailbox = Arc::new(Mailbox::default());
        let _ = self.push(&mailbox, data);
        table.peers.insert(from.clone(), Peer { mailbox: Arc::clone(&mailbox), heard: now });
        table.heard.push_back((from.clone(), now));
        table.waiting.push_back(Newcomer { endpoint: from, port, mailbox });
        wake(table.acceptor.take());
        Ok(())
    }

    fn push(&self, mailbox: &Mailbox, data: Bytes) -> Result<(), Bytes> {
        let mut letters = lock(&mailbox.0);
        let crowded = letters.queue.len() >= QUEUE.0 || letters.bytes >= QUEUE.1;
        let short_of_memory = self.queued.load(Ordering::Relaxed) >= TOTAL && !letters.queue.is_empty();
        if !letters.accepted && (letters.queue.len() >= BEFORE_ACCEPT || short_of_memory) {
            return Ok(());
        }
        if crowded || short_of_memory {
            return Err(data);
        }
        letters.bytes += data.len();
        self.queued.fetch_add(data.len(), Ordering::Relaxed);
        letters.queue.push_back(data);
        wake(letters.reader.take());
        Ok(())
    }

    /// Lets the task try again: there is room in some queue, or one has gone.
    fn room(&self) {
        wake(lock(&self.stalled).take());
    }

    fn forget(&self, mailbox: &Mailbox) {
        let mut letters = lock(&mailbox.0);
        letters.ended = true;
        letters.queue.clear();
        self.queued.fetch_sub(std::mem::take(&mut letters.bytes), Ordering::Relaxed);
    }
}

/// The task: moves datagrams from the sockets into the queues.
#[derive(Default)]
struct Demultiplexer {
    /// A datagram whose peer's queue is full.
    held: Option<(usize, Endpoint, Bytes)>,
    turn: usize,
}

impl Demultiplexer {
    fn poll(&mut self, hub: &Hub, cx: &mut Context<'_>) {
        loop {
            if let Some((port, from, data)) = self.held.take()
                && let Err((port, from, data)) = hub.deliver(port, from, data)
            {
                // The waker is left first and the queue asked again: whoever reads meanwhile finds one or the other.
                *lock(&hub.stalled) = Some(cx.waker().clone());
                self.held = hub.deliver(port, from, data).err();
                if self.held.is_some() {
                    return;
                }
            }
            self.turn = self.turn.wrapping_add(1);
            let count = hub.ports.len();
            let next = (0..count).map(|offset| (self.turn + offset) % count).find_map(|port| {
                match receive(&hub.ports[port], cx) {
                    Poll::Ready(outcome) => Some((port, outcome)),
                    Poll::Pending => None,
                }
            });
            match next {
                Some((port, Ok((data, from)))) => self.held = Some((port, from, data)),
                // An ICMP report about some datagram of ours: the socket itself is well.
                Some((_, Err(_))) => {}
                None => return,
            }
        }
    }
}

fn receive(port: &Port, cx: &mut Context<'_>) -> Poll<io::Result<(Bytes, Endpoint)>> {
    with_scratch(|scratch| {
        let received = port.poll_receive(cx, scratch);
        received.map_ok(|(length, from)| (Bytes::copy_from_slice(&scratch[..length]), from))
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
        Poll::Ready(Ok(Arc::new(PeerSocket { keeper: Arc::clone(&self.keeper), port, peer: endpoint, mailbox })))
    }
}

/// The conversation with one peer of a datagram listener.
struct PeerSocket {
    keeper: Arc<Keeper>,
    port: usize,
    peer: Endpoint,
    mailbox: Arc<Mailbox>,
}

impl Drop for PeerSocket {
    fn drop(&mut self) {
        let hub = &self.keeper.hub;
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
        let Some(data) = letters.queue.pop_front() else {
            if letters.ended {
                return Poll::Ready(Ok(Received::End));
            }
            letters.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        letters.bytes -= data.len();
        drop(letters);
        self.keeper.hub.queued.fetch_sub(data.len(), Ordering::Relaxed);
        self.keeper.hub.room();
        into.extend_from_slice(&data);
        Poll::Ready(Ok(Received::Datagram(data.len())))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.keeper.hub.ports[self.port].poll_send(cx, data, Some(&self.peer))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, data: &[u8], to: &Endpoint) -> Poll<io::Result<usize>> {
        let ports = &self.keeper.hub.ports;
        let is_v4 = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Inet(address) if address.is_ipv4());
        let port = ports.iter().find(|port| is_v4(&port.local()) == is_v4(to)).unwrap_or(&ports[self.port]);
        port.poll_send(cx, data, Some(to))
    }

    fn poll_finish(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
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
