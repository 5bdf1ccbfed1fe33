//! Access lists: who may connect. Deny wins over allow; an allow list shuts out everybody it does not name.

use std::net::IpAddr;

use super::address::Endpoint;

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
    /// How many leading bits count: 32 or 128 for one host, 0 for everybody of that family.
    pub bits: u8,
}

impl Network {
    /// Reads `127.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `::1`, or a name, which is resolved.
    /// Fails with what was expected.
    pub async fn parse(_text: &str) -> Result<Vec<Self>, String> {
        todo!()
    }
}

impl Access {
    /// Whether that peer may connect. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn permits(&self, _peer: &Endpoint) -> bool {
        todo!()
    }
}
