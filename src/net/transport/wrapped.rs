//! Wrapped streams: a stream of a protocol's library, on top of a connection, as a socket.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::task::AbortHandle;

use super::BoxFuture;
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing, Received, Socket};

/// How much room is made when a buffer has none.
const ROOM: usize = 16 * 1024;

/// The most that is handed to the stream in one piece.
const PIECE: usize = 64 * 1024;

/// How long the last words of a connection that is closed may take to leave.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a wrapped stream must be: reading waits only for the reading side of what is below, writing only for its
/// writing side, so that one task may do each.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Duplex for S {}

/// A stream on top of `below` as a socket. Dropping it sends the protocol's own end first, unless it was reset.
pub struct Wrapped<S: Duplex> {
    state: Arc<Mutex<State<S>>>,
    below: Connection,
    facts: Vec<Fact>,
    explain: fn(io::Error) -> io::Error,
}

struct State<S> {
    /// `None` when the socket has been dropped.
    stream: Option<S>,
    /// The task that sends on what the stream has taken, while it cannot leave at once: whoever sent it has been told
    /// that it was, and need not come back.
    flushing: Option<AbortHandle>,
    /// Who wants to send or finish when that is done.
    waiting: Option<Waker>,
    /// Why it could not be done.
    failure: Option<io::Error>,
    /// Whether nothing may be said any more: it was reset, or broke.
    broken: bool,
}

impl<S: Duplex> State<S> {
    fn stream(&mut self) -> Pin<&mut S> {
        Pin::new(self.stream.as_mut().expect("the stream is taken only when dropped"))
    }

    /// Waits until everything taken before has left.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.failure.take() {
            return Poll::Ready(Err(error));
        }
        if self.flushing.is_some() {
            self.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends on what the stream has taken; ready also when the socket has been dropped, which sees to it then.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(stream) = &mut self.stream {
            self.failure = ready!(Pin::new(stream).poll_flush(cx)).err();
        }
        self.flushing = None;
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
        Poll::Ready(())
    }
}

fn lock<S>(state: &Mutex<State<S>>) -> MutexGuard<'_, State<S>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Duplex> Wrapped<S> {
    /// `stream` on top of `below`, with what there is to tell about it before what there is about `below`. `explain`
    /// puts the stream's errors into our words.
    pub fn new(stream: S, below: Connection, mut facts: Vec<Fact>, explain: fn(io::Error) -> io::Error) -> Self {
        facts.extend(below.facts().iter().cloned());
        let state = State { stream: Some(stream), flushing: None, waiting: None, failure: None, broken: false };
        Self { state: Arc::new(Mutex::new(state)), below, facts, explain }
    }

    fn failed(&self, state: &mut State<S>, error: io::Error) -> io::Error {
        state.broken = true;
        (self.explain)(error)
    }

    fn poll_write(&self, state: &mut State<S>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(state.poll_idle(cx))?;
        let count = ready!(state.stream().poll_write(cx, &data[..data.len().min(PIECE)]))?;
        if state.stream().poll_flush(cx)?.is_pending() {
            let shared = Arc::clone(&self.state);
            let flush = std::future::poll_fn(move |cx| lock(&shared).poll_flush(cx));
            state.flushing = Some(tokio::spawn(flush).abort_handle());
        }
        Poll::Ready(Ok(count))
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

    fn destination(&self) -> Endpoint {
        self.below.destination()
    }

    fn broken(&self) -> BoxFuture<'_, io::Error> {
        self.below.broken()
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let made_room = into.capacity() == into.len();
        if made_room {
            into.reserve(ROOM);
        }
        let mut state = lock(&self.state);
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
        let mut state = lock(&self.state);
        let read = ready!(state.stream().poll_read(cx, buf));
        Poll::Ready(read.map_err(|error| self.failed(&mut state, error)))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let mut state = lock(&self.state);
        let sent = ready!(self.poll_write(&mut state, cx, data));
        Poll::Ready(sent.map_err(|error| self.failed(&mut state, error)))
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = lock(&self.state);
        let idle = ready!(state.poll_idle(cx));
        let finished = match idle {
            Ok(()) => ready!(state.stream().poll_shutdown(cx)),
            error => error,
        };
        match finished {
            // The peer has reset: there is nobody left to tell.
            Err(error) if error.kind() == ErrorKind::NotConnected => Poll::Ready(Ok(())),
            outcome => Poll::Ready(outcome.map_err(|error| self.failed(&mut state, error))),
        }
    }

    fn reset(&self) -> io::Result<()> {
        lock(&self.state).broken = true;
        self.below.reset()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl<S: Duplex> Drop for Wrapped<S> {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        if let Some(flushing) = state.flushing.take() {
            flushing.abort();
        }
        let Some(mut stream) = state.stream.take().filter(|_| !state.broken) else { return };
        drop(state);
        let left = Pin::new(&mut stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        if left.is_pending()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let farewell = std::future::poll_fn(move |cx| Pin::new(&mut stream).poll_shutdown(cx));
            runtime.spawn(tokio::time::timeout(FAREWELL, farewell));
        }
    }
}
