//! Wrapped streams: a stream of a protocol's library, on top of a connection, as a socket.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing, Received, Socket};

/// How much room is made when a buffer has none.
const ROOM: usize = 16 * 1024;

/// The most that is handed to the stream in one piece.
const PIECE: usize = 16 * 1024;

/// How long the last words of a connection that is closed may take to leave.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a wrapped stream must be: reading waits only for the reading side of what is below, writing only for its
/// writing side, so that one task may do each.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Duplex for S {}

/// A stream on top of `below` as a socket. Dropping it sends the protocol's own end first, unless it was reset.
pub struct Wrapped<S: Duplex> {
    state: Mutex<State<S>>,
    below: Connection,
    facts: Vec<Fact>,
    explain: fn(io::Error) -> io::Error,
}

struct State<S> {
    /// `None` only while dropping.
    stream: Option<S>,
    /// A copy of what the stream has taken and not sent yet, while whoever sends it waits.
    taken: BytesMut,
    /// Whether nothing may be said any more: it was reset, or broke.
    broken: bool,
}

impl<S: Duplex> State<S> {
    fn stream(&mut self) -> Pin<&mut S> {
        Pin::new(self.stream.as_mut().expect("the stream is taken only when dropped"))
    }
}

impl<S: Duplex> Wrapped<S> {
    /// `stream` on top of `below`, with what there is to tell about it before what there is about `below`. `explain`
    /// puts the stream's errors into our words.
    pub fn new(stream: S, below: Connection, mut facts: Vec<Fact>, explain: fn(io::Error) -> io::Error) -> Self {
        facts.extend(below.facts().iter().cloned());
        let state = State { stream: Some(stream), taken: BytesMut::new(), broken: false };
        Self { state: Mutex::new(state), below, facts, explain }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, state: &mut State<S>, error: io::Error) -> io::Error {
        state.broken = true;
        (self.explain)(error)
    }
}

impl<S: Duplex> Socket for Wrapped<S> {
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
        &self.facts
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let made_room = into.capacity() == into.len();
        if made_room {
            into.reserve(ROOM);
        }
        let mut state = self.state();
        // Bound first: the future borrows the state.
        let read = pin!(state.stream().get_mut().read_buf(into)).poll(cx);
        match read {
            Poll::Ready(Ok(0)) => Poll::Ready(Ok(Received::End)),
            Poll::Ready(Ok(read)) => Poll::Ready(Ok(Received::Data(read))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.failed(&mut state, error))),
            Poll::Pending => {
                if made_room && into.is_empty() {
                    *into = BytesMut::new();
                }
                Poll::Pending
            }
        }
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        let read = ready!(state.stream().poll_read(cx, buf));
        Poll::Ready(read.map_err(|error| self.failed(&mut state, error)))
    }

    /// What the stream has taken must also leave before it counts as sent: nobody would send it on otherwise. Until
    /// then a copy tells whether the next call goes on with the same bytes. If it does not, the earlier send was given
    /// up half-way, and its bytes go out as those of any send that was given up.
    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let mut state = self.state();
        let sent = poll_send(&mut state, cx, data);
        sent.map_err(|error| self.failed(&mut state, error))
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        match ready!(state.stream().poll_shutdown(cx)) {
            // The peer has reset: there is nobody left to tell.
            Err(error) if error.kind() == ErrorKind::NotConnected => Poll::Ready(Ok(())),
            outcome => Poll::Ready(outcome.map_err(|error| self.failed(&mut state, error))),
        }
    }

    fn reset(&self) -> io::Result<()> {
        self.state().broken = true;
        self.below.reset()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

fn poll_send<S: Duplex>(state: &mut State<S>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
    if !state.taken.is_empty() {
        ready!(state.stream().poll_flush(cx))?;
        let taken = std::mem::take(&mut state.taken);
        if data.starts_with(&taken) {
            return Poll::Ready(Ok(taken.len()));
        }
    }
    let piece = &data[..data.len().min(PIECE)];
    let count = ready!(state.stream().poll_write(cx, piece))?;
    if state.stream().poll_flush(cx)?.is_pending() {
        state.taken.extend_from_slice(&piece[..count]);
        return Poll::Pending;
    }
    Poll::Ready(Ok(count))
}

impl<S: Duplex> Drop for Wrapped<S> {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.broken {
            return;
        }
        let Some(mut stream) = state.stream.take() else { return };
        let left = Pin::new(&mut stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        if left.is_pending()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let farewell = std::future::poll_fn(move |cx| Pin::new(&mut stream).poll_shutdown(cx));
            runtime.spawn(tokio::time::timeout(FAREWELL, farewell));
        }
    }
}
