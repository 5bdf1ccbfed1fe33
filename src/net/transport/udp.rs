//! UDP (RFC 768).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Protocol, Socket, Type};

use super::datagram::{self, DatagramSocket, Port};
use super::demux::Demux;
use super::group::{self, Groups};
use super::setting::{End, Setting, Settings};
use super::tuning::{self, Tuning};
use super::{BoxFuture, ConnectOptions, ListenOptions, Listener, Transport, attempt_each, inet};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};
use crate::net::stage::Kind;

/// The transport.
pub(super) struct Udp;

impl Transport for Udp {
    fn name(&self) -> &'static str {
        "udp"
    }

    fn summary(&self) -> &'static str {
        "datagrams over IP"
    }

    fn framing(&self) -> Framing {
        Framing::Datagram
    }

    fn settings(&self) -> Vec<Setting> {
        let mut settings = tuning::settings(false);
        settings.extend(group::SETTINGS);
        settings.push(ANYBODY);
        settings
    }

    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        [tuning::fields(false), group::FIELDS.to_vec()].concat()
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let bindings = inet::bindings("udp", &place, options.family).await?;
            let manner = Manner::of(&options.settings)?;
            manner.groups.check(&place, bindings.addresses())?;
            let ports = inet::bind_all("udp", &bindings, |address| bind(address, &manner))?;
            Ok(Box::new(Demux::new(ports, options.backlog, None)) as Box<dyn Listener>)
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let destinations = inet::destinations("udp", &place, &options).await?;
            let (manner, from) = (Manner::of(&options.settings)?, options.from);
            attempt_each("udp", destinations, |address| std::future::ready(connect(address, from, &manner))).await
        })
    }
}

/// `anybody=yes`
const ANYBODY: Setting = Setting::new(
    "anybody",
    Kind::Boolean,
    End::Client,
    "no; yes for groups and broadcasts",
    "whether datagrams of others than the peer are taken, too",
);

/// How the sockets of a statement are to be.
struct Manner {
    tuning: Tuning,
    groups: Groups,
    anybody: Option<bool>,
}

impl Manner {
    fn of(settings: &Settings) -> Result<Self, NetError> {
        let (tuning, groups) = (Tuning::of(settings)?, Groups::of(settings)?);
        Ok(Self { tuning, groups, anybody: settings.flag(ANYBODY.key) })
    }

    fn socket(&self, address: SocketAddr) -> io::Result<Socket> {
        let socket = inet::socket(address, Type::DGRAM, Protocol::UDP)?;
        datagram::make_room(&socket);
        self.tuning.apply(&socket, address.is_ipv6())?;
        Ok(socket)
    }

    /// The socket of a client of `address`, perhaps bound to a source.
    fn client(&self, address: SocketAddr, source: Option<SocketAddr>) -> io::Result<Socket> {
        let socket = self.socket(address)?;
        self.groups.apply(&socket, address.is_ipv6())?;
        if let Some(source) = source {
            socket.bind(&source.into())?;
        }
        Ok(socket)
    }

    fn port(&self, socket: Socket, address: SocketAddr) -> io::Result<Port> {
        let mut facts = self.tuning.facts(&socket, address.is_ipv6());
        facts.extend(self.groups.facts());
        Ok(Port::new(socket)?.telling(facts))
    }
}

fn bind(address: SocketAddr, manner: &Manner) -> io::Result<(Port, SocketAddr)> {
    let socket = manner.socket(address)?;
    socket.set_broadcast(true)?;
    if manner.groups.joins() {
        // Any number of programs may hear a group (RFC 1112).
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    manner.groups.apply(&socket, address.is_ipv6())?;
    let real = inet::local(&socket)?;
    Ok((manner.port(socket, address)?.coalescing(), real))
}

fn connect(address: SocketAddr, from: Option<SocketAddr>, manner: &Manner) -> io::Result<Connection> {
    let source = from.and_then(|from| inet::source(from, address));
    let (peer, socket) = (Endpoint::Inet(address), manner.client(address, source)?);
    // A broadcast address is known by what the system says to those who may not send to it (ip(7)).
    let connected = socket.connect(&address.into());
    let is_broadcast = connected.as_ref().is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
    if manner.anybody.unwrap_or(is_broadcast || address.ip().is_multicast()) {
        drop(socket);
        let anywhere = SocketAddr::new(inet::wildcard(address), 0);
        let socket = manner.client(address, source.or(Some(anywhere)))?;
        socket.set_broadcast(true)?;
        return Ok(Arc::new(DatagramSocket::open(manner.port(socket, address)?, peer)));
    }
    socket.set_broadcast(true)?;
    if is_broadcast {
        socket.connect(&address.into())?;
    } else {
        connected?;
    }
    Ok(Arc::new(DatagramSocket::new(manner.port(socket, address)?, peer, None)))
}
