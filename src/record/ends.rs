//! Ends: where a peer met a session, which a listener at all of a machine's addresses does not say.

use std::net::SocketAddr;

use crate::net::Endpoint;

/// The address at which a peer met a listener: on this machine, where that listens at all of its addresses.
pub(super) fn met(local: &Endpoint, peer: &Endpoint) -> Endpoint {
    match (local, peer) {
        (Endpoint::Inet(local), Endpoint::Inet(peer)) if local.ip().is_unspecified() && peer.ip().is_loopback() => {
            Endpoint::Inet(SocketAddr::new(peer.ip(), local.port()))
        }
        _ => local.clone(),
    }
}
