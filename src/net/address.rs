//! Addresses: as people write them, and as the system reports them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::transport::{self, Places};
use super::url::Url;

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
    /// A host, a port, and what is asked for there, as in `ws://host:port/target`: never `/` alone, which is what
    /// everybody asks for.
    Resource(Host, u16, String),
    /// A socket file or a plain file.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, without its leading NUL; written `@name`.
    Abstract(Vec<u8>),
    /// What `/bin/sh` runs.
    Command(Vec<u8>),
    /// A port of a machine, by its number; `None` is any (vsock(7)).
    Machine(Option<u32>, u32),
    /// Standard input and output.
    Standard,
}

impl Place {
    /// Where it is, without what is asked for there.
    #[must_use]
    pub fn without_target(self) -> Self {
        match self {
            Self::Resource(host, port, _) => Self::Inet(host, port),
            place => place,
        }
    }
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

impl AddressError {
    pub(super) fn new(offset: usize, expected: &str) -> Self {
        Self { offset, expected: expected.to_owned() }
    }
}

/// Words before a colon that are protocols even where no transport of that name is registered.
const PROTOCOLS: [&str; 6] = ["file", "tls", "ws", "wss", "http", "https"];

/// Protocols whose URLs say what is asked for.
const WEB_PROTOCOLS: [&str; 2] = ["ws", "wss"];

const PORT: &str = "a port from 0 to 65535";
const MACHINE: &str = "a machine: a number, `host`, `local` or `*`";
const BRACKETS: &str = "brackets around an IPv6 address, as in `[::1]:80`";

impl Address {
    /// Reads an address: `6666`, `*:6666`, `any:6666`, `0.0.0.0:6666`, `[::1]:6666`, `host:6666`,
    /// `./sock`, `/run/sock`, `@abstract`, each perhaps after a transport and a colon, or as `tcp://host:port`;
    /// `ws://host:port/target`, `stdio`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if places(text) == Places::Standard {
            return Ok(Self { protocol: Some(text.to_owned()), place: Place::Standard });
        }
        let (protocol, at) = split_protocol(text);
        let rest = &text[at..];
        let place = match protocol {
            Some(word) if WEB_PROTOCOLS.contains(&word) && text[..at].ends_with("//") => resource(text)?,
            Some(word) => match places(word) {
                Places::Inet => place(rest, at)?,
                Places::Sockets => path(rest, true, at)?,
                Places::Files => path(rest, false, at)?,
                Places::Commands => command(rest, at)?,
                Places::Machines => machine(rest, at)?,
                Places::Standard => return Err(AddressError::new(at - 1, "nothing behind it")),
            },
            None => place(rest, at)?,
        };
        Ok(Self { protocol: protocol.map(str::to_owned), place })
    }
}

/// The protocol before the place, and where the place begins.
fn split_protocol(text: &str) -> (Option<&str>, usize) {
    let Some(colon) = text.find(':') else { return (None, 0) };
    let (word, rest) = (&text[..colon], &text[colon + 1..]);
    let is_word = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '+');
    if !is_word {
        return (None, 0);
    }
    if rest.starts_with("//") {
        return (Some(word), colon + 3);
    }
    let known = PROTOCOLS.contains(&word) || transport::find(word).is_some();
    if known || (word != "any" && place(rest, 0).is_ok() && !is_number(rest)) {
        return (Some(word), colon + 1);
    }
    (None, 0)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Reads a URL whose scheme is a transport.
fn resource(text: &str) -> Result<Place, AddressError> {
    let url = Url::parse(text)?;
    if url.target == "/" {
        return Ok(url.place());
    }
    Ok(Place::Resource(url.host, url.port, url.target))
}

/// What stands behind a protocol.
fn places(protocol: &str) -> Places {
    let known = transport::find(protocol).map(transport::Transport::places);
    known.unwrap_or(Places::Inet)
}

fn command(text: &str, at: usize) -> Result<Place, AddressError> {
    if text.is_empty() || text.contains('\0') {
        return Err(AddressError::new(at, "a command"));
    }
    Ok(Place::Command(text.as_bytes().to_vec()))
}

