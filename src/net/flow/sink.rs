//! The direction to the peer: sends, counts, and tells who watches.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::idle::Activity;
use super::{Conversation, Counters, Happening};
use crate::net::address::Endpoint;
use crate::net::socket::Framing;
use crate::net::transport::Lost;

/// What a flow sends to its peer.
pub struct Sink {
    conversation: Conversation,
    activity: Option<Arc<Activity>>,
}

pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

impl Sink {
    pub(super) fn new(conversation: Conversation, activity: Option<Arc<Activity>>) -> Self {
        Self { conversation, activity }
    }

    /// How the peer frames bytes.
    pub fn framing(&self) -> Framing {
        self.conversation.connection.framing()
    }

    /// The peer.
    pub fn peer(&self) -> Endpoint {
        self.conversation.connection.peer()
    }

    /// Our end.
    pub fn local(&self) -> Endpoint {
        self.conversation.connection.local()
    }

    /// Tells the conversation's observer.
    pub fn notice(&self, happening: Happening) {
        self.conversation.observer.notice(happening);
    }

    /// Counts datagrams that were lost on our side.
    pub fn lose(&self, count: usize) {
        add(&self.conversation.counters.datagrams_lost, count);
    }

    /// Makes the close a reset.
    pub(in crate::net) fn reset(&self) {
        // Where it cannot be abortive it is at least a close.
        let _ = self.conversation.connection.reset();
    }

    /// Sends all of `data`, to a datagram peer as one datagram: one that the system refuses is counted as lost and
    /// is no error. Waits while the peer is slow.
    pub async fn send(&self, data: &[u8]) -> io::Result<()> {
        match self.framing() {
            Framing::Stream => self.send_stream(data).await?,
            Framing::Datagram => self.send_datagram(data).await?,
        }
        if self.conversation.observer.watches() {
            self.notice(Happening::Sent(Bytes::copy_from_slice(data)));
        }
        Ok(())
    }

    async fn send_stream(&self, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            let sent = poll_fn(|cx| self.conversation.connection.poll_send(cx, data)).await?;
            add(&self.conversation.counters.sent, sent);
            self.touch();
            data = &data[sent..];
        }
        Ok(())
    }

    async fn send_datagram(&self, data: &[u8]) -> io::Result<()> {
        let outcome = poll_fn(|cx| self.conversation.connection.poll_send(cx, data)).await;
        let lost = outcome.as_ref().err().and_then(Lost::told_by);
        match outcome {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(error),
            Err(_) if lost.is_none() => self.lose(1),
            _ => {
                add(&self.conversation.counters.sent, data.len());
                add(&self.conversation.counters.datagrams_sent, 1);
                self.touch();
            }
        }
        self.take_back(lost);
        Ok(())
    }

    /// Counts what was thought to be sent and is lost.
    fn take_back(&self, lost: Option<Lost>) {
        if let Some(Lost { datagrams, bytes }) = lost {
            let counters = &self.conversation.counters;
            counters.sent.fetch_sub(bytes as u64, Ordering::Relaxed);
            counters.datagrams_sent.fetch_sub(datagrams as u64, Ordering::Relaxed);
            self.lose(datagrams);
        }
    }

    /// Finishes sending (half-close).
    pub async fn finish(&self) -> io::Result<()> {
        let outcome = self.conversation.connection.finish().await;
        match outcome.as_ref().err().and_then(Lost::told_by) {
            None => outcome,
            lost => {
                self.take_back(lost);
                Ok(())
            }
        }
    }

    /// The conversation's counters.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.conversation.counters)
    }

    fn touch(&self) {
        if let Some(activity) = &self.activity {
            activity.touch();
        }
    }
}
