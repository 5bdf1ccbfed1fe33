//! A connection whose bytes are telnet's.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;

use super::codec::{Decoder, Encoder};
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing, Received, Socket};
use crate::net::transport::BoxFuture;

/// How much is escaped at a time, in bytes.
const PIECE: usize = 4096;

/// A connection without telnet's commands.
pub(super) struct TelnetSocket {
    below: Connection,
    incoming: Mutex<Incoming>,
    outgoing: Mutex<Outgoing>,
}

#[derive(Default)]
struct Incoming {
    decoder: Decoder,
    raw: BytesMut,
    /// Data that the reader's memory had no room for.
    rest: BytesMut,
    replies: BytesMut,
}

#[derive(Default)]
struct Outgoing {
    encoder: Encoder,
    /// Replies and escaped data that have to leave before anything else.
    waiting: BytesMut,
    /// How many bytes of the sender's data are in there: told when they have left.
    owed: usize,
    /// Whether the sender waits for room, and sends the replies when there is some.
    sender_waits: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TelnetSocket {
    pub(super) fn new(below: Connection) -> Self {
        Self { below, incoming: Mutex::default(), outgoing: Mutex::default() }
    }

    fn poll_flush(&self, outgoing: &mut Outgoing, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !outgoing.waiting.is_empty() {
            let sent = ready!(self.below.poll_send(cx, &outgoing.waiting))?;
            outgoing.waiting.advance(sent);
        }
        Poll::Ready(Ok(()))
    }

    /// Has replies sent, by whoever may wait for room: until they have left nothing more is read, so that a peer who
    /// only asks and never reads is not remembered for ever.
    fn poll_reply(&self, replies: &mut BytesMut, cx: &mut Context<'_>) -> Poll<()> {
        if replies.is_empty() {
            return Poll::Ready(());
        }
        let mut outgoing = lock(&self.outgoing);
        outgoing.waiting.extend_from_slice(replies);
        replies.clear();
        if outgoing.sender_waits {
            return Poll::Ready(());
        }
        // Whoever cannot be answered is told so when something is sent.
        self.poll_flush(&mut outgoing, cx).map(drop)
    }

    /// Receives data until there is some; none is the end.
    fn poll_data(&self, incoming: &mut Incoming, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if !incoming.rest.is_empty() {
                // Answered when it can be: the data need not wait.
                let _ = self.poll_reply(&mut incoming.replies, cx);
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_reply(&mut incoming.replies, cx));
            if ready!(self.below.poll_receive(cx, &mut incoming.raw))? == Received::End {
                return Poll::Ready(Ok(()));
            }
            let Incoming { decoder, raw, rest, replies } = incoming;
            decoder.decode(raw, rest, replies);
            raw.clear();
        }
    }
}

impl Socket for TelnetSocket {
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn local(&self) -> Endpoint {
        self.below.local()
    }

    fn peer(&self) -> Endpoint {
        self.below.peer()
    }

    fn facts(&self) -> &[Fact] {
        self.below.facts()
    }

    fn destination(&self) -> Endpoint {
        self.below.destination()
    }

    fn broken(&self) -> BoxFuture<'_, io::Error> {
        self.below.broken()
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let mut incoming = lock(&self.incoming);
        ready!(self.poll_data(&mut incoming, cx))?;
        let room = into.capacity() - into.len();
        let count = if room == 0 { incoming.rest.len() } else { incoming.rest.len().min(room) };
        into.extend_from_slice(&incoming.rest[..count]);
        incoming.rest.advance(count);
        Poll::Ready(Ok(if count == 0 { Received::End } else { Received::Data(count) }))
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut incoming = lock(&self.incoming);
        ready!(self.poll_data(&mut incoming, cx))?;
        let count = incoming.rest.len().min(buf.remaining());
        buf.put_slice(&incoming.rest[..count]);
        incoming.rest.advance(count);
        Poll::Ready(Ok(()))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let mut outgoing = lock(&self.outgoing);
        outgoing.sender_waits = true;
        ready!(self.poll_flush(&mut outgoing, cx))?;
        let mut plain = outgoing.encoder.plain(data);
        if outgoing.owed == 0 && plain == 0 && !data.is_empty() {
            let Outgoing { encoder, waiting, owed, .. } = &mut *outgoing;
            *owed = data.len().min(PIECE);
            encoder.encode(&data[..*owed], waiting);
            ready!(self.poll_flush(&mut outgoing, cx))?;
        }
        let owed = std::mem::take(&mut outgoing.owed);
        if owed > 0 {
            outgoing.sender_waits = false;
            return Poll::Ready(Ok(owed.min(data.len())));
        }
        plain = ready!(self.below.poll_send(cx, &data[..plain]))?;
        outgoing.encoder.note(&data[..plain]);
        outgoing.sender_waits = false;
        Poll::Ready(Ok(plain))
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Replies that cannot leave any more are nobody's loss.
        let mut outgoing = lock(&self.outgoing);
        if ready!(self.poll_flush(&mut outgoing, cx)).is_err() {
            outgoing.waiting.clear();
        }
        drop(outgoing);
        self.below.poll_finish(cx)
    }

    fn reset(&self) -> io::Result<()> {
        self.below.reset()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
