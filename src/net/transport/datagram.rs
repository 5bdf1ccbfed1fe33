//! Datagram sockets: a descriptor that sends and receives whole datagrams, and a client's conversation over one.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix};
use socket2::Socket as RawSocket;
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

use super::outbox::{self, Ledger, Outbox};
use super::path::{self, SocketFile};
use super::{BoxFuture, batch};
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
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
fn with_scratch<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with(|scratch| work(&mut scratch.borrow_mut()))
}

/// Asks the system to hold much for a socket; it may grant less.
pub(super) fn make_room(socket: &RawSocket) {
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
}

/// A datagram socket.
pub(super) struct Port {
    /// Registered for reading: told of each datagram that has left, the driver would wake for nothing.
    descriptor: AsyncFd<OwnedFd>,
    /// The same socket registered for writing, once a send had to wait.
    writable: OnceLock<AsyncFd<OwnedFd>>,
    senders: Arc<Senders>,
    /// Whether it is an IP socket, and of which version.
    is_v6: Option<bool>,
    /// Whether the system may give several datagrams in one piece.
    coalesces: bool,
    outbox: Mutex<Outbox>,
    facts: Vec<Fact>,
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

#[expect(deprecated, reason = "`register` is unsafe for types that may close their descriptor; `OwnedFd` keeps it")]
fn register(socket: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(socket, interest)
}

impl Port {
    /// Takes over a non-blocking socket.
    pub(super) fn new(socket: RawSocket) -> io::Result<Self> {
        let mut port = Self {
            descriptor: register(OwnedFd::from(socket), Interest::READABLE)?,
            writable: OnceLock::new(),
            senders: Arc::default(),
            is_v6: None,
            coalesces: false,
            outbox: Mutex::default(),
            facts: Vec::new(),
        };
        if let Endpoint::Inet(address) = port.local() {
            port.is_v6 = Some(address.is_ipv6());
        }
        Ok(port)
    }

