//! TCP (RFC 9293).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::{Protocol, SockRef, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::stream::StreamSocket;
use super::tuning::Tuning;
use super::{
    Arrival, BoxFuture, ConnectOptions, ListenOptions, Listener, Setting, Transport, attempt_each, inet, introduction,
    tuning, within,
};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing};
use crate::net::via;

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
        let mut settings = tuning::settings(true);
        settings.extend([introduction::SETTING, via::SETTING]);
        settings
    }

    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        let mut fields = tuning::fields(true);
        fields.push(via::FIELD);
        fields
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let bindings = inet::bindings("tcp", &place, options.family).await?;
            let tuning = Tuning::of(&options.settings)?;
            let listeners = inet::bind_all("tcp", &bindings, |address| bind(address, options.backlog, &tuning))?;
            let facts = listeners.first().map(|listener| facts(&tuning, listener, listener.local_addr().ok()));
            let listeners = Listeners { sockets: listeners, turn: 0, facts: facts.unwrap_or_default() };
            Ok(introduction::behind(listeners, &options.settings))
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            if let Some(chain) = via::chain(&options.settings)? {
                return via::connect(chain, place, options).await;
            }
            let destinations = inet::destinations("tcp", &place, &options).await?;
            let tuning = Tuning::of(&options.settings)?;
            attempt_each("tcp", destinations, |address| {
                within(options.timeout, connect(address, options.from, &tuning))
            })
            .await
        })
    }
}

/// A listening socket. Never `SO_REUSEPORT`: a second listener on the port must fail.
fn bind(address: SocketAddr, backlog: u32, tuning: &Tuning) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = inet::socket(address, Type::STREAM, Protocol::TCP)?;
    socket.set_reuse_address(true)?;
    // A wish, as in `connection`; on Linux what it accepts has all of it from here.
    let _ = socket.set_tcp_nodelay(true);
    tuning.apply(&socket, address.is_ipv6())?;
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    let real = inet::local(&socket)?;
    Ok((TcpListener::from_std(socket.into())?, real))
}

async fn connect(address: SocketAddr, from: Option<SocketAddr>, tuning: &Tuning) -> io::Result<Connection> {
    let socket = inet::socket(address, Type::STREAM, Protocol::TCP)?;
    tuning.apply(&socket, address.is_ipv6())?;
    if let Some(source) = from.and_then(|from| inet::source(from, address)) {
        socket.set_reuse_address(true)?;
        socket.bind(&source.into())?;
    }
    let stream = TcpSocket::from_std_stream(socket.into()).connect(address).await?;
    if stream.local_addr()? == address && from.is_none() {
        // Nobody listens, and the system chose the destination's own port as source (simultaneous open with itself).
        return Err(ErrorKind::ConnectionRefused.into());
    }
    if !tuning.has("nodelay") {
        without_delay(&stream);
    }
    let facts = facts(tuning, &stream, Some(address));
    Ok(connection(stream, address, facts))
}

fn connection(stream: TcpStream, peer: SocketAddr, facts: Arc<[Fact]>) -> Connection {
    Arc::new(StreamSocket::new(stream, Endpoint::Inet(peer)).telling(facts))
}

/// What the system has made of the options of a socket at an address.
fn facts(tuning: &Tuning, socket: &impl AsFd, address: Option<SocketAddr>) -> Arc<[Fact]> {
    tuning.facts(&SockRef::from(socket), address.is_some_and(|address| address.is_ipv6())).into()
}

/// Small messages go at once. Fails only for a peer that has reset already, which the first read tells better.
fn without_delay(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
}

/// The sockets of one listener, each asked first in turn.
struct Listeners {
    sockets: Vec<TcpListener>,
    turn: usize,
    /// What each of its connections tells, too: they have the options from it.
    facts: Arc<[Fact]>,
}

impl Listener for Listeners {
    fn local(&self) -> Vec<Endpoint> {
        self.sockets.iter().filter_map(|listener| listener.local_addr().ok()).map(Endpoint::Inet).collect()
    }

    fn facts(&self) -> Vec<Fact> {
        self.facts.to_vec()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        let count = self.sockets.len();
        self.turn = self.turn.wrapping_add(1);
        for offset in 0..count {
            let listener = &self.sockets[(self.turn % count + offset) % count];
            while let Poll::Ready(outcome) = listener.poll_accept(cx) {
                // A peer that is gone already is none of the listener's trouble (accept(2)).
                match outcome {
                    Ok((stream, peer)) => {
                        if !cfg!(all(target_os = "linux", not(portable))) {
                            without_delay(&stream);
                        }
                        return Poll::Ready(Ok(connection(stream, peer, Arc::clone(&self.facts)).into()));
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
