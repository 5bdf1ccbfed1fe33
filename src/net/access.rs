//! Access lists: who may connect. Deny wins over allow; an allow list shuts out everybody it does not name.

use std::net::{IpAddr, Ipv4Addr};

use super::address::Endpoint;
use super::resolve::resolve;
use super::transport::Family;

/// Rules by address; Unix peers always pass.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Networks that may connect; empty means all.
    pub allow: Vec<Network>,
    /// Networks that may not.
    pub deny: Vec<Network>,
}

/// An address with the number of leading bits that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The address.
    pub address: IpAddr,
    /// How many leading bits count: 32 or 128 for one host, 0 for everybody, whatever the family.
    pub bits: u8,
}

impl Network {
    /// Reads `127.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `::1`, or a name, which is resolved.
    /// Fails with what was expected.
    pub async fn parse(text: &str) -> Result<Vec<Self>, String> {
        let (host, mask) = text.split_once('/').map_or((text, None), |(host, mask)| (host, Some(mask)));
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let addresses = match bare.parse() {
            Ok(address) => vec![address],
            Err(_) if host.is_empty() => return Err("an address, a network or a host name".into()),
            Err(_) => resolve(host, Family::Both).await.map_err(|error| error.to_string())?,
        };
        let with_bits =
            |address| Ok(Self { address, bits: mask.map_or(Ok(width(address)), |mask| bits(mask, address))? });
        addresses.into_iter().map(with_bits).collect()
    }

    /// Whether `address` is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let significant = |ip: IpAddr| match ip.to_canonical() {
            IpAddr::V4(ip) => (32, u128::from(ip.to_bits()) << 96),
            IpAddr::V6(ip) => (128, ip.to_bits()),
        };
        let ((mine, network), (theirs, other)) = (significant(self.address), significant(address));
        // A network of mapped addresses counts its bits in IPv6.
        let mapped = self.address.is_ipv6() && mine == 32;
        let bits = if mapped { self.bits.saturating_sub(96) } else { self.bits };
        let different = network ^ other;
        self.bits == 0 || (mine == theirs && (bits == 0 || different >> (128 - u32::from(bits.min(mine))) == 0))
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The bits of a mask: a count, or an IPv4 address whose ones come first.
fn bits(mask: &str, address: IpAddr) -> Result<u8, String> {
    let dotted = |mask: Ipv4Addr| {
        let bits = mask.to_bits();
        u8::try_from(bits.leading_ones()).ok().filter(|ones| u32::from(*ones) == bits.count_ones())
    };
    let read = match mask.parse::<Ipv4Addr>() {
        Ok(mask) if address.is_ipv4() => dotted(mask),
        _ => mask.parse().ok().filter(|bits| *bits <= width(address)),
    };
    read.ok_or_else(|| format!("a number of bits from 0 to {} after `/`", width(address)))
}

impl Access {
    /// Whether that peer may connect. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn permits(&self, peer: &Endpoint) -> bool {
        let Endpoint::Inet(peer) = peer else { return true };
        let named = |networks: &[Network]| networks.iter().any(|network| network.contains(peer.ip()));
        !named(&self.deny) && (self.allow.is_empty() || named(&self.allow))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn contains(network: &str, address: &str) -> bool {
        let address = address.parse().unwrap();
        Network::parse(network).await.unwrap().iter().any(|network| network.contains(address))
    }

    #[tokio::test]
    async fn networks() {
        for (network, address, expected) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("::ffff:127.0.0.1", "127.0.0.1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("::ffff:10.0.0.0/104", "11.9.9.9", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/255.0.0.0", "10.255.0.1", true),
            ("10.0.0.0/255.255.0.0", "10.1.0.1", false),
            ("127.0.0.1/0", "8.8.8.8", true),
            ("127.0.0.1/0", "::1", true),
            ("1.2.3.4/32", "127.0.0.1", false),
            ("fe80::/10", "febf::1", true),
            ("fe80::/10", "fec0::1", false),
            ("[::1]", "::1", true),
            ("localhost", "127.0.0.1", true),
        ] {
            assert_eq!(contains(network, address).await, expected, "{network} {address}");
        }
        for network in ["10.0.0.0/33", "10.0.0.0/255.0.255.0", "::1/129", "::1/255.0.0.0", "", "1.2.3.4/"] {
            assert!(Network::parse(network).await.is_err(), "{network}");
        }
    }

    #[tokio::test]
    async fn deny_wins_and_an_allow_list_shuts_out_the_rest() {
        let peer = Endpoint::Inet("127.0.0.1:1".parse().unwrap());
        let loopback = Network::parse("127.0.0.1").await.unwrap();
        let other = Network::parse("1.2.3.4").await.unwrap();
        let access = |allow: &[Network], deny: &[Network]| Access { allow: allow.to_vec(), deny: deny.to_vec() };
        assert!(access(&[], &[]).permits(&peer));
        assert!(access(&[other[0], loopback[0]], &[]).permits(&peer));
        assert!(access(&[], &other).permits(&peer));
        assert!(!access(&other, &[]).permits(&peer));
        assert!(!access(&loopback, &loopback).permits(&peer));
        assert!(access(&other, &[]).permits(&Endpoint::Unnamed));
    }
}