/// Reads `MACHINE:PORT`, or a port of this machine alone.
fn machine(text: &str, at: usize) -> Result<Place, AddressError> {
    let (machine, port) = text.rsplit_once(':').unwrap_or(("local", text));
    let machine = match machine {
        "*" | "any" => None,
        // VMADDR_CID_LOCAL, VMADDR_CID_HOST
        "local" => Some(1),
        "host" => Some(2),
        number if is_number(number) => Some(number.parse().map_err(|_| AddressError::new(at, MACHINE))?),
        _ => return Err(AddressError::new(at, MACHINE)),
    };
    match port.parse() {
        Ok(number) if is_number(port) => Ok(Place::Machine(machine, number)),
        _ => Err(AddressError::new(at + text.len() - port.len(), "a port from 0 to 4294967295")),
    }
}

fn path(text: &str, sockets: bool, at: usize) -> Result<Place, AddressError> {
    match text.strip_prefix('@') {
        Some(name) if sockets => abstract_name(name, at + 1),
        _ if text.is_empty() || text.contains('\0') => Err(AddressError::new(at, "a path")),
        _ => Ok(Place::Path(PathBuf::from(text))),
    }
}

fn abstract_name(name: &str, at: usize) -> Result<Place, AddressError> {
    if name.is_empty() {
        return Err(AddressError::new(at, "a name after `@`"));
    }
    Ok(Place::Abstract(name.as_bytes().to_vec()))
}

/// Reads a place that begins at byte `at` of the whole text.
fn place(text: &str, at: usize) -> Result<Place, AddressError> {
    if text.is_empty() {
        return Err(AddressError::new(at, "a port, `host:port` or a path"));
    }
    if let Some(name) = text.strip_prefix('@') {
        return abstract_name(name, at + 1);
    }
    if let Some(inner) = text.strip_prefix('[') {
        return bracketed(inner, at + 1);
    }
    if ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start)) {
        return path(text, false, at);
    }
    if text.contains('/') && !text.contains(':') {
        return path(text, false, at);
    }
    let Some(colon) = text.find(':') else { return bare(text, at) };
    let (name, rest) = (&text[..colon], &text[colon + 1..]);
    if rest.contains(':') {
        return Err(two_colons(text, colon, at));
    }
    let host = host(name, at)?;
    Ok(Place::Inet(host, port(rest, at + colon + 1)?))
}

/// A place without any punctuation can only be a port.
fn bare(text: &str, at: usize) -> Result<Place, AddressError> {
    if is_number(text) {
        return Ok(Place::Inet(Host::Loopback, port(text, at)?));
    }
    host(text, at)?;
    Err(AddressError::new(at + text.len(), "`:` and a port"))
}

fn two_colons(text: &str, first: usize, at: usize) -> AddressError {
    let before_last = &text[..text.rfind(':').unwrap_or(first)];
    if text.parse::<Ipv6Addr>().is_ok() || before_last.parse::<Ipv6Addr>().is_ok() {
        return AddressError::new(at, BRACKETS);
    }
    let second = text[first + 1..].find(':').map_or(first, |offset| first + 1 + offset);
    AddressError::new(at + second, "the end of the address")
}

/// What follows `[`, which stands just before byte `at`.
fn bracketed(text: &str, at: usize) -> Result<Place, AddressError> {
    let Some(close) = text.find(']') else {
        return Err(AddressError::new(at + text.len(), "`]`"));
    };
    let inner = &text[..close];
    let host = match inner.split_once('%') {
        // A zone (RFC 6874) is the resolver's business.
        Some((address, zone)) if address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() => {
            Host::Name(inner.to_owned())
        }
        _ => match inner.parse::<Ipv6Addr>() {
            Ok(address) => Host::Ip(IpAddr::V6(address)),
            Err(_) => return Err(AddressError::new(at, "an IPv6 address")),
        },
    };
    let after = at + close + 1;
    match text[close + 1..].strip_prefix(':') {
        Some(digits) => Ok(Place::Inet(host, port(digits, after + 1)?)),
        None => Err(AddressError::new(after, "`:` and a port")),
    }
}

