//! Datagram sockets: a descriptor that sends and receives whole datagrams, and a client's conversation over one.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix};
use socket2::Socket as RawSocket;
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

use super::BoxFuture;
use super::path::{self, SocketFile};
use crate::net::address::Endpoint;
use crate::net::socket::{Framing, Received, Socket};

/// The longest datagram that IP can carry, rounded up.
const LONGEST: usize = 65_536;

/// What the system is asked to hold for us between two reads.
const RECEIVE_BUFFER: usize = 1024 * 1024;

/// How long to wait for a Unix peer whose queue is full: the system does not tell when there is room.
const FULL: Duration = Duration::from_millis(2);

thread_local! {
    /// Where datagrams land before they are copied out at their real length.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; LONGEST].into_boxed_slice());
}

/// Runs `work` with room for the longest datagram.
pub(super) fn with_scratch<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with(|scratch| work(&mut scratch.borrow_mut()))
}

/// A datagram socket.
pub(super) struct Port {
    descriptor: AsyncFd<OwnedFd>,
    senders: Arc<Senders>,
}

/// Everybody who waits to send through one port: the system wakes one waker only.
#[derive(Default)]
struct Senders(Mutex<Vec<Waker>>);

impl Senders {
    fn add(&self, sender: &Waker) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.iter().any(|waiting| waiting.will_wake(sender)) {
            waiting.push(sender.clone());
        }
    }
}

impl Wake for Senders {
    fn wake(self: Arc<Self>) {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Port {
    /// Takes over a non-blocking socket.
    pub(super) fn new(socket: RawSocket) -> io::Result<Self> {
        // A wish: the system may grant less.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        #[expect(
            deprecated,
            reason = "`register` is unsafe for types that may close their descriptor; `OwnedFd` keeps it"
        )]
        let descriptor = AsyncFd::new(OwnedFd::from(socket))?;
        Ok(Self { descriptor, senders: Arc::default() })
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.get_ref().as_fd()
    }

    pub(super) fn local(&self) -> Endpoint {
        rustix::net::getsockname(self.descriptor()).map_or(Endpoint::Unnamed, |address| endpoint(Some(address)))
    }

