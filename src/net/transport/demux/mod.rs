//! A datagram listener: one socket (or one for each IP version) shared by many peers, each a connection of its own.
//!
//! A peer that was accepted and does not read holds the sockets back once its queue is full: nothing more is read
//! until there is room, and the system's buffer does the rest. A peer that is not accepted yet may queue a few
//! datagrams; more are lost, as are new peers beyond the backlog. Beyond 65,536 known peers the one that was
//! silent longest is ended.

mod hub;
mod mailbox;
mod peer;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::task::AbortHandle;

use super::datagram::Port;
use super::path::SocketFile;
use super::{Arrival, Listener};
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::Connection;
use hub::{Hub, Newcomer};
use peer::PeerSocket;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(waiting: Option<Waker>) {
    if let Some(waker) = waiting {
        waker.wake();
    }
}

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
        let hub = Arc::new(Hub::new(ports, backlog, file));
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

    fn facts(&self) -> Vec<Fact> {
        self.keeper.hub.ports.first().map(|port| port.facts().to_vec()).unwrap_or_default()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        let mut table = lock(&self.keeper.hub.table);
        let Some(Newcomer { endpoint, port, mailbox }) = table.waiting.pop_front() else {
            table.acceptor = Some(cx.waker().clone());
            return Poll::Pending;
        };
        drop(table);
        lock(&mailbox.0).accepted = true;
        let (keeper, ledger) = (Arc::clone(&self.keeper), Arc::default());
        let has_more = AtomicBool::new(false);
        let socket: Connection = Arc::new(PeerSocket { keeper, port, peer: endpoint, mailbox, has_more, ledger });
        Poll::Ready(Ok(socket.into()))
    }
}
