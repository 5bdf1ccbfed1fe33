//! Vacancy: ports that no socket is bound to.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use socket2::{Domain, Protocol, Socket, Type};

/// Where ports are looked for: above those of well-known services, below those that systems give away by themselves
/// (Linux from 32768, ip(7); others from 49152, RFC 6335), so that nobody gets one by chance.
pub const RANGE: RangeInclusive<u16> = 10_000..=32_767;

/// The first port of `range` from `start` on, and round to it again, that is none of `given` and to which no socket is
/// bound: over TCP and UDP, IPv4 and IPv6, at any address of this machine.
pub fn find(range: &RangeInclusive<u16>, start: u16, given: &[u16]) -> Option<u16> {
    let start = start.clamp(*range.start(), *range.end());
    let mut ports = (start..=*range.end()).chain(*range.start()..start);
    ports.find(|port| !given.contains(port) && is_vacant(*port))
}

fn is_vacant(port: u16) -> bool {
    let everywhere: [SocketAddr; 2] = [(Ipv4Addr::UNSPECIFIED, port).into(), (Ipv6Addr::UNSPECIFIED, port).into()];
    let kinds = [(Type::STREAM, Protocol::TCP), (Type::DGRAM, Protocol::UDP)];
    everywhere.iter().all(|address| {
        // A machine without IPv6 refuses for another reason.
        kinds
            .iter()
            .all(|kind| !matches!(bind(*address, *kind), Err(error) if error.kind() == io::ErrorKind::AddrInUse))
    })
}

/// Binds a socket that hears nothing, and lets go of it.
fn bind(address: SocketAddr, (kind, protocol): (Type, Protocol)) -> io::Result<()> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if kind == Type::STREAM {
        // What is left of connections that are over is in nobody's way.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn ports_that_are_taken_or_given_are_passed_over() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        for port in [tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port()] {
            assert_eq!(find(&(port..=port), port, &[]), None);
        }
        let free = find(&RANGE, 20_000, &[]).unwrap();
        assert_ne!(find(&RANGE, 20_000, &[free]).unwrap(), free);
        assert_eq!(find(&(free..=free), 1, &[free]), None);
    }
}
