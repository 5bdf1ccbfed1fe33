//! An open WebSocket as a socket of messages.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Sink, Stream};
use tokio::task::AbortHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{BoxFuture, ByteStream, Fact, failure, keeper};
use crate::net::address::Endpoint;
use crate::net::socket::{Connection, Framing, MessageKind, Parting, Received, Socket};
use crate::net::transport::layer::part;

/// How long the last words of a connection that is closed may take to leave, and the peer's to come.
const FAREWELL: Duration = Duration::from_secs(5);

/// How much more is read from a peer that does not keep to the protocol, so that it gets our status code.
const REST: usize = 64 << 20;

/// The code of a peer that closed without one (RFC 6455, 7.1.5).
const NO_CODE: u16 = 1005;

/// How messages are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// As which kind all are sent, if as one.
    pub kind: Option<MessageKind>,
    /// How often the peer is asked whether it is there.
    pub ping: Option<Duration>,
}

/// The socket. Dropping it closes the WebSocket, unless it was reset.
pub(super) struct WebSocket {
    shared: Arc<Shared>,
    below: Connection,
    facts: Vec<Fact>,
    kind: Option<MessageKind>,
    keeper: Option<AbortHandle>,
}

/// What the socket shares with the tasks that send on for it.
pub(super) struct Shared(Mutex<State>);

struct State {
    /// `None` when the socket has been dropped.
    stream: Option<WebSocketStream<ByteStream>>,
    /// The task that sends on what the stream has taken, while it cannot leave at once.
    flushing: Option<AbortHandle>,
    /// Who wants to send or finish when that is done.
    sender: Option<Waker>,
    /// Who wants to receive.
    receiver: Option<Waker>,
    /// Why it cannot go on.
    failure: Option<io::Error>,
    /// The kind of the message that came last.
    received: Option<MessageKind>,
    /// The last sign of the peer.
    sign: Sign,
    /// What the peer has said as it closed.
    parting: Option<Parting>,
    /// What we shall say.
    farewell: Option<Parting>,
    /// Whether we have closed.
    finished: bool,
    /// Whether nothing may be said any more: it was reset, or broke.
    broken: bool,
}

/// What is known of whether the peer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Something came since the last look.
    Heard,
    /// Nothing came, but it was not asked either.
    Silent,
    /// It was asked and has not answered.
    Asked,
}

/// What a look after the peer gave.
pub(super) enum Watched {
    /// It goes on.
    Alive,
    /// There is nobody to look after any more.
    Over,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pings the peer, or gives it up when it has sent nothing since the ping before.
    pub(super) fn watch(self: &Arc<Self>) -> Watched {
        let mut state = self.lock();
        if state.stream.is_none() || state.parting.is_some() || state.finished || state.broken {
            return Watched::Over;
        }
        if state.sign == Sign::Asked {
            state.failure = Some(io::Error::new(ErrorKind::NotConnected, "the peer answers no pings"));
            state.wake();
            return Watched::Over;
        }
        state.sign = Sign::Silent;
        // While something is being sent, its taking of that is the sign.
        if state.flushing.is_none() && Pin::new(state.stream()).start_send(Message::Ping(Bytes::new())).is_ok() {
            state.sign = Sign::Asked;
            let mut ignored = Context::from_waker(Waker::noop());
            if Pin::new(state.stream()).poll_flush(&mut ignored).is_pending() {
                state.flush_later(self);
            }
        }
        Watched::Alive
    }
}

impl State {
    fn stream(&mut self) -> &mut WebSocketStream<ByteStream> {
        self.stream.as_mut().expect("the stream is taken only when dropped")
    }

    fn wake(&mut self) {
        for waker in [self.sender.take(), self.receiver.take()].into_iter().flatten() {
            waker.wake();
        }
    }

