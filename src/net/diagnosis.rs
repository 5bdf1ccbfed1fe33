//! What the kernel knows of a TCP connection: its state and how its segments fare (`sock_diag(7)`, as `ss -i` asks it).

use std::net::SocketAddr;
use std::time::Duration;

/// What the kernel tells of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnosis {
    /// The state, as RFC 9293 names it: `ESTABLISHED`, `CLOSE-WAIT`.
    pub state: &'static str,
    /// The smoothed round-trip time and its variation.
    pub round_trip: (Duration, Duration),
    /// Segments that were sent again, in all.
    pub retransmitted: u32,
    /// Bytes that have come and that no program has read.
    pub unread: u32,
    /// Bytes that were sent and not acknowledged yet.
    pub unacknowledged: u32,
}

/// Looks at the connection between two addresses of this machine's; `None` where there is none, or where the system
/// does not tell.
pub fn diagnose(local: SocketAddr, peer: SocketAddr) -> Option<Diagnosis> {
    system::diagnose(local, peer)
}

#[cfg(not(all(target_os = "linux", not(portable))))]
mod system {
    use super::{Diagnosis, SocketAddr};

    pub(super) fn diagnose(_: SocketAddr, _: SocketAddr) -> Option<Diagnosis> {
        None
    }
}

#[cfg(all(target_os = "linux", not(portable)))]
mod system {
    use std::net::IpAddr;

    use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

    use super::{Diagnosis, Duration, SocketAddr};

    // linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h
    const HEADER: usize = 16;
    const REQUEST: usize = 56;
    const RESPONSE: usize = 72;
    const NLM_F_REQUEST: u16 = 1;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const INET_DIAG_INFO: u16 = 2;
    const IPPROTO_TCP: u8 = 6;
    /// The states by their numbers (`linux/tcp_states.h`), in the words of RFC 9293.
    const STATES: [&str; 12] = [
        "CLOSED",
        "ESTABLISHED",
        "SYN-SENT",
        "SYN-RECEIVED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "CLOSED",
        "CLOSE-WAIT",
        "LAST-ACK",
        "LISTEN",
        "CLOSING",
    ];

    pub(super) fn diagnose(local: SocketAddr, peer: SocketAddr) -> Option<Diagnosis> {
        let socket =
            socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(SOCK_DIAG)).ok()?;
        let kernel = SocketAddrNetlink::new(0, 0);
        sendto(&socket, &request(local, peer), SendFlags::empty(), &kernel).ok()?;
        let mut answer = [0; 4096];
        // The kernel answers before sendto(2) returns.
        let (length, _) = recv(&socket, &mut answer[..], RecvFlags::DONTWAIT).ok()?;
        read(answer.get(..length)?)
    }

    /// `struct nlmsghdr` and `struct inet_diag_req_v2`, for exactly one connection.
    fn request(local: SocketAddr, peer: SocketAddr) -> Vec<u8> {
        let mut message = Vec::with_capacity(HEADER + REQUEST);
        message.extend(u32::try_from(HEADER + REQUEST).unwrap_or_default().to_ne_bytes());
        message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        message.extend(NLM_F_REQUEST.to_ne_bytes());
        message.extend([0; 8]); // sequence and port
        let family = if local.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        message.push(u8::try_from(family.as_raw()).unwrap_or_default());
        message.extend([IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
        message.extend(u32::MAX.to_ne_bytes()); // any state
        message.extend(local.port().to_be_bytes());
        message.extend(peer.port().to_be_bytes());
        message.extend(address(local.ip()));
        message.extend(address(peer.ip()));
        message.extend(scope(local).to_ne_bytes());
        message.extend([0xff; 8]); // no cookie
        message
    }

    fn address(ip: IpAddr) -> [u8; 16] {
        match ip {
            IpAddr::V6(ip) => ip.octets(),
            IpAddr::V4(ip) => {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&ip.octets());
                bytes
            }
        }
    }

    /// The interface that a link-local address belongs to.
    fn scope(address: SocketAddr) -> u32 {
        match address {
            SocketAddr::V6(address) => address.scope_id(),
            SocketAddr::V4(_) => 0,
        }
    }

    /// Reads `struct inet_diag_msg` and the `struct tcp_info` behind it.
    fn read(message: &[u8]) -> Option<Diagnosis> {
        if short(message, 4)? != SOCK_DIAG_BY_FAMILY {
            return None; // NLMSG_ERROR: there is no such connection
        }
        let response = message.get(HEADER..)?;
        let state = STATES.get(usize::from(*response.get(1)?))?;
        let info = attribute(response.get(RESPONSE..)?, INET_DIAG_INFO)?;
        let time = |at| word(info, at).map(|microseconds| Duration::from_micros(microseconds.into()));
        Some(Diagnosis {
            state,
            round_trip: (time(68)?, time(72)?),
            retransmitted: word(info, 100)?,
            unread: word(response, 56)?,
            unacknowledged: word(response, 60)?,
        })
    }

    /// The attribute of that type (`struct rtattr`: length, type, and padding to four bytes behind it).
    fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
        loop {
            let length = usize::from(short(attributes, 0)?);
            if short(attributes, 2)? == wanted {
                return attributes.get(4..length);
            }
            attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
        }
    }

    fn short(bytes: &[u8], at: usize) -> Option<u16> {
        Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
    }

    fn word(bytes: &[u8], at: usize) -> Option<u32> {
        Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
    }

    #[cfg(test)]
    mod tests {
        use std::io::Write;
        use std::net::{TcpListener, TcpStream};

        use super::*;

        #[test]
        fn a_connection_of_either_family_is_diagnosed() {
            for place in ["127.0.0.1:0", "[::1]:0"] {
                // A machine without IPv6 has nothing to look at.
                let Ok(listener) = TcpListener::bind(place) else { continue };
                let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                let (server, peer) = listener.accept().unwrap();
                client.write_all(b"hello").unwrap();
                let diagnosis = diagnose(server.local_addr().unwrap(), peer).expect("the kernel tells");
                assert_eq!((diagnosis.state, diagnosis.unread, diagnosis.retransmitted), ("ESTABLISHED", 5, 0));
                let diagnosis = diagnose(client.local_addr().unwrap(), client.peer_addr().unwrap()).unwrap();
                assert!(diagnosis.round_trip.0 > Duration::ZERO, "{diagnosis:?}");
                client.shutdown(std::net::Shutdown::Write).unwrap();
                assert_eq!(diagnose(server.local_addr().unwrap(), peer).map(|known| known.state), Some("CLOSE-WAIT"));
            }
        }

        #[test]
        fn what_is_not_there_is_not_diagnosed() {
            let nowhere = "127.0.0.1:1".parse().unwrap();
            assert_eq!(diagnose(nowhere, nowhere), None);
            assert_eq!(read(&[]), None);
            assert_eq!(attribute(&[0, 0, 9, 9, 0, 0], 1), None);
        }
    }
}
