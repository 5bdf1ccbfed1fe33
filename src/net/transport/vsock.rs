//! Streams between a virtual machine and its host (vsock(7)).

use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use socket2::{Domain, SockAddr, SockRef, Socket as RawSocket, Type};
use tokio::io::Interest;

use super::descriptor::{Descriptor, DescriptorStream, Nature};
use super::{Arrival, BoxFuture, ConnectOptions, ListenOptions, Listener, Places, Transport, within};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};

/// Any machine, or any port (`VMADDR_CID_ANY`, `VMADDR_PORT_ANY`).
const ANY: u32 = u32::MAX;

/// The transport.
pub(super) struct Vsock;

impl Transport for Vsock {
    fn name(&self) -> &'static str {
        "vsock"
    }

    fn summary(&self) -> &'static str {
        "a stream of bytes between a virtual machine and its host"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn places(&self) -> Places {
        Places::Machines
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let (machine, port) = at(place)?;
            match bind(machine, port, options.backlog) {
                Ok(bound) => Ok(Box::new(bound) as Box<dyn Listener>),
                Err(error) => {
                    Err(NetError::Bind { protocol: "vsock", endpoint: Endpoint::Machine(machine, port), error })
                }
            }
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let (machine, port) = at(place)?;
            if machine == ANY {
                return Err(NetError::Unsupported("`*` is every machine: name one to connect to".into()));
            }
            let outcome = within(options.timeout, connect(machine, port)).await;
            let endpoint = Endpoint::Machine(machine, port);
            outcome.map_err(|error| NetError::Connect { protocol: "vsock", attempts: vec![(endpoint, error)] })
        })
    }
}

/// The machine and the port that a place means.
fn at(place: Place) -> Result<(u32, u32), NetError> {
    match place {
        Place::Machine(machine, port) => Ok((machine.unwrap_or(ANY), port)),
        other => Err(NetError::Unsupported(format!("vsock needs a machine's number and a port, not `{other}`"))),
    }
}

fn socket() -> io::Result<RawSocket> {
    let socket = RawSocket::new(Domain::VSOCK, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn bind(machine: u32, port: u32, backlog: u32) -> io::Result<Bound> {
    let socket = socket()?;
    socket.bind(&SockAddr::vsock(machine, if port == 0 { ANY } else { port }))?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    let at = endpoint(&socket.local_addr()?);
    Ok(Bound { listener: Descriptor::new(OwnedFd::from(socket), Interest::READABLE)?, at })
}

async fn connect(machine: u32, port: u32) -> io::Result<Connection> {
    let socket = socket()?;
    let pending = match socket.connect(&SockAddr::vsock(machine, port)) {
        Ok(()) => false,
        Err(error) if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::INPROGRESS) => true,
        Err(error) => return Err(error),
    };
    let local = endpoint(&socket.local_addr()?);
    let descriptor = Descriptor::new(OwnedFd::from(socket), Interest::READABLE | Interest::WRITABLE)?;
    if pending {
        std::future::poll_fn(|cx| descriptor.poll_out(cx, |socket| connected(&SockRef::from(&socket)))).await?;
    }
    Ok(Arc::new(DescriptorStream::new(descriptor, Nature::Socket, local, Endpoint::Machine(machine, port))))
}

/// What has become of connecting.
fn connected(socket: &SockRef<'_>) -> io::Result<()> {
    socket.take_error()?.map_or(Ok(()), Err)
}

fn endpoint(address: &SockAddr) -> Endpoint {
    address.as_vsock_address().map_or(Endpoint::Unnamed, |(machine, port)| Endpoint::Machine(machine, port))
}

struct Bound {
    listener: Descriptor,
    at: Endpoint,
}

impl Listener for Bound {
    fn local(&self) -> Vec<Endpoint> {
        vec![self.at.clone()]
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        loop {
            match ready!(self.listener.poll_in(cx, |listener| SockRef::from(&listener).accept())) {
                Ok((socket, peer)) => {
                    socket.set_nonblocking(true)?;
                    let local = socket.local_addr().map_or_else(|_| self.at.clone(), |address| endpoint(&address));
                    let descriptor = Descriptor::new(OwnedFd::from(socket), Interest::READABLE | Interest::WRITABLE)?;
                    let stream = DescriptorStream::new(descriptor, Nature::Socket, local, endpoint(&peer));
                    return Poll::Ready(Ok((Arc::new(stream) as Connection).into()));
                }
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