    /// Waits until everything taken before has left.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.failure.take() {
            self.broken = true;
            return Poll::Ready(Err(error));
        }
        if self.flushing.is_some() {
            self.sender = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Has the stream take a message. That it was sent can be said when it has left, or will without further ado.
    fn send(&mut self, shared: &Arc<Shared>, cx: &mut Context<'_>, message: Message) -> Poll<io::Result<()>> {
        ready!(self.poll_idle(cx))?;
        let mut stream = Pin::new(self.stream());
        ready!(stream.as_mut().poll_ready(cx)).map_err(failure::of_connection)?;
        stream.as_mut().start_send(message).map_err(failure::of_connection)?;
        match stream.poll_flush(cx) {
            Poll::Ready(outcome) => Poll::Ready(outcome.map_err(failure::of_connection)),
            Poll::Pending => {
                self.flush_later(shared);
                Poll::Ready(Ok(()))
            }
        }
    }

    fn flush_later(&mut self, shared: &Arc<Shared>) {
        let shared = Arc::clone(shared);
        let flush = std::future::poll_fn(move |cx| shared.lock().poll_flush(cx));
        self.flushing = Some(tokio::spawn(flush).abort_handle());
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(stream) = &mut self.stream {
            self.failure = ready!(Pin::new(stream).poll_flush(cx)).err().map(failure::of_connection);
        }
        self.flushing = None;
        if let Some(sender) = self.sender.take() {
            sender.wake();
        }
        Poll::Ready(())
    }

    fn close_frame(&self) -> Option<CloseFrame> {
        match &self.farewell {
            None => Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }),
            Some(Parting { code: NO_CODE, .. }) => None,
            Some(Parting { code, reason }) => Some(CloseFrame { code: (*code).into(), reason: reason.as_str().into() }),
        }
    }

    /// Notes how the peer has closed.
    fn part(&mut self, frame: Option<CloseFrame>) {
        let parting = match frame {
            Some(CloseFrame { code, reason }) => Parting { code: code.into(), reason: reason.to_string() },
            None => Parting { code: NO_CODE, reason: String::new() },
        };
        self.parting.get_or_insert(parting);
    }
}

impl WebSocket {
    /// The socket of a stream whose handshake has been run on `below`.
    pub(super) fn open(
        stream: WebSocketStream<ByteStream>,
        below: Connection,
        mut facts: Vec<Fact>,
        terms: Terms,
    ) -> Connection {
        facts.extend(below.facts().iter().cloned());
        let state = State {
            stream: Some(stream),
            flushing: None,
            sender: None,
            receiver: None,
            failure: None,
            received: None,
            sign: Sign::Heard,
            parting: None,
            farewell: None,
            finished: false,
            broken: false,
        };
        let shared = Arc::new(Shared(Mutex::new(state)));
        let keep = |interval| tokio::spawn(keeper::keep(Arc::downgrade(&shared), interval)).abort_handle();
        let keeper = terms.ping.map(keep);
        Arc::new(Self { shared, below, facts, kind: terms.kind, keeper })
    }

    /// Ends the connection because of what the peer has sent, and says so to it.
    fn fail(&self, state: &mut State, error: Error) -> io::Error {
        state.broken = true;
        if let Some(code) = failure::code(&error)
            && !state.finished
        {
            let mut stream = Pin::new(state.stream());
            let frame = CloseFrame { code, reason: "".into() };
            let mut ignored = Context::from_waker(Waker::noop());
            if stream.as_mut().start_send(Message::Close(Some(frame))).is_ok() {
                // It is small: what does not fit has a peer that reads nothing anyway.
                let _ = stream.poll_flush(&mut ignored);
            }
            part(Arc::clone(&self.below), REST);
        }
        failure::of_connection(error)
    }

    fn message(&self, data: &[u8], kind: Option<MessageKind>, last: Option<MessageKind>) -> io::Result<Message> {
        let text = std::str::from_utf8(data);
        match (self.kind, kind.or(last).unwrap_or(MessageKind::Text), text) {
            (Some(MessageKind::Text), _, Err(_)) => {
                Err(io::Error::new(ErrorKind::InvalidInput, "a text message has to be UTF-8"))
            }
            (Some(MessageKind::Text), _, Ok(text)) | (None, MessageKind::Text, Ok(text)) => {
                Ok(Message::Text(text.into()))
            }
            _ => Ok(Message::Binary(Bytes::copy_from_slice(data))),
        }
    }

    fn poll_send_message(
        &self,
        cx: &mut Context<'_>,
        data: &[u8],
        kind: Option<MessageKind>,
    ) -> Poll<io::Result<usize>> {
        let mut state = self.shared.lock();
        ready!(state.poll_idle(cx))?;
        let message = self.message(data, kind, state.received)?;
        Poll::Ready(ready!(state.send(&self.shared, cx, message)).map(|()| data.len()))
    }
}

