//! Packets: IP with TCP or UDP in it, lengths and checksums as the standards have them (RFC 791, 8200, 9293, 768).

use std::io;
use std::net::{IpAddr, SocketAddr};

use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep, TcpHeader};

/// How many routers a packet may pass: what systems begin with.
const HOPS: u8 = 64;
/// The longest datagram, in bytes: what IPv4 has room for.
pub(super) const LONGEST_DATAGRAM: usize = 65_507;

/// A datagram of UDP. One between an IPv4 and an IPv6 address cannot be.
pub(super) fn datagram(from: SocketAddr, to: SocketAddr, content: &[u8]) -> io::Result<Vec<u8>> {
    let mut packet = Vec::new();
    let builder = between(from, to)?.udp(from.port(), to.port());
    builder.write(&mut packet, content).map_err(io::Error::other)?;
    Ok(packet)
}

/// A segment of TCP, whose header says all but the ports.
pub(super) fn segment(from: SocketAddr, to: SocketAddr, mut header: TcpHeader, content: &[u8]) -> io::Result<Vec<u8>> {
    let mut packet = Vec::new();
    (header.source_port, header.destination_port) = (from.port(), to.port());
    between(from, to)?.tcp_header(header).write(&mut packet, content).map_err(io::Error::other)?;
    Ok(packet)
}

fn between(from: SocketAddr, to: SocketAddr) -> io::Result<PacketBuilderStep<IpHeaders>> {
    match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Ok(PacketBuilder::ipv4(from.octets(), to.octets(), HOPS)),
        (IpAddr::V6(from), IpAddr::V6(to)) => Ok(PacketBuilder::ipv6(from.octets(), to.octets(), HOPS)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}
