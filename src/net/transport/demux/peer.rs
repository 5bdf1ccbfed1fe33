//! A peer: one conversation of a datagram listener.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::mailbox::Mailbox;
use super::{Keeper, lock, wake};
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Framing, Received, Socket};
use crate::net::transport::outbox::Ledger;

/// The conversation with one peer of a datagram listener.
pub(super) struct PeerSocket {
    pub(super) keeper: Arc<Keeper>,
    pub(super) port: usize,
    pub(super) peer: Endpoint,
    pub(super) mailbox: Arc<Mailbox>,
    /// Whether more was waiting when it was read last.
    pub(super) has_more: AtomicBool,
    /// What it sent and the system refused later.
    pub(super) ledger: Arc<Ledger>,
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

    fn facts(&self) -> &[Fact] {
        self.keeper.hub.ports[self.port].facts()
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
