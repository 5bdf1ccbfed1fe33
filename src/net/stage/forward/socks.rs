//! `socks`: a proxy of SOCKS 5 (RFC 1928) with logins (RFC 1929), and of SOCKS 4 and 4a (Ying-Da Lee's memos).

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::{Incoming, OPTIONS, Refusal, Rules, dismiss, in_time, tunnel};
use crate::net::address::{Endpoint, Host, Place, host};
use crate::net::flow::{Sink, Source};
use crate::net::stage::{Build, Handler, Spec};
use crate::net::transport::BoxFuture;

/// The handler.
pub(in crate::net::stage) static SPEC: Spec = Spec {
    name: "socks",
    summary: "connects clients to where they ask for, by SOCKS 4, 4a and 5",
    parameters: &[],
    options: OPTIONS,
    ends: true,
    build: Build::Handler(|call| Ok(Arc::new(Socks(Rules::of(call)?)))),
};

struct Socks(Rules);

impl Handler for Socks {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            let mut incoming = Incoming::new(source);
            let asked = Box::pin(in_time(self.ask(&mut incoming, &sink))).await?;
            let (version, place) = match asked {
                Asked::Place(version, place) => (version, place),
                Asked::Wrong(answer) => return dismiss(incoming, &sink, &answer).await,
            };
            match Box::pin(self.0.reach(&place, &sink)).await {
                Ok(target) => {
                    sink.send(&version.answer(version.granted(), &target.local())).await?;
                    tunnel(incoming, &sink, target).await
                }
                Err(refusal) => {
                    let answer = version.answer(version.refused(refusal), &Endpoint::Unnamed);
                    dismiss(incoming, &sink, &answer).await
                }
            }
        })
    }
}

/// What a client came to.
enum Asked {
    /// It wants to go there.
    Place(Version, Place),
    /// It gets this and is sent away.
    Wrong(Vec<u8>),
}

/// Codes of version 5 (RFC 1928, 6).
const FAILED: u8 = 1;
const UNKNOWN_COMMAND: u8 = 7;
const UNKNOWN_ADDRESS: u8 = 8;

/// The longest field that ends with a NUL byte.
const LONGEST: usize = 255;

impl Socks {
    async fn ask(&self, incoming: &mut Incoming, sink: &Sink) -> io::Result<Asked> {
        match incoming.byte().await? {
            4 => self.ask_4(incoming).await,
            5 => self.ask_5(incoming, sink).await,
            _ => Err(io::Error::new(ErrorKind::InvalidData, "the client speaks no SOCKS")),
        }
    }

    async fn ask_4(&self, incoming: &mut Incoming) -> io::Result<Asked> {
        let wrong = || Ok(Asked::Wrong(Version::Four.answer(91, &Endpoint::Unnamed)));
        let fixed = incoming.take(7).await?;
        let port = u16::from_be_bytes([fixed[1], fixed[2]]);
        let address = Ipv4Addr::new(fixed[3], fixed[4], fixed[5], fixed[6]);
        // A user without a password proves nothing.
        let Ok(_user) = incoming.until_nul(LONGEST).await else { return wrong() };
        let named = matches!(address.octets(), [0, 0, 0, last] if last != 0);
        let host = if named {
            let Ok(name) = incoming.until_nul(LONGEST).await else { return wrong() };
            target(&name)
        } else {
            Some(Host::Ip(address.into()))
        };
        match host {
            Some(host) if fixed[0] == 1 && self.0.auth.is_none() => {
                Ok(Asked::Place(Version::Four, Place::Inet(host, port)))
            }
            _ => wrong(),
        }
    }

    async fn ask_5(&self, incoming: &mut Incoming, sink: &Sink) -> io::Result<Asked> {
        let count = incoming.byte().await?;
        let offered = incoming.take(count.into()).await?;
        let method = if self.0.auth.is_some() { 2 } else { 0 };
        if !offered.contains(&method) {
            return Ok(Asked::Wrong(vec![5, 0xff]));
        }
        sink.send(&[5, method]).await?;
        if let Some(auth) = &self.0.auth {
            let version = incoming.byte().await?;
            let user = field(incoming).await?;
            let password = field(incoming).await?;
            let is_right = version == 1 && [&user[..], b":", &password].concat() == *auth;
            if !is_right {
                return Ok(Asked::Wrong(vec![1, 1]));
            }
            sink.send(&[1, 0]).await?;
        }
        let wrong = |code| Ok(Asked::Wrong(Version::Five.answer(code, &Endpoint::Unnamed)));
        let fixed = incoming.take(4).await?;
        let host = match fixed[3] {
            1 => {
                let bytes = incoming.take(4).await?;
                Some(Host::Ip(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]).into()))
            }
            4 => {
                let mut octets = [0; 16];
                octets.copy_from_slice(&incoming.take(16).await?);
                Some(Host::Ip(Ipv6Addr::from(octets).into()))
            }
            3 => target(&field(incoming).await?),
            _ => return wrong(UNKNOWN_ADDRESS),
        };
        let port = incoming.take(2).await?;
        let port = u16::from_be_bytes([port[0], port[1]]);
        match (fixed[0], fixed[1], host) {
            (5, 1, Some(host)) => Ok(Asked::Place(Version::Five, Place::Inet(host, port))),
            (5, 1, None) | (0..=4 | 6.., _, _) => wrong(FAILED),
            _ => wrong(UNKNOWN_COMMAND),
        }
    }
}

/// A field behind its length.
async fn field(incoming: &mut Incoming) -> io::Result<bytes::BytesMut> {
    let length = incoming.byte().await?;
    incoming.take(length.into()).await
}

/// A name, or an address written as one; `None` for what nobody is called.
fn target(name: &[u8]) -> Option<Host> {
    let name = std::str::from_utf8(name).ok()?;
    if let Ok(address) = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Some(Host::Ip(address));
    }
    match host(name, 0).ok()? {
        Host::Loopback | Host::Any => None,
        host => Some(host),
    }
}

#[derive(Clone, Copy)]
enum Version {
    Four,
    Five,
}

impl Version {
    fn granted(self) -> u8 {
        match self {
            Self::Four => 90,
            Self::Five => 0,
        }
    }

    fn refused(self, refusal: Refusal) -> u8 {
        match (self, refusal) {
            (Self::Four, _) => 91,
            (Self::Five, Refusal::Forbidden) => 2,
            (Self::Five, Refusal::Unknown | Refusal::Unreachable) => 4,
            (Self::Five, Refusal::Refused) => 5,
            (Self::Five, Refusal::Late) => 6,
            (Self::Five, Refusal::OtherFamily) => UNKNOWN_ADDRESS,
            (Self::Five, Refusal::Failed) => FAILED,
        }
    }

    /// An answer with the address from which the target was connected to, or with none.
    fn answer(self, code: u8, bound: &Endpoint) -> Vec<u8> {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let bound = if let Endpoint::Inet(bound) = bound { *bound } else { nowhere };
        let port = bound.port().to_be_bytes();
        match (self, bound.ip()) {
            (Self::Four, IpAddr::V4(ip)) => [&[0, code][..], &port, &ip.octets()].concat(),
            (Self::Four, IpAddr::V6(_)) => [&[0, code][..], &port, &[0; 4]].concat(),
            (Self::Five, IpAddr::V4(ip)) => [&[5, code, 0, 1][..], &ip.octets(), &port].concat(),
            (Self::Five, IpAddr::V6(ip)) => [&[5, code, 0, 4][..], &ip.octets(), &port].concat(),
        }
    }
}
