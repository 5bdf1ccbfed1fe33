//! TCP (RFC 9293).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::{Protocol, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::stream::StreamSocket;
use super::{
    Arrival, BoxFuture, ConnectOptions, ListenOptions, Listener, Setting, Transport, attempt_each, inet, introduction,
    within,
};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};

/// The transport.
pub(super) struct Tcp;

impl Transport for Tcp {
    fn name(&self) -> &'static str {
        "tcp"
    }

    fn summary(&self) -> &'static str {
        "a reliable stream of bytes over IP"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn settings(&self) -> Vec<Setting> {
        vec![introduction::SETTING]
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let bindings = inet::bindings("tcp", &place, options.family).await?;
            let listeners = inet::bind_all("tcp", &bindings, |address| bind(address, options.backlog))?;
            Ok(introduction::behind(Listeners { listeners, turn: 0 }, &options.settings))
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let destinations = inet::destinations("tcp", &place, &options).await?;
            attempt_each("tcp", destinations, |address| within(options.timeout, connect(address, options.from))).await
        })
    }
}

/// A listening socket. Never `SO_REUSEPORT`: a second listener on the port must fail.
fn bind(address: SocketAddr, backlog: u32) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = inet::socket(address, Type::STREAM, Protocol::TCP)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    // A wish, as in `connection`; on Linux what it accepts has it from here.
    let _ = socket.set_tcp_nodelay(true);
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    let real = inet::local(&socket)?;
    Ok((TcpListener::from_std(socket.into())?, real))
}

async fn connect(address: SocketAddr, from: Option<SocketAddr>) -> io::Result<Connection> {
    let socket = inet::socket(address, Type::STREAM, Protocol::TCP)?;
    if let Some(source) = from.and_then(|from| inet::source(from, address)) {
        socket.set_reuse_address(true)?;
        socket.bind(&source.into())?;
    }
    let stream = TcpSocket::from_std_stream(socket.into()).connect(address).await?;
    if stream.local_addr()? == address && from.is_none() {
        // Nobody listens, and the system chose the destination's own port as source (simultaneous open with itself).
        return Err(ErrorKind::ConnectionRefused.into());
    }
    without_delay(&stream);
    Ok(connection(stream, address))
}

fn connection(stream: TcpStream, peer: SocketAddr) -> Connection {
    Arc::new(StreamSocket::new(stream, Endpoint::Inet(peer)))
}

/// Small messages go at once. Fails only for a peer that has reset already, which the first read tells better.
fn without_delay(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
}

/// The sockets of one listener, each asked first in turn.
struct Listeners {
    listeners: Vec<TcpListener>,
    turn: usize,
}

impl Listener for Listeners {
    fn local(&self) -> Vec<Endpoint> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).map(Endpoint::Inet).collect()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        let count = self.listeners.len();
        self.turn = self.turn.wrapping_add(1);
        for offset in 0..count {
            let listener = &self.listeners[(self.turn % count + offset) % count];
            while let Poll::Ready(outcome) = listener.poll_accept(cx) {
                // A peer that is gone already is none of the listener's trouble (accept(2)).
                match outcome {
                    Ok((stream, peer)) => {
                        if !cfg!(all(target_os = "linux", not(portable))) {
                            without_delay(&stream);
                        }
                        return Poll::Ready(Ok(connection(stream, peer).into()));
                    }
                    Err(error) if is_about_peer(&error) => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }
        Poll::Pending
    }
}

fn is_about_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::PermissionDenied
    )
}
