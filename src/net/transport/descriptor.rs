//! Descriptors that the system says the readiness of: what serial lines, files that can be waited for, and sockets that
//! tokio has no type for have in common.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use rustix::io::Errno;
use rustix::net::Shutdown;
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, ReadBuf};

use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Framing, Received, Socket, room};

/// How much is read at a time, in bytes.
const ROOM: usize = 16 * 1024;

/// A non-blocking descriptor.
pub(in crate::net) struct Descriptor(AsyncFd<OwnedFd>);

impl Descriptor {
    /// Has the system say when it is ready; it must be non-blocking.
    #[expect(deprecated, reason = "`with_interest`'s successor is unsafe for types that may close their descriptor")]
    pub(super) fn new(descriptor: OwnedFd, interest: Interest) -> io::Result<Self> {
        AsyncFd::with_interest(descriptor, interest).map(Self)
    }

    /// The same for a FIFO or a device, which must have been opened non-blocking. Some devices are always ready, which
    /// the system refuses to say: `None`.
    pub(in crate::net) fn of(file: &File, interest: Interest) -> io::Result<Option<Self>> {
        match Self::new(file.try_clone()?.into(), interest) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Does `work` when something may have come, until it does not block. One task at a time.
    pub(super) fn poll_in<T>(
        &self,
        cx: &mut Context<'_>,
        mut work: impl FnMut(BorrowedFd<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(cx))?;
            if let Ok(outcome) = guard.try_io(|descriptor| work(descriptor.as_fd())) {
                return Poll::Ready(outcome);
            }
        }
    }

    /// Does `work` when something may go, until it does not block. One task at a time.
    pub(super) fn poll_out<T>(
        &self,
        cx: &mut Context<'_>,
        mut work: impl FnMut(BorrowedFd<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            let mut guard = ready!(self.0.poll_write_ready(cx))?;
            if let Ok(outcome) = guard.try_io(|descriptor| work(descriptor.as_fd())) {
                return Poll::Ready(outcome);
            }
        }
    }

    /// Writes all of `data`, as it takes it. Who stops waiting leaves it with a part.
    pub(in crate::net) async fn write_all(&self, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            let write = |descriptor: BorrowedFd<'_>| Ok(rustix::io::write(descriptor, data)?);
            let written = poll_fn(|cx| self.poll_out(cx, write)).await?;
            data = &data[written..];
        }
        Ok(())
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What a descriptor is, as far as its ends differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// A connected socket: it can be shut down.
    Socket,
    /// A device: an error of input is that it has gone, and it has no half-close.
    Device,
}

/// A descriptor as a stream of bytes in both directions.
pub(super) struct DescriptorStream {
    descriptor: Descriptor,
    nature: Nature,
    local: Endpoint,
    peer: Endpoint,
    facts: Arc<[Fact]>,
}

impl DescriptorStream {
    /// The stream of a descriptor between these ends.
    pub(super) fn new(descriptor: Descriptor, nature: Nature, local: Endpoint, peer: Endpoint) -> Self {
        Self { descriptor, nature, local, peer, facts: Arc::default() }
    }

    /// Reads what has come; nothing is the end.
    fn poll_take(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let taken = ready!(self.descriptor.poll_in(cx, |descriptor| Ok(rustix::io::read(descriptor, &mut *buffer)?)));
        Poll::Ready(match taken {
            Err(error) if self.nature == Nature::Device && Errno::from_io_error(&error) == Some(Errno::IO) => Ok(0),
            taken => taken,
        })
    }
}

impl Socket for DescriptorStream {
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn local(&self) -> Endpoint {
        self.local.clone()
    }

    fn peer(&self) -> Endpoint {
        self.peer.clone()
    }

    fn facts(&self) -> &[Fact] {
        &self.facts
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let mut buffer = [0; ROOM];
        let read = ready!(self.poll_take(cx, &mut buffer[..room(into, ROOM).min(ROOM)]))?;
        Poll::Ready(Ok(Received::of(&buffer[..read], into)))
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = ready!(self.poll_take(cx, buf.initialize_unfilled()))?;
        buf.advance(read);
        Poll::Ready(Ok(()))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.descriptor.poll_out(cx, |descriptor| Ok(rustix::io::write(descriptor, data)?))
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.nature == Nature::Device {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(match rustix::net::shutdown(&self.descriptor, Shutdown::Write) {
            // The peer has reset: there is nobody left to tell.
            Err(Errno::NOTCONN) => Ok(()),
            outcome => outcome.map_err(io::Error::from),
        })
    }

    fn reset(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.descriptor.as_fd())
    }
}
