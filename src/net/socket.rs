//! Sockets: one conversation with one peer, whatever carries it.

use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BytesMut;
pub use rustix::process::Signal;
use tokio::io::ReadBuf;

use super::address::Endpoint;
use super::fact::Fact;
use super::transport::BoxFuture;

/// Whether bytes flow without boundaries, in datagrams, or in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// A stream: boundaries mean nothing, the end does.
    Stream,
    /// Datagrams: each is whole or absent.
    Datagram,
    /// Messages of a connection: each is whole, none is absent, and the end means something.
    Message,
}

impl Framing {
    /// Whether what is sent in one piece is received in one piece.
    pub const fn keeps_boundaries(self) -> bool {
        !matches!(self, Self::Stream)
    }

    /// As stages see it: to them a message is a datagram.
    pub(super) const fn of_pieces(self) -> Self {
        if self.keeps_boundaries() { Self::Datagram } else { Self::Stream }
    }
}

/// What a message says of its bytes, where messages say it (RFC 6455, 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// They are UTF-8.
    Text,
    /// They are anything.
    Binary,
}

impl MessageKind {
    /// Its word: `text`, `binary`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

/// What one end says as it leaves, where leaving has words (RFC 6455, 7.1.5).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Parting {
    /// The status code: 1000 for a normal end; 1005 when it said none, 1006 when it left without a word.
    pub code: u16,
    /// Why, in its words. They may come from the peer: whoever shows them escapes them.
    pub reason: String,
}

/// What a receive gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// So many bytes of the stream (at least one) were appended.
    Data(usize),
    /// One datagram or message of so many bytes (perhaps none) was appended.
    Datagram(usize),
    /// The peer has finished sending.
    End,
}

impl Received {
    /// Appends what came of a stream to `into`; nothing is the end.
    pub(crate) fn of(bytes: &[u8], into: &mut BytesMut) -> Self {
        into.extend_from_slice(bytes);
        if bytes.is_empty() { Self::End } else { Self::Data(bytes.len()) }
    }
}

/// How much a stream may append to `into`, in bytes: its spare capacity, or `otherwise` if there is none.
pub(crate) fn room(into: &BytesMut, otherwise: usize) -> usize {
    match into.capacity() - into.len() {
        0 => otherwise,
        spare => spare,
    }
}

/// A conversation with one peer. At most one task receives and one task sends at a time.
/// It is closed when the last handle is dropped.
pub trait Socket: Send + Sync {
    /// How its bytes are framed.
    fn framing(&self) -> Framing;

    /// Our end.
    fn local(&self) -> Endpoint;

    /// The other end, or whoever connected to a proxy that is the other end and says so.
    fn peer(&self) -> Endpoint;

    /// What else there is to tell about it.
    fn facts(&self) -> &[Fact] {
        &[]
    }

    /// Where the peer connected to: our end, unless a proxy says otherwise.
    fn destination(&self) -> Endpoint {
        self.local()
    }

    /// Appends what came to `into`: at most its spare capacity for a stream (16 KiB are reserved when there is
    /// none), one whole datagram or message otherwise. A reset is `ErrorKind::ConnectionReset`; a datagram that nobody took
    /// (ICMP port unreachable) is `ErrorKind::ConnectionRefused` and does not end the conversation.
    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>>;