impl Socket for WebSocket {
    fn framing(&self) -> Framing {
        Framing::Message
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
        let mut state = self.shared.lock();
        loop {
            if state.parting.is_some() {
                return Poll::Ready(Ok(Received::End));
            }
            if let Some(error) = state.failure.take() {
                state.broken = true;
                return Poll::Ready(Err(error));
            }
            let Poll::Ready(next) = Pin::new(state.stream()).poll_next(cx) else {
                state.receiver = Some(cx.waker().clone());
                return Poll::Pending;
            };
            state.sign = Sign::Heard;
            let (kind, data) = match next {
                None => return Poll::Ready(Ok(Received::End)),
                Some(Err(error)) => return Poll::Ready(Err(self.fail(&mut state, error))),
                Some(Ok(Message::Close(frame))) => {
                    state.part(frame);
                    // Has the answer leave, which the library has made ready.
                    let _ = Pin::new(state.stream()).poll_flush(cx);
                    continue;
                }
                Some(Ok(Message::Text(text))) => (MessageKind::Text, Bytes::from(text)),
                Some(Ok(Message::Binary(data))) => (MessageKind::Binary, data),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            };
            state.received = Some(kind);
            into.extend_from_slice(&data);
            return Poll::Ready(Ok(Received::Datagram(data.len())));
        }
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send_message(cx, data, None)
    }

    fn poll_send_as(&self, cx: &mut Context<'_>, data: &[u8], kind: MessageKind) -> Poll<io::Result<usize>> {
        self.poll_send_message(cx, data, Some(kind))
    }

    fn has_kinds(&self) -> bool {
        true
    }

    fn received_kind(&self) -> Option<MessageKind> {
        self.shared.lock().received
    }

    fn parting(&self) -> Option<Parting> {
        self.shared.lock().parting.clone()
    }

    fn part_with(&self, parting: Parting) -> bool {
        self.shared.lock().farewell = Some(parting);
        true
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.shared.lock();
        if state.finished || state.parting.is_some() {
            // The answer to the peer's close has been made ready with it.
            return state.poll_idle(cx);
        }
        let frame = state.close_frame();
        ready!(state.send(&self.shared, cx, Message::Close(frame)))?;
        state.finished = true;
        Poll::Ready(Ok(()))
    }

    fn reset(&self) -> io::Result<()> {
        self.shared.lock().broken = true;
        self.below.reset()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.abort();
        }
        let mut state = self.shared.lock();
        if let Some(flushing) = state.flushing.take() {
            flushing.abort();
        }
        let frame = state.close_frame();
        let (said, answered) = (state.finished, state.parting.is_some());
        let Some(mut stream) = state.stream.take().filter(|_| !state.broken) else { return };
        drop(state);
        let mut leave = Leave { frame: (!said && !answered).then_some(Message::Close(frame)) };
        // Tried at once, so that it leaves even where the program ends.
        let mut ignored = Context::from_waker(Waker::noop());
        if leave.poll(&mut stream, &mut ignored).is_pending()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let farewell = std::future::poll_fn(move |cx| leave.poll(&mut stream, cx));
            runtime.spawn(tokio::time::timeout(FAREWELL, farewell));
        }
    }
}

/// Leaving: says what is still to be said, then waits for the peer's answer, so that what it sends meanwhile does not
/// make the closing a reset (RFC 6455, 7.1.1).
struct Leave {
    /// The close frame that is still to be taken by the stream.
    frame: Option<Message>,
}

impl Leave {
    fn poll(&mut self, stream: &mut WebSocketStream<ByteStream>, cx: &mut Context<'_>) -> Poll<()> {
        let mut stream = Pin::new(stream);
        if self.frame.is_some() {
            if ready!(stream.as_mut().poll_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            if self.frame.take().is_some_and(|frame| stream.as_mut().start_send(frame).is_err()) {
                return Poll::Ready(());
            }
        }
        // What is left of it goes with the reads.
        let _ = stream.as_mut().poll_flush(cx);
        while let Some(Ok(_)) = ready!(stream.as_mut().poll_next(cx)) {}
        Poll::Ready(())
    }
}
