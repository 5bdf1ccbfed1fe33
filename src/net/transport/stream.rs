//! Stream sockets: what TCP and Unix streams have in common.
//!
//! The reading half is behind a mutex because tokio reads into uninitialised memory, and clears its readiness
//! after a short read, only through `&mut`; one task reads at a time, so it is never contended.

use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, Interest, ReadBuf, Ready};

use super::BoxFuture;
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Framing, Move, Received, Socket};

/// How much room is made when a buffer has none.
const ROOM: usize = 16 * 1024;

/// A connected stream of tokio's and its halves.
pub(super) trait Carrier: AsFd + Send + Sync + Sized + 'static {
    /// The reading half.
    type Reader: AsyncRead + AsRef<Self> + Unpin + Send;
    /// The writing half.
    type Writer: AsRef<Self> + Send + Sync;

    fn halves(self) -> (Self::Reader, Self::Writer);
    /// Drops the half without shutting the stream down.
    fn forget(writer: Self::Writer);
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn ready(&self, interest: Interest) -> impl Future<Output = io::Result<Ready>> + Send;
    fn try_write(&self, data: &[u8]) -> io::Result<usize>;
    fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;
    fn try_io(&self, interest: Interest, work: impl FnOnce() -> io::Result<usize>) -> io::Result<usize>;
    fn local(&self) -> Endpoint;
}

/// Implements [`Carrier`] for a stream type of tokio's.
macro_rules! carrier {
    ($stream:ty, $reader:ty, $writer:ty, $local:expr) => {
        impl Carrier for $stream {
            type Reader = $reader;
            type Writer = $writer;

            fn halves(self) -> (Self::Reader, Self::Writer) {
                self.into_split()
            }

            fn forget(writer: Self::Writer) {
                writer.forget();
            }

            fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                <$stream>::poll_read_ready(self, cx)
            }

            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                <$stream>::poll_write_ready(self, cx)
            }

            fn ready(&self, interest: Interest) -> impl Future<Output = io::Result<Ready>> + Send {
                <$stream>::ready(self, interest)
            }

            fn try_write(&self, data: &[u8]) -> io::Result<usize> {
                <$stream>::try_write(self, data)
            }

            fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
                <$stream>::try_write_vectored(self, pieces)
            }

            fn try_io(&self, interest: Interest, work: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
                <$stream>::try_io(self, interest, work)
            }

            fn local(&self) -> Endpoint {
                self.local_addr().map_or(Endpoint::Unnamed, $local)
            }
        }
    };
}

carrier!(tokio::net::TcpStream, tokio::net::tcp::OwnedReadHalf, tokio::net::tcp::OwnedWriteHalf, Endpoint::Inet);
carrier!(tokio::net::UnixStream, tokio::net::unix::OwnedReadHalf, tokio::net::unix::OwnedWriteHalf, |address| {
    super::path::endpoint(&address)
});

/// A connected stream as a [`Socket`].
pub(super) struct StreamSocket<C: Carrier> {
    reader: Mutex<C::Reader>,
    /// `None` only while dropping.
    writer: Option<C::Writer>,
    peer: Endpoint,
    facts: Arc<[Fact]>,
}

impl<C: Carrier> StreamSocket<C> {
    pub(super) fn new(stream: C, peer: Endpoint) -> Self {
        let (reader, writer) = stream.halves();
        Self { reader: Mutex::new(reader), writer: Some(writer), peer, facts: Arc::default() }
    }

    /// The same with something to tell about it.
    pub(super) fn telling(mut self, facts: Arc<[Fact]>) -> Self {
        self.facts = facts;
        self
    }

    fn stream(&self) -> &C {
        self.writer.as_ref().expect("the writing half is taken only when dropped").as_ref()
    }
}

impl<C: Carrier> Drop for StreamSocket<C> {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            C::forget(writer);
        }
    }
}

impl<C: Carrier> Socket for StreamSocket<C> {
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn local(&self) -> Endpoint {
        self.stream().local()
    }

    fn peer(&self) -> Endpoint {
        self.peer.clone()
    }

    fn facts(&self) -> &[Fact] {
        &self.facts
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        // Memory is asked for only when there is something to put into it.
        ready!(self.stream().poll_read_ready(cx))?;
        let made_room = into.capacity() == into.len();
        if made_room {
            into.reserve(ROOM);
        }
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        match pin!(reader.read_buf(into)).poll(cx) {
            Poll::Ready(Ok(0)) => Poll::Ready(Ok(Received::End)),
            Poll::Ready(Ok(read)) => Poll::Ready(Ok(Received::Data(read))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                if made_room && into.is_empty() {
                    *into = BytesMut::new();
                }
                Poll::Pending
            }
        }
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *reader).poll_read(cx, buf)
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        loop {
            ready!(self.stream().poll_write_ready(cx))?;
            match self.stream().try_write(data) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    fn poll_send_vectored(&self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream().poll_write_ready(cx))?;
            match self.stream().try_write_vectored(pieces) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match SockRef::from(self.stream()).shutdown(std::net::Shutdown::Write) {
            // The peer has reset: there is nobody left to tell.
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
            outcome => outcome,
        })
    }

    fn reset(&self) -> io::Result<()> {
        SockRef::from(self.stream()).set_linger(Some(Duration::ZERO))
    }

    fn broken(&self) -> BoxFuture<'_, io::Error> {
        Box::pin(async {
            if let Err(error) = self.stream().ready(Interest::ERROR).await {
                return error;
            }
            match SockRef::from(self.stream()).take_error() {
                // What a reset is called when the peer had finished before.
                Ok(Some(error)) if error.kind() != ErrorKind::BrokenPipe => error,
                // The system tells once, and may have told whoever was sending.
                _ => ErrorKind::ConnectionReset.into(),
            }
        })
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.stream().as_fd())
    }

    fn is_kernel_stream(&self) -> bool {
        true
    }

    fn poll_receive_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read_ready(cx)
    }

    fn try_receive_by(&self, take: &mut Move<'_>) -> io::Result<usize> {
        self.stream().try_io(Interest::READABLE, || take(self.stream().as_fd()))
    }

    fn poll_send_by(&self, cx: &mut Context<'_>, give: &mut Move<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream().poll_write_ready(cx))?;
            match self.stream().try_io(Interest::WRITABLE, || give(self.stream().as_fd())) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }
}