/// Reads a host that begins at byte `at` of the whole text.
pub(super) fn host(text: &str, at: usize) -> Result<Host, AddressError> {
    match text {
        "" => return Ok(Host::Loopback),
        "*" | "any" => return Ok(Host::Any),
        _ => {}
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(IpAddr::V4(address)));
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(AddressError::new(at, "an IPv4 address of four numbers from 0 to 255"));
    }
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some((offset, _)) = text.char_indices().find(|(_, c)| !fits(*c)) {
        return Err(AddressError::new(at + offset, "a host name"));
    }
    if text.len() > 253 || text.starts_with('-') {
        return Err(AddressError::new(at, "a host name"));
    }
    Ok(Host::Name(text.to_owned()))
}

/// Reads a port that begins at byte `at` of the whole text.
pub(super) fn port(text: &str, at: usize) -> Result<u16, AddressError> {
    let digits = text.strip_suffix('/').unwrap_or(text);
    match digits.parse() {
        Ok(port) if is_number(digits) => Ok(port),
        _ => Err(AddressError::new(at, PORT)),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback => Ok(()),
            Self::Any => f.write_str("*"),
            Self::Ip(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Name(name) if name.contains(':') => write!(f, "[{name}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(Host::Loopback, port) => write!(f, "{port}"),
            Self::Inet(host, port) => write!(f, "{host}:{port}"),
            Self::Resource(host, port, target) => write!(f, "{host}:{port}{target}"),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
            Self::Command(command) => f.write_str(&String::from_utf8_lossy(command)),
            Self::Machine(None, port) => write!(f, "*:{port}"),
            Self::Machine(Some(machine), port) => write!(f, "{machine}:{port}"),
            Self::Standard => f.write_str("stdio"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place == Place::Standard {
            return write!(f, "{}", self.place);
        }
        if let Some(protocol) = &self.protocol {
            let slashes = if matches!(self.place, Place::Resource(..)) { "//" } else { "" };
            write!(f, "{protocol}:{slashes}")?;
        }
        write!(f, "{}", self.place)
    }
}

/// One end of a connection as the system reports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// An IP address and a port.
    Inet(SocketAddr),
    /// A socket file.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, without its leading NUL.
    Abstract(#[serde(with = "super::json::bytes")] Vec<u8>),
    /// A program: what `/bin/sh` runs.
    Command(#[serde(with = "super::json::bytes")] Vec<u8>),
    /// A machine's number and a port; the greatest number is any machine (vsock(7)).
    Machine(u32, u32),
    /// Standard input and output.
    Standard,
    /// A Unix socket without a name.
    Unnamed,
}

impl Endpoint {
    /// Whether it is an IP address of this machine alone (127.0.0.0/8, `::1`).
    pub fn is_loopback(&self) -> bool {
        matches!(self, Self::Inet(address) if address.ip().is_loopback())
    }

    /// The address without port (`127.0.0.1`, `::1`), or the path; empty for an unnamed one.
    pub fn host(&self) -> String {
        match self {
            Self::Inet(address) => address.ip().to_string(),
            Self::Unnamed => String::new(),
            Self::Machine(u32::MAX, _) => "*".to_owned(),
            Self::Machine(machine, _) => machine.to_string(),
            named => named.to_string(),
        }
    }

    /// It behind the name of its transport: `tcp 127.0.0.1:80`. The standard streams are their transport's only place.
    pub fn by(&self, protocol: &str) -> String {
        if *self == Self::Standard { protocol.to_owned() } else { format!("{protocol} {self}") }
    }

    /// The port of IP; `None` elsewhere.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Inet(address) => Some(address.port()),
            _ => None,
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(address)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => write!(f, "{address}"),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
            Self::Command(command) => f.write_str(&String::from_utf8_lossy(command)),
            Self::Machine(_, port) => write!(f, "{}:{port}", self.host()),
            Self::Standard => f.write_str("stdio"),
            Self::Unnamed => f.write_str("unnamed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Option<String>, Place) {
        let address = Address::parse(text).unwrap();
        (address.protocol, address.place)
    }

    fn inet(host: Host, port: u16) -> (Option<String>, Place) {
        (None, Place::Inet(host, port))
    }

    #[test]
    fn places_without_a_protocol() {
        let name = |name: &str| Host::Name(name.to_owned());
        assert_eq!(read("6666"), inet(Host::Loopback, 6666));
        assert_eq!(read("0"), inet(Host::Loopback, 0));
        assert_eq!(read("*:6666"), inet(Host::Any, 6666));
        assert_eq!(read("any:6666"), inet(Host::Any, 6666));
        assert_eq!(read("0.0.0.0:80"), inet(Host::Ip(Ipv4Addr::UNSPECIFIED.into()), 80));
        assert_eq!(read("[::1]:80"), inet(Host::Ip(Ipv6Addr::LOCALHOST.into()), 80));
        assert_eq!(read("localhost:80"), inet(name("localhost"), 80));
        assert_eq!(read("[fe80::1%eth0]:80"), inet(name("fe80::1%eth0"), 80));
        for path in ["./sock", "../sock", "/run/sock", "run/sock", "/a:b"] {
            assert_eq!(read(path), (None, Place::Path(path.into())));
        }
        assert_eq!(read("@nsh"), (None, Place::Abstract(b"nsh".to_vec())));
    }

    #[test]
    fn places_after_a_protocol() {
        let with = |protocol: &str, place| (Some(protocol.to_owned()), place);
        let name = |name: &str, port| Place::Inet(Host::Name(name.to_owned()), port);
        assert_eq!(read("udp:host:53"), with("udp", name("host", 53)));
        assert_eq!(read("udp:53"), with("udp", Place::Inet(Host::Loopback, 53)));
        assert_eq!(read("tcp://host:80"), with("tcp", name("host", 80)));
        assert_eq!(read("tcp://[::1]:80/"), with("tcp", Place::Inet(Host::Ip(Ipv6Addr::LOCALHOST.into()), 80)));
        assert_eq!(read("tls:example.org:443"), with("tls", name("example.org", 443)));
        assert_eq!(read("ws://[::1]:80/"), with("ws", Place::Inet(Host::Ip(Ipv6Addr::LOCALHOST.into()), 80)));
        assert_eq!(read("ws:8080"), with("ws", Place::Inet(Host::Loopback, 8080)));
        let resource = Place::Resource(Host::Name("host".to_owned()), 443, "/chat?room=1".to_owned());
        assert_eq!(read("wss://host/chat?room=1"), with("wss", resource));
        assert_eq!(read("unix:./sock"), with("unix", Place::Path("./sock".into())));
        assert_eq!(read("unix:sock"), with("unix", Place::Path("sock".into())));
        assert_eq!(read("unix:@sock"), with("unix", Place::Abstract(b"sock".to_vec())));
        assert_eq!(read("file:log.bin"), with("file", Place::Path("log.bin".into())));
    }

    #[test]
    fn what_was_expected_and_where() {
        for (text, offset, expected) in [
            ("", 0, "a port, `host:port` or a path"),
            ("65536", 0, PORT),
            ("host:65536", 5, PORT),
            ("host:", 5, PORT),
            ("host:+80", 5, PORT),
            ("localhost", 9, "`:` and a port"),
            ("::1", 0, BRACKETS),
            ("tcp:::1", 4, BRACKETS),
            ("[::1]", 5, "`:` and a port"),
            ("[::1", 4, "`]`"),
            ("[zz]:80", 1, "an IPv6 address"),
            ("1.2.3.400:80", 0, "an IPv4 address of four numbers from 0 to 255"),
            ("ho st:80", 2, "a host name"),
            ("ws://host:80/ä", 13, "bytes in `%` and two digits, as in `%20`"),
            ("unix:", 5, "a path"),
            ("@", 1, "a name after `@`"),
        ] {
            assert_eq!(Address::parse(text), Err(AddressError::new(offset, expected)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_at_a_boundary(text in "[a-z0-9:/.@*%é \\[\\]]{0,24}|\\PC*") {
            match Address::parse(&text) {
                Ok(address) => prop_assert_eq!(Address::parse(&address.to_string()).is_ok(), true),
                Err(error) => prop_assert!(text.is_char_boundary(error.offset)),
            }
        }
    }
}