    /// The same into memory of whoever reads; streams only. Nothing is filled in at the end.
    fn poll_read(&self, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    /// Sends a prefix of `data` (a datagram: all of it) and says how many bytes.
    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>>;

    /// Sends all of `data` as a message of that kind; where messages have no kinds, or the transport was told which,
    /// this is [`Socket::poll_send`].
    fn poll_send_as(&self, cx: &mut Context<'_>, data: &[u8], _: MessageKind) -> Poll<io::Result<usize>> {
        self.poll_send(cx, data)
    }

    /// Whether its messages have kinds.
    fn has_kinds(&self) -> bool {
        false
    }

    /// The kind of the message that was received last, where messages have kinds.
    fn received_kind(&self) -> Option<MessageKind> {
        None
    }

    /// What the peer has said as it left, where leaving has words. Once there is something, nothing can be sent.
    fn parting(&self) -> Option<Parting> {
        None
    }

    /// Says what we shall say when we leave, where leaving has words; false where it has none.
    fn part_with(&self, _: Parting) -> bool {
        false
    }

    /// Sends a prefix of the pieces, one after the other, with one call of the system where it can; streams only.
    fn poll_send_vectored(&self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let first = pieces.iter().find(|piece| !piece.is_empty());
        self.poll_send(cx, first.map_or(&[], |piece| piece))
    }

    /// Sends one datagram to somebody else than the peer; streams refuse with `ErrorKind::Unsupported`.
    fn poll_send_to(&self, cx: &mut Context<'_>, data: &[u8], to: &Endpoint) -> Poll<io::Result<usize>>;

    /// Finishes sending (half-close); the peer reads the end of the stream. Nothing for datagrams.
    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Makes the close abortive: when the last handle is dropped the peer reads a reset (RFC 9293, 3.10.7.4).
    fn reset(&self) -> io::Result<()>;

    /// Waits until the stream is broken (reset, above all), whether or not anybody receives or sends meanwhile, and says
    /// how; for ever where nothing can tell.
    fn broken(&self) -> BoxFuture<'_, io::Error> {
        Box::pin(std::future::pending())
    }

    /// Waits until the program that is the other end has ended, and says with which code; `None` is a signal. Only
    /// where the other end is a program.
    fn exit(&self) -> Option<BoxFuture<'static, Option<i32>>> {
        None
    }

    /// Sends a signal to the program that is the other end and to what it started; others refuse with
    /// `ErrorKind::Unsupported`.
    fn signal(&self, _: Signal) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    /// The descriptor, where there is exactly one and it carries the bytes as they are.
    fn descriptor(&self) -> Option<BorrowedFd<'_>>;

    /// Whether the kernel can move the stream's bytes by itself: the next three methods work.
    fn is_kernel_stream(&self) -> bool {
        false
    }

    /// Waits until something may have come: bytes, the end, or an error.
    fn poll_receive_ready(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    /// Has `take` take what has come from the descriptor. It says how much that was, none at the end; with
    /// `ErrorKind::WouldBlock` it says that nothing is there, which is also the answer when nothing can be.
    fn try_receive_by(&self, _take: &mut Move<'_>) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Has `give` send by the descriptor, again when there is room after `ErrorKind::WouldBlock`.
    fn poll_send_by(&self, _: &mut Context<'_>, _give: &mut Move<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }
}

/// What moves bytes between a socket's descriptor and somewhere else, and says how many.
pub type Move<'a> = dyn FnMut(BorrowedFd<'_>) -> io::Result<usize> + 'a;

/// A shared handle on a socket.
pub type Connection = Arc<dyn Socket>;

impl dyn Socket {
    /// Waits for data and appends it to `into`; see [`Socket::poll_receive`].
    pub async fn receive(&self, into: &mut BytesMut) -> io::Result<Received> {
        std::future::poll_fn(|cx| self.poll_receive(cx, into)).await
    }

    /// Sends all of `data`; a datagram socket sends it as one datagram.
    pub async fn send(&self, data: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        loop {
            sent += std::future::poll_fn(|cx| self.poll_send(cx, &data[sent..])).await?;
            if sent >= data.len() {
                return Ok(());
            }
        }
    }

    /// Sends all of `data`; where there are messages, as one of that kind if it is said. See [`Socket::poll_send_as`].
    pub async fn send_as(&self, data: &[u8], kind: Option<MessageKind>) -> io::Result<()> {
        match kind {
            Some(kind) if self.framing() == Framing::Message => {
                std::future::poll_fn(|cx| self.poll_send_as(cx, data, kind)).await.map(|_| ())
            }
            // A stream may take a part of it at a time.
            _ => self.send(data).await,
        }
    }

    /// Sends `data` as one datagram to `to`.
    pub async fn send_to(&self, data: &[u8], to: &Endpoint) -> io::Result<usize> {
        std::future::poll_fn(|cx| self.poll_send_to(cx, data, to)).await
    }

    /// Finishes sending; see [`Socket::poll_finish`].
    pub async fn finish(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_finish(cx)).await
    }
}
