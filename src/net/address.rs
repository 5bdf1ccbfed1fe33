//! Addresses: as people write them, and as the system reports them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Which machine or interface an address means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// None was written: this machine alone, over IPv4 and IPv6.
    Loopback,
    /// `*` or `any`: every interface.
    Any,
    /// A numeric address.
    Ip(IpAddr),
    /// A name to resolve.
    Name(String),
}

/// Where an address points, without the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A host and a port.
    Inet(Host, u16),
    /// A socket file or a plain file.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, without its leading NUL; written `@name`.
    Abstract(Vec<u8>),
}

/// An address as written: a place, perhaps with the transport before it (`udp:localhost:53`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The word before the place, if one was written; may be `file`, which only relays take.
    pub protocol: Option<String>,
    /// The place.
    pub place: Place,
}

/// A text that is no address: where it stops making sense and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    /// Byte offset into the text.
    pub offset: usize,
    /// What was expected: `a port from 0 to 65535`.
    pub expected: String,
}

impl Address {
    /// Reads an address: `6666`, `*:6666`, `any:6666`, `0.0.0.0:6666`, `[::1]:6666`, `host:6666`,
    /// `./sock`, `/run/sock`, `@abstract`, each perhaps after a transport and a colon, or as `tcp://host:port`.
    pub fn parse(_text: &str) -> Result<Self, AddressError> {
        todo!()
    }
}

/// One end of a connection as the system reports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// An IP address and a port.
    Inet(SocketAddr),
    /// A socket file.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, without its leading NUL.
    Abstract(Vec<u8>),
    /// A Unix socket without a name.
    Unnamed,
}

impl Endpoint {
    /// The address without port (`127.0.0.1`, `::1`), or the path; empty for an unnamed one.
    pub fn host(&self) -> String {
        todo!()
    }

    /// The port; `None` for Unix sockets.
    pub fn port(&self) -> Option<u16> {
        todo!()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
