//! Unix sockets of sequenced packets (unix(7)): connections whose messages keep their boundaries.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown};
use socket2::{SockAddr, SockRef, Type};
use tokio::io::Interest;

use super::descriptor::Descriptor;
use super::path::{self, SocketFile};
use super::{Arrival, BoxFuture, ConnectOptions, ListenOptions, Listener, Places, Transport, within};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing, Received, Socket};

/// The transport.
pub(super) struct Seqpacket;

impl Transport for Seqpacket {
    fn name(&self) -> &'static str {
        "seqpacket"
    }

    fn summary(&self) -> &'static str {
        "messages through a socket file"
    }

    fn framing(&self) -> Framing {
        Framing::Message
    }

    fn places(&self) -> Places {
        Places::Sockets
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let endpoint = path::named("seqpacket", place)?;
            match bind(&endpoint, options.backlog) {
                Ok((listener, file)) => Ok(Box::new(Bound { listener, endpoint, _file: file }) as Box<dyn Listener>),
                Err(error) => Err(NetError::Bind { protocol: "seqpacket", endpoint, error }),
            }
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let endpoint = path::named("seqpacket", place)?;
            let outcome = within(options.timeout, connect(&endpoint)).await;
            outcome.map_err(|error| NetError::Connect { protocol: "seqpacket", attempts: vec![(endpoint, error)] })
        })
    }
}

fn bind(endpoint: &Endpoint, backlog: u32) -> io::Result<(Descriptor, Option<SocketFile>)> {
    let socket = path::socket(Type::SEQPACKET)?;
    let file = path::bind(&socket, Type::SEQPACKET, endpoint)?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    Ok((Descriptor::new(OwnedFd::from(socket), Interest::READABLE)?, file))
}

async fn connect(endpoint: &Endpoint) -> io::Result<Connection> {
    connection(path::connect(Type::SEQPACKET, endpoint).await?, endpoint.clone())
}

fn connection(socket: socket2::Socket, peer: Endpoint) -> io::Result<Connection> {
    let local = socket.local_addr().map_or(Endpoint::Unnamed, |address| endpoint(&address));
    let socket = Descriptor::new(OwnedFd::from(socket), Interest::READABLE | Interest::WRITABLE)?;
    Ok(Arc::new(Packets { socket, local, peer }))
}

fn endpoint(address: &SockAddr) -> Endpoint {
    if let Some(path) = address.as_pathname() {
        return Endpoint::Path(path.to_owned());
    }
    address.as_abstract_namespace().map_or(Endpoint::Unnamed, |name| Endpoint::Abstract(name.to_vec()))
}

struct Bound {
    listener: Descriptor,
    endpoint: Endpoint,
    /// Dropped after the socket: the file goes when nobody listens any more.
    _file: Option<SocketFile>,
}

impl Listener for Bound {
    fn local(&self) -> Vec<Endpoint> {
        vec![self.endpoint.clone()]
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        loop {
            match ready!(self.listener.poll_in(cx, |listener| SockRef::from(&listener).accept())) {
                Ok((socket, peer)) => {
                    socket.set_nonblocking(true)?;
                    return Poll::Ready(Ok(connection(socket, endpoint(&peer))?.into()));
                }
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// A connection of packets.
struct Packets {
    socket: Descriptor,
    local: Endpoint,
    peer: Endpoint,
}

/// Appends the packet that is next; the end looks like an empty one.
fn take(socket: BorrowedFd<'_>, into: &mut BytesMut) -> io::Result<Received> {
    let start = into.len();
    into.resize(start + pending(socket)?, 0);
    let received = rustix::net::recv(socket, &mut into[start..], RecvFlags::empty());
    let count = received.as_ref().map_or(0, |(count, _)| *count);
    into.truncate(start + count);
    received?;
    // An empty packet can be told from the end by what is behind it, or because the peer is still there.
    let over = count == 0 && has_finished(socket) && pending(socket).unwrap_or(0) == 0;
    Ok(if over { Received::End } else { Received::Datagram(count) })
}

/// How long the packet is that is next.
fn pending(socket: BorrowedFd<'_>) -> io::Result<usize> {
    let (_, length) = rustix::net::recv(socket, &mut [0; 0][..], RecvFlags::PEEK | RecvFlags::TRUNC)?;
    Ok(length)
}

/// Whether the peer sends nothing more.
fn has_finished(socket: BorrowedFd<'_>) -> bool {
    #[cfg(target_os = "linux")]
    const GONE: PollFlags = PollFlags::RDHUP;
    #[cfg(not(target_os = "linux"))]
    const GONE: PollFlags = PollFlags::HUP;
    let mut sockets = [PollFd::from_borrowed_fd(socket, GONE)];
    let polled = poll(&mut sockets, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    polled.is_err() || sockets[0].revents().intersects(GONE | PollFlags::HUP | PollFlags::ERR)
}

impl Socket for Packets {
    fn framing(&self) -> Framing {
        Framing::Message
    }

    fn local(&self) -> Endpoint {
        self.local.clone()
    }

    fn peer(&self) -> Endpoint {
        self.peer.clone()
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        self.socket.poll_in(cx, |socket| take(socket, into))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.socket.poll_out(cx, |socket| Ok(rustix::net::send(socket, data, SendFlags::NOSIGNAL)?))
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match rustix::net::shutdown(&self.socket, Shutdown::Write) {
            // The peer has gone: there is nobody left to tell.
            Err(Errno::NOTCONN) => Ok(()),
            outcome => outcome.map_err(io::Error::from),
        })
    }

    fn reset(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }
}
