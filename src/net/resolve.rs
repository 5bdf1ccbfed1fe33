//! Names: what the system's resolver says a host's addresses are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::error::NetError;
use super::transport::Family;

impl Family {
    /// Whether an address of this version may be used.
    pub fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// All addresses of `host`, a name or a numeric address, in the resolver's order and each once. Asks the system's
/// resolver on a thread of its own; fails with [`NetError::Resolve`] when there is none of that family.
pub async fn resolve(host: &str, family: Family) -> Result<Vec<IpAddr>, NetError> {
    Ok(addresses(host, 0, family).await?.iter().map(SocketAddr::ip).collect())
}

/// The same with a port, and with the zone of a link-local address kept.
pub(super) async fn addresses(host: &str, port: u16, family: Family) -> Result<Vec<SocketAddr>, NetError> {
    let refuse = |reason: &str| NetError::Resolve { host: host.to_owned(), reason: reason.to_owned() };
    let found = if host.eq_ignore_ascii_case("localhost") {
        // This machine, over both versions, whatever the resolver thinks (RFC 6761, 6.3).
        vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port), SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)]
    } else {
        let found = tokio::net::lookup_host((host, port)).await;
        found.map_err(|error| refuse(reason(&error.to_string())))?.collect()
    };
    let mut all: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    if all.is_empty() {
        return Err(refuse("no such host"));
    }
    all.retain(|address| family.admits(address.ip()));
    match (all.is_empty(), family) {
        (true, Family::V6) => Err(refuse("no IPv6 address for")),
        (true, _) => Err(refuse("no IPv4 address for")),
        (false, _) => Ok(all),
    }
}

/// The resolver's own text in our words, to be followed by the name (`gai_strerror`, getaddrinfo(3)).
fn reason(text: &str) -> &'static str {
    if text.contains("Temporary failure") { "no name server answers for" } else { "no such host" }
}