    /// Receives one datagram into `buffer`, and says from whom. One task at a time.
    pub(super) fn poll_receive(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<(usize, Endpoint)>> {
        loop {
            let mut guard = ready!(self.descriptor.poll_read_ready(cx))?;
            let outcome = guard.try_io(|descriptor| {
                let (_, length, from) = rustix::net::recvfrom(descriptor, &mut *buffer, RecvFlags::empty())?;
                Ok((length, endpoint(from)))
            });
            if let Ok(outcome) = outcome {
                return Poll::Ready(outcome);
            }
        }
    }

    /// Sends one datagram to the connected peer or to somebody else. Any number of tasks.
    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        data: &[u8],
        to: Option<&Endpoint>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.try_send(data, to) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
            if matches!(to, Some(Endpoint::Path(_) | Endpoint::Abstract(_))) {
                let waker = cx.waker().clone();
                tokio::spawn(async move {
                    tokio::time::sleep(FULL).await;
                    waker.wake();
                });
                return Poll::Pending;
            }
            self.senders.add(cx.waker());
            let everybody = Waker::from(Arc::clone(&self.senders));
            let mut guard = ready!(self.descriptor.poll_write_ready(&mut Context::from_waker(&everybody)))?;
            match guard.try_io(|_| self.try_send(data, to)) {
                Ok(outcome) => return Poll::Ready(outcome),
                Err(_would_block) => {}
            }
        }
    }

    fn try_send(&self, data: &[u8], to: Option<&Endpoint>) -> io::Result<usize> {
        let (descriptor, flags) = (self.descriptor(), SendFlags::NOSIGNAL);
        Ok(match to {
            None => rustix::net::send(descriptor, data, flags)?,
            Some(Endpoint::Inet(address)) => rustix::net::sendto(descriptor, data, flags, address)?,
            Some(Endpoint::Path(path)) => {
                rustix::net::sendto(descriptor, data, flags, &SocketAddrUnix::new(path.as_path())?)?
            }
            Some(Endpoint::Abstract(name)) => rustix::net::sendto(descriptor, data, flags, &abstract_address(name)?)?,
            Some(Endpoint::Unnamed) => {
                return Err(io::Error::new(ErrorKind::NotConnected, "the sender has no name to answer to"));
            }
        })
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddrUnix> {
    Ok(SocketAddrUnix::new_abstract_name(name)?)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_: &[u8]) -> io::Result<SocketAddrUnix> {
    Err(ErrorKind::Unsupported.into())
}

fn endpoint(address: Option<SocketAddrAny>) -> Endpoint {
    let Some(address) = address else { return Endpoint::Unnamed };
    if let Ok(address) = std::net::SocketAddr::try_from(address.clone()) {
        return Endpoint::Inet(address);
    }
    SocketAddrUnix::try_from(address).map_or(Endpoint::Unnamed, |address| path::endpoint_of(&address))
}

/// A client's conversation: a port connected to its peer.
pub(super) struct DatagramSocket {
    port: Arc<Port>,
    peer: Endpoint,
    /// A refusal that a send ran into, kept for the receiver, who is told of it.
    refused: Mutex<Refused>,
    /// Waits for errors of the socket, which do not make it readable.
    failure: Mutex<Option<BoxFuture<'static, io::Error>>>,
    /// The file that gives us a name to be answered at.
    _file: Option<SocketFile>,
}

async fn failure_of(port: Arc<Port>) -> io::Error {
    loop {
        let mut guard = match port.descriptor.ready(Interest::ERROR).await {
            Ok(guard) => guard,
            Err(error) => return error,
        };
        guard.clear_ready_matching(Ready::ERROR);
        match socket2::SockRef::from(&port.descriptor()).take_error() {
            Ok(Some(error)) | Err(error) => return error,
            Ok(None) => {}
        }
    }
}

#[derive(Default)]
struct Refused {
    pending: bool,
    receiver: Option<Waker>,
}

impl DatagramSocket {
    pub(super) fn new(port: Port, peer: Endpoint, file: Option<SocketFile>) -> Self {
        Self { port: Arc::new(port), peer, refused: Mutex::default(), failure: Mutex::default(), _file: file }
    }

    /// The next error that the network reported for a datagram of ours (udp(7)).
    fn poll_failure(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = failure.get_or_insert_with(|| Box::pin(failure_of(Arc::clone(&self.port))));
        let error = ready!(waiting.as_mut().poll(cx));
        *failure = None;
        Poll::Ready(error)
    }

    fn keep_refusal(&self) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.pending = true;
        if let Some(receiver) = refused.receiver.take() {
            receiver.wake();
        }
    }

    /// Whether a send was refused since the last call; otherwise the caller is woken when one is.
    fn take_refusal(&self, cx: &Context<'_>) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if !refused.pending {
            refused.receiver = Some(cx.waker().clone());
        }
        std::mem::take(&mut refused.pending)
    }
}

impl Socket for DatagramSocket {
    fn framing(&self) -> Framing {
        Framing::Datagram
    }

    fn local(&self) -> Endpoint {
        self.port.local()
    }

    fn peer(&self) -> Endpoint {
        self.peer.clone()
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        if self.take_refusal(cx) {
            return Poll::Ready(Err(ErrorKind::ConnectionRefused.into()));
        }
        let received = with_scratch(|scratch| {
            let (length, _) = ready!(self.port.poll_receive(cx, scratch))?;
            into.extend_from_slice(&scratch[..length]);
            Poll::Ready(Ok(Received::Datagram(length)))
        });
        match received {
            Poll::Pending if self.peer.port().is_some() => self.poll_failure(cx).map(Err),
            received => received,
        }
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(self.port.poll_send(cx, data, None)) {
            // The answer to an earlier datagram (udp(7)): this one has not been sent yet.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && self.peer.port().is_some() => {
                self.keep_refusal();
                self.port.poll_send(cx, data, None)
            }
            outcome => Poll::Ready(outcome),
        }
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, data: &[u8], to: &Endpoint) -> Poll<io::Result<usize>> {
        self.port.poll_send(cx, data, Some(to))
    }

    fn poll_finish(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn reset(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.port.descriptor())
    }
}
