//! Writing headers: what a target is told.

use std::net::{IpAddr, SocketAddr};

use super::{PROXY, SIGNATURE, TCP4, TCP6, Version};
use crate::net::Endpoint;

/// The header for a stream from `client` to `local`. Where there are no addresses of one version of
/// IP, it says so: `UNKNOWN`, or an unspecified family.
pub(in crate::net) fn header(version: Version, client: &Endpoint, local: &Endpoint) -> Vec<u8> {
    let addresses = match (client, local) {
        (Endpoint::Inet(client), Endpoint::Inet(local)) => same_family(*client, *local),
        _ => None,
    };
    match version {
        Version::V1 => text(addresses).into_bytes(),
        Version::V2 => binary(addresses),
    }
}

/// Both addresses, IPv4 mapped into IPv6 unmapped, if they are of one version.
fn same_family(client: SocketAddr, local: SocketAddr) -> Option<(SocketAddr, SocketAddr)> {
    let plain = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let (client, local) = (plain(client), plain(local));
    (client.is_ipv4() == local.is_ipv4()).then_some((client, local))
}

fn text(addresses: Option<(SocketAddr, SocketAddr)>) -> String {
    let Some((client, local)) = addresses else { return "PROXY UNKNOWN\r\n".to_owned() };
    let family = if client.is_ipv4() { "TCP4" } else { "TCP6" };
    format!("PROXY {family} {} {} {} {}\r\n", client.ip(), local.ip(), client.port(), local.port())
}

fn binary(addresses: Option<(SocketAddr, SocketAddr)>) -> Vec<u8> {
    const UNSPECIFIED: u8 = 0x00;
    let mut body = Vec::with_capacity(36);
    let family = match addresses {
        None => UNSPECIFIED,
        Some((client, local)) => {
            for address in [client, local] {
                match address.ip() {
                    IpAddr::V4(ip) => body.extend_from_slice(&ip.octets()),
                    IpAddr::V6(ip) => body.extend_from_slice(&ip.octets()),
                }
            }
            body.extend_from_slice(&client.port().to_be_bytes());
            body.extend_from_slice(&local.port().to_be_bytes());
            if client.is_ipv4() { TCP4 } else { TCP6 }
        }
    };
    let length = u16::try_from(body.len()).expect("two addresses are shorter");
    [&SIGNATURE[..], &[PROXY, family], &length.to_be_bytes(), &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Endpoint {
        Endpoint::Inet(text.parse().unwrap())
    }

    #[test]
    fn lines_of_text() {
        let line = |client, local| String::from_utf8(header(Version::V1, &client, &local)).unwrap();
        assert_eq!(line(at("10.0.0.1:1234"), at("10.0.0.2:80")), "PROXY TCP4 10.0.0.1 10.0.0.2 1234 80\r\n");
        assert_eq!(line(at("[::1]:1234"), at("[::1]:80")), "PROXY TCP6 ::1 ::1 1234 80\r\n");
        assert_eq!(line(at("[::ffff:10.0.0.1]:1"), at("10.0.0.2:80")), "PROXY TCP4 10.0.0.1 10.0.0.2 1 80\r\n");
        assert_eq!(line(at("10.0.0.1:1"), at("[::1]:80")), "PROXY UNKNOWN\r\n");
        assert_eq!(line(Endpoint::Unnamed, Endpoint::Unnamed), "PROXY UNKNOWN\r\n");
    }

    #[test]
    fn binary_headers() {
        let four = header(Version::V2, &at("1.2.3.4:258"), &at("5.6.7.8:80"));
        assert_eq!(four[..12], SIGNATURE);
        assert_eq!(four[12..], [0x21, 0x11, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 0, 80]);
        let six = header(Version::V2, &at("[::1]:1"), &at("[::1]:2"));
        assert_eq!((six.len(), six[13], six[15]), (16 + 36, 0x21, 36));
        assert_eq!(header(Version::V2, &Endpoint::Unnamed, &at("1.2.3.4:1"))[12..], [0x21, 0, 0, 0]);
    }
}