    /// The same with something to tell about it.
    pub(super) fn telling(self, facts: Vec<Fact>) -> Self {
        Self { facts, ..self }
    }

    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Lets the system give several datagrams at once, where it can. From here on only whole batches are received.
    pub(super) fn coalescing(mut self) -> Self {
        self.coalesces = self.is_v6.is_some() && batch::coalesce(self.descriptor());
        self
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

    /// Receives what is there, at most one batch, and hands it to `each`; says whether there may be more.
    /// One task at a time.
    pub(super) fn poll_receive_batch(
        &self,
        cx: &mut Context<'_>,
        mut each: impl FnMut(Endpoint, &[u8]),
    ) -> Poll<io::Result<bool>> {
        loop {
            let mut guard = ready!(self.descriptor.poll_read_ready(cx))?;
            match guard.try_io(|_| self.try_receive_batch(&mut each)) {
                Ok(Ok(batch::BATCH)) => return Poll::Ready(Ok(true)),
                Ok(Ok(_)) => {
                    // The queue was emptied: whatever comes from here on makes the socket readable anew.
                    guard.clear_ready();
                    return Poll::Ready(Ok(false));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_would_block) => {}
            }
        }
    }

    fn try_receive_batch(&self, mut each: impl FnMut(Endpoint, &[u8])) -> io::Result<usize> {
        #[cfg(all(target_os = "linux", not(portable)))]
        if let Some(is_v6) = self.is_v6 {
            return batch::receive(self.descriptor(), is_v6, self.coalesces, |from, data| {
                each(Endpoint::Inet(from), data);
            });
        }
        batch::receive_each(|| {
            with_scratch(|scratch| {
                let (_, length, from) = rustix::net::recvfrom(self.descriptor(), &mut *scratch, RecvFlags::empty())?;
                each(endpoint(from), &scratch[..length]);
                Ok(())
            })
        })
    }

    /// Sends one datagram to the connected peer or to somebody else. Any number of tasks.
    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        data: &[u8],
        to: Option<&Endpoint>,
    ) -> Poll<io::Result<usize>> {
        if !matches!(to, Some(Endpoint::Path(_) | Endpoint::Abstract(_))) {
            return self.poll_write(cx, || self.try_send(data, to));
        }
        match self.try_send(data, to) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let waker = cx.waker().clone();
                tokio::spawn(async move {
                    tokio::time::sleep(FULL).await;
                    waker.wake();
                });
                Poll::Pending
            }
            outcome => Poll::Ready(outcome),
        }
    }

    fn writable(&self) -> io::Result<&AsyncFd<OwnedFd>> {
        if let Some(writable) = self.writable.get() {
            return Ok(writable);
        }
        let writable = register(self.descriptor().try_clone_to_owned()?, Interest::WRITABLE)?;
        Ok(self.writable.get_or_init(|| writable))
    }

    /// Does `work` until it does not block.
    fn poll_write<T>(&self, cx: &mut Context<'_>, work: impl Fn() -> io::Result<T>) -> Poll<io::Result<T>> {
        loop {
            match work() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
            self.senders.add(cx.waker());
            let everybody = Waker::from(Arc::clone(&self.senders));
            let mut guard = ready!(self.writable()?.poll_write_ready(&mut Context::from_waker(&everybody)))?;
            match guard.try_io(|_| work()) {
                Ok(outcome) => return Poll::Ready(outcome),
                Err(_would_block) => {}
            }
        }
    }

    /// Sends one datagram, together with others where it can: if `more` follow at once it may wait for them in the
    /// outbox, and `remind` is called when somebody has to call [`Port::poll_flush`]. What the system refuses later
    /// is noted in `ledger` and told as [`outbox::Lost`] by a call that did send its own.
    pub(super) fn poll_post(
        &self,
        cx: &mut Context<'_>,
        (data, to): (&[u8], &Endpoint),
        ledger: &Arc<Ledger>,
        more: bool,
        remind: impl FnOnce(),
    ) -> Poll<io::Result<usize>> {
        let mut outbox = self.outbox();
        if outbox.is_full() {
            drop(outbox);
            ready!(self.poll_flush(cx))?;
            outbox = self.outbox();
        }
        let first = outbox.is_empty();
        let address = match to {
            Endpoint::Inet(address) if data.len() <= outbox::LONGEST && (more || !first) => *address,
            _ => {
                drop(outbox);
                ready!(self.poll_flush(cx))?;
                let sent = ready!(self.poll_send(cx, data, Some(to)))?;
                ledger.settle()?;
                return Poll::Ready(Ok(sent));
            }
        };
        outbox.push(data, address, ledger);
        let due = !more || outbox.is_full();
        drop(outbox);
        let waits = if due { self.poll_flush(cx)?.is_pending() } else { first };
        if waits {
            remind();
        }
        ledger.settle()?;
        Poll::Ready(Ok(data.len()))
    }

    /// Sends what waits in the outbox. Any number of tasks.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.outbox().is_empty() {
            return Poll::Ready(Ok(()));
        }
        self.poll_write(cx, || self.try_flush())
    }

    /// Sends as much of the outbox as the system takes now.
    pub(super) fn try_flush(&self) -> io::Result<()> {
        self.outbox().flush(self.descriptor())
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
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
            Some(Endpoint::Command(_) | Endpoint::Machine(..) | Endpoint::Standard | Endpoint::Unnamed) => {
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
    /// Whether the socket is not connected to the peer, and takes datagrams of others, too.
    is_open: bool,
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
        Self {
            port: Arc::new(port),
            peer,
            is_open: false,
            refused: Mutex::default(),
            failure: Mutex::default(),
            _file: file,
        }
    }

    /// A conversation that takes datagrams of others than the peer, too: `port` is not connected.
    pub(super) fn open(port: Port, peer: Endpoint) -> Self {
        Self { is_open: true, ..Self::new(port, peer, None) }
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

    fn facts(&self) -> &[Fact] {
        self.port.facts()
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
        match ready!(self.port.poll_send(cx, data, self.is_open.then_some(&self.peer))) {
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
