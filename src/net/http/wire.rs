//! The wire: a connection as hyper reads and writes it, counted, watched and timed.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};

use super::connection::Visit;
use super::lane::{self, Lane};
use super::limits::Limits;
use crate::net::flow::{Happening, pool};
use crate::net::socket::Received;

/// What a connection of HTTP/2 begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection of streams.
pub(super) struct Wire {
    visit: Visit,
    limits: Arc<Limits>,
    lane: Option<Arc<Lane>>,
    /// What has come and was not taken. Empty while the connection rests, when it holds no memory.
    rest: BytesMut,
    /// Whether it is known how the peer began.
    begun: bool,
}

impl Wire {
    /// The wire of that visit's connection.
    pub(super) fn new(visit: Visit, limits: Arc<Limits>, lane: Option<Arc<Lane>>) -> Self {
        Self { visit, limits, lane, rest: BytesMut::new(), begun: false }
    }

    /// Waits until something has come; false at the end.
    pub(super) async fn wakes(&mut self) -> io::Result<bool> {
        if self.rest.is_empty() {
            std::future::poll_fn(|cx| self.poll_fill(cx)).await?;
        }
        Ok(!self.rest.is_empty())
    }

    /// The same with what hyper has read and not used, which came before what is still here. What there is of a request
    /// is timed.
    pub(super) fn with_rest(mut self, unused: &[u8]) -> Self {
        if !unused.is_empty() {
            self.limits.hear();
            put_before(&mut self.rest, unused);
        }
        self
    }

    /// The way of files past our memory.
    pub(super) fn lane(&self) -> Option<&Arc<Lane>> {
        self.lane.as_ref()
    }

    /// Whether the peer begins as HTTP/2 does. Waits until that is sure.
    pub(super) async fn begins_framed(&mut self) -> io::Result<bool> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(false);
        }
        loop {
            let known = self.rest.len().min(PREFACE.len());
            if self.rest[..known] != PREFACE[..known] {
                return Ok(false);
            }
            if known == PREFACE.len() {
                return Ok(true);
            }
            if std::future::poll_fn(|cx| self.poll_fill(cx)).await? == Received::End {
                return Ok(false);
            }
        }
    }

    /// Appends what comes to the rest.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Received>> {
        let before = self.rest.len();
        if self.rest.capacity() == 0 {
            self.rest = pool::take(pool::SMALL);
        }
        let received = self.visit.connection.poll_receive(cx, &mut self.rest);
        if self.rest.is_empty() {
            self.settle();
        }
        let received = ready!(received)?;
        let count = self.rest.len() - before;
        if count > 0 {
            self.limits.hear();
            self.visit.counters.received.fetch_add(count as u64, Ordering::Relaxed);
            if self.visit.observer.watches() {
                let bytes = Bytes::copy_from_slice(&self.rest[before..]);
                self.visit.observer.notice(Happening::Received(bytes));
            }
        }
        Poll::Ready(Ok(received))
    }

    /// Gives the memory of an empty rest back.
    fn settle(&mut self) {
        pool::give(std::mem::take(&mut self.rest));
    }

    /// Notes what came of sending these slices.
    fn sent(&self, outcome: Poll<io::Result<usize>>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match &outcome {
            Poll::Pending => self.limits.stick(),
            Poll::Ready(Err(_)) => {}
            Poll::Ready(Ok(count)) => {
                self.limits.go();
                self.visit.counters.sent.fetch_add(*count as u64, Ordering::Relaxed);
                if self.visit.observer.watches() {
                    let bytes = slices.iter().flat_map(|slice| slice.iter().copied()).take(*count);
                    self.visit.observer.notice(Happening::Sent(bytes.collect()));
                }
            }
        }
        outcome
    }
}

/// Puts bytes before those that came later.
fn put_before(later: &mut BytesMut, earlier: &[u8]) {
    let rest = std::mem::take(later);
    later.extend_from_slice(earlier);
    later.extend_from_slice(&rest);
    pool::give(rest);
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if wire.rest.is_empty() && ready!(wire.poll_fill(cx))? == Received::End {
            return Poll::Ready(Ok(()));
        }
        let count = wire.rest.len().min(into.remaining());
        into.put_slice(&wire.rest[..count]);
        if count == wire.rest.len() {
            wire.settle();
        } else {
            wire.rest.advance(count);
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if Lane::stands_in(data) {
            return self.poll_write_vectored(cx, &[IoSlice::new(data)]);
        }
        let outcome = self.visit.connection.poll_send(cx, data);
        self.sent(outcome, &[IoSlice::new(data)])
    }

    fn is_write_vectored(&self) -> bool {
        self.lane.is_some()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let full = slices.iter().position(|slice| !slice.is_empty()).unwrap_or(slices.len());
        let slices = &slices[full..];
        let Some(lane) = &self.lane else {
            let data: &[u8] = slices.first().map_or(&[], |slice| slice);
            let outcome = self.visit.connection.poll_send(cx, data);
            return self.sent(outcome, &slices[..slices.len().min(1)]);
        };
        let ours = slices.iter().position(|slice| Lane::stands_in(slice)).unwrap_or(slices.len());
        if ours == 0 && !slices.is_empty() {
            let outcome = lane.poll_send(cx, &self.visit.connection);
            return self.sent(outcome, &[]);
        }
        let more = ours < slices.len();
        let outcome = lane::poll_send_slices(cx, &self.visit.connection, &slices[..ours], more);
        self.sent(outcome, &slices[..ours])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.visit.connection.poll_finish(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_comes_before_what_is_still_here() {
        let mut rest = BytesMut::from("HTTP/1.1");
        put_before(&mut rest, b"GET / ");
        assert_eq!(rest, "GET / HTTP/1.1");
    }
}
