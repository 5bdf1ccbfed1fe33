//! IP places: which socket addresses a place means for listening and for connecting, and binding them together.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use super::{ConnectOptions, Family};
use crate::net::address::{Endpoint, Host, Place};
use crate::net::error::NetError;
use crate::net::resolve;

const BOTH_LOOPBACKS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
const BOTH_WILDCARDS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

/// How often a free port that is taken in the other family is given up for another.
const COLLISIONS: usize = 16;

/// The addresses to listen on, one for each socket.
pub(super) struct Bindings {
    addresses: Vec<SocketAddr>,
    /// Whether a family that the machine lacks may be left out.
    lenient: bool,
}

impl Bindings {
    /// The addresses, one for each socket.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// Which addresses a place means to a listener.
pub(super) async fn bindings(protocol: &str, place: &Place, family: Family) -> Result<Bindings, NetError> {
    let (host, port) = inet(protocol, place)?;
    let of = |all: [IpAddr; 2]| {
        let addresses = all.into_iter().filter(|ip| family.admits(*ip)).map(|ip| SocketAddr::new(ip, port));
        Bindings { addresses: addresses.collect(), lenient: true }
    };
    Ok(match host {
        Host::Loopback => of(BOTH_LOOPBACKS),
        Host::Any => of(BOTH_WILDCARDS),
        Host::Ip(ip) => Bindings { addresses: vec![numeric(*ip, port, family)?], lenient: false },
        Host::Name(name) => Bindings { addresses: resolve::addresses(name, port, family).await?, lenient: true },
    })
}

/// Which addresses a place means to a client, in the order to try them, as far as `from` can be their source.
pub(super) async fn destinations(
    protocol: &str,
    place: &Place,
    options: &ConnectOptions,
) -> Result<Vec<SocketAddr>, NetError> {
    let (host, port) = inet(protocol, place)?;
    let family = options.family;
    let mut addresses = match host {
        Host::Loopback => {
            BOTH_LOOPBACKS.into_iter().filter(|ip| family.admits(*ip)).map(|ip| SocketAddr::new(ip, port)).collect()
        }
        Host::Any => return Err(NetError::Unsupported("`*` is every interface: name one to connect to".into())),
        Host::Ip(ip) => vec![numeric(*ip, port, family)?],
        Host::Name(name) => resolve::addresses(name, port, family).await?,
    };
    if let Some(from) = options.from {
        addresses.retain(|address| source(from, *address).is_some());
        if addresses.is_empty() {
            return Err(NetError::Unsupported(format!("no address of that destination can be reached from {from}")));
        }
    }
    Ok(addresses)
}

fn inet<'a>(protocol: &str, place: &'a Place) -> Result<(&'a Host, u16), NetError> {
    match place {
        Place::Inet(host, port) => Ok((host, *port)),
        _ => Err(NetError::Unsupported(format!("{protocol} needs a host and a port, not the path `{place}`"))),
    }
}

fn numeric(ip: IpAddr, port: u16, family: Family) -> Result<SocketAddr, NetError> {
    if family.admits(ip) {
        return Ok(SocketAddr::new(ip, port));
    }
    let version = if ip.is_ipv4() { "IPv6" } else { "IPv4" };
    Err(NetError::Unsupported(format!("{ip} is no {version} address")))
}

/// The source to bind before connecting to `destination`; `None` when the families differ.
pub(super) fn source(from: SocketAddr, destination: SocketAddr) -> Option<SocketAddr> {
    if from.is_ipv4() == destination.is_ipv4() {
        return Some(from);
    }
    from.ip().is_unspecified().then(|| SocketAddr::new(wildcard(destination), from.port()))
}

/// Every address of that version of IP.
pub(super) fn wildcard(address: SocketAddr) -> IpAddr {
    if address.is_ipv4() { BOTH_WILDCARDS[0] } else { BOTH_WILDCARDS[1] }
}

/// Binds every address, all on one port: a free one is found where it is 0. `bind` makes one socket and says
/// where it really is.
pub(super) fn bind_all<T>(
    protocol: &'static str,
    bindings: &Bindings,
    mut bind: impl FnMut(SocketAddr) -> io::Result<(T, SocketAddr)>,
) -> Result<Vec<T>, NetError> {
    let mut collisions = Vec::new();
    loop {
        let (bound, failure) = bind_once(bindings, &mut bind);
        let Some((address, error)) = failure else { return Ok(bound) };
        let collided = error.kind() == ErrorKind::AddrInUse && address.port() != 0 && !bound.is_empty();
        let any_port = bindings.addresses.first().is_some_and(|first| first.port() == 0);
        if !collided || !any_port || collisions.len() == COLLISIONS {
            return Err(NetError::Bind { protocol, endpoint: Endpoint::Inet(address), error });
        }
        // Kept until the end, so that the system offers another port.
        collisions.push(bound);
    }
}

/// One try: what was bound, and the first address that could not be.
fn bind_once<T>(
    bindings: &Bindings,
    bind: &mut impl FnMut(SocketAddr) -> io::Result<(T, SocketAddr)>,
) -> (Vec<T>, Option<(SocketAddr, io::Error)>) {
    let mut bound = Vec::new();
    let mut missing = None;
    let mut port = None;
    for address in &bindings.addresses {
        let mut address = *address;
        address.set_port(port.unwrap_or(address.port()));
        match bind(address) {
            Ok((socket, real)) => {
                port = Some(real.port());
                bound.push(socket);
            }
            Err(error) if bindings.lenient && is_missing(&error) => missing = Some((address, error)),
            Err(error) => return (bound, Some((address, error))),
        }
    }
    let failure = if bound.is_empty() { missing } else { None };
    (bound, failure)
}

/// Whether the machine lacks the address or its whole family.
fn is_missing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrNotAvailable
        || rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::AFNOSUPPORT)
}

/// A socket for that address: non-blocking, closed in programs we start, IPv6 without IPv4.
pub(in crate::net) fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// The address a socket has.
pub(super) fn local(socket: &Socket) -> io::Result<SocketAddr> {
    socket.local_addr()?.as_socket().ok_or_else(|| ErrorKind::AddrNotAvailable.into())
}
