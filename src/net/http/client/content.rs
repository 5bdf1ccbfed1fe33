//! The content of an answer, as a socket on which everything but receiving is over.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use hyper::body::{Body, Incoming};

use super::{Driver, reason};
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing, Received, Socket};

/// How much room is made when a buffer has none.
const ROOM: usize = 16 * 1024;

/// The content that follows a head. The connection is closed when it is dropped.
pub(super) struct Content {
    state: Mutex<State>,
    below: Connection,
    /// What moves the bytes, as long as anybody wants them.
    _driver: Driver,
}

struct State {
    body: Incoming,
    /// What did not fit into the buffer that was there.
    rest: Bytes,
}

impl Content {
    /// The content `body`, whose bytes `driver` moves over `below`.
    pub(super) fn new(body: Incoming, below: Connection, driver: Driver) -> Self {
        Self { state: Mutex::new(State { body, rest: Bytes::new() }), below, _driver: driver }
    }
}

impl Socket for Content {
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

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.rest.is_empty() {
            let Some(frame) = ready!(Pin::new(&mut state.body).poll_frame(cx)) else {
                return Poll::Ready(Ok(Received::End));
            };
            // What is no data are trailers (RFC 9110, 6.5), which nobody asks for.
            if let Ok(data) = frame.map_err(|error| reason(&error))?.into_data() {
                state.rest = data;
            }
        }
        if into.capacity() == into.len() {
            into.reserve(ROOM);
        }
        let count = state.rest.len().min(into.capacity() - into.len());
        into.extend_from_slice(&state.rest[..count]);
        state.rest.advance(count);
        Poll::Ready(Ok(Received::Data(count)))
    }

    fn poll_send(&self, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        let reason = "the request has been sent: ask again by `http`";
        Poll::Ready(Err(io::Error::new(ErrorKind::Unsupported, reason)))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, data: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        self.poll_send(cx, data)
    }

    fn poll_finish(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn reset(&self) -> io::Result<()> {
        self.below.reset()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
