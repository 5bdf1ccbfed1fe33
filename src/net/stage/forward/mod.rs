//! Proxies as handlers: the client says where to, we connect it there.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::FutureExt;

use super::{Argument, Call, Kind, Parameter};
use crate::net::access::{Access, Network};
use crate::net::address::{Endpoint, Host, Place};
use crate::net::error::NetError;
use crate::net::flow::{Reader, Sink, Source};
use crate::net::resolve;
use crate::net::socket::{Connection, Received};
use crate::net::transport::{self, ConnectOptions, Family};

pub(super) mod http;
mod request;
pub(super) mod socks;

/// How long a client may take to say where to, and a target to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The options of both.
pub(in crate::net) const OPTIONS: &[Parameter] = &[
    Parameter::optional("auth", Kind::Text, "the name and password that clients need: \"USER:PASSWORD\""),
    Parameter::optional("targets", Kind::Label, "where clients may go, as addresses or NET/BITS; else everywhere"),
    Parameter::optional("family", Kind::Label, "over which version of IP they go: 4, 6 or both; else as `ip` says"),
];

/// Who may go where.
struct Rules {
    /// `USER:PASSWORD`, if clients need it.
    auth: Option<Vec<u8>>,
    targets: Access,
    family: Family,
}

impl Rules {
    fn of(call: &Call) -> Result<Self, String> {
        let text = |key| match call.options.get(key) {
            Some(Argument::Bytes(bytes)) => Some(bytes.clone()),
            _ => None,
        };
        let auth = text("auth").map(|auth| auth.to_vec());
        if auth.as_ref().is_some_and(|auth| !auth.contains(&b':')) {
            return Err("`auth` is a name and a password: \"USER:PASSWORD\"".to_owned());
        }
        let mut targets = Access::default();
        let words = text("targets").map(|words| String::from_utf8_lossy(&words).into_owned()).unwrap_or_default();
        for word in words.split([',', ' ']).filter(|word| !word.is_empty()) {
            // A name would have to be asked for, and what it means may change meanwhile.
            let network = Network::parse(word).now_or_never();
            let network = network.ok_or_else(|| format!("`{word}` is no address or network"))?;
            targets.allow.extend(network.map_err(|expected| format!("`{word}`: expected {expected}"))?);
        }
        let family = match text("family").as_deref() {
            None | Some(b"both") => Family::Both,
            Some(b"4") => Family::V4,
            Some(b"6") => Family::V6,
            Some(_) => return Err("`family` is 4, 6 or both".to_owned()),
        };
        Ok(Self { auth, targets, family })
    }

    /// Connects to where a client wants to go, unless that is not allowed, or we ourselves.
    async fn reach(&self, place: &Place, sink: &Sink) -> Result<Connection, Refusal> {
        let Place::Inet(host, port) = place else { return Err(Refusal::Forbidden) };
        let addresses = match host {
            Host::Ip(ip) => vec![(*ip, *port).into()],
            Host::Name(name) => resolve::addresses(name, *port, Family::Both).await.map_err(|_| Refusal::Unknown)?,
            Host::Loopback | Host::Any => return Err(Refusal::Forbidden),
        };
        let here = sink.local();
        let known = addresses.len();
        let addresses: Vec<SocketAddr> = addresses.into_iter().filter(|at| self.family.admits(at.ip())).collect();
        if addresses.is_empty() && known > 0 {
            return Err(Refusal::OtherFamily);
        }
        let allowed = |address: &Endpoint| self.targets.permits(address) && !is_here(address, &here);
        let allowed: Vec<_> = addresses.into_iter().filter(|address| allowed(&Endpoint::Inet(*address))).collect();
        let tcp = transport::find("tcp").ok_or(Refusal::Failed)?;
        let mut refusal = Refusal::Forbidden;
        for address in allowed {
            let place = Place::Inet(Host::Ip(address.ip()), address.port());
            let options = ConnectOptions { timeout: Some(PATIENCE), ..ConnectOptions::default() };
            match tcp.connect(place, options).await {
                Ok(connection) => return Ok(connection),
                Err(error) => refusal = Refusal::of(&error),
            }
        }
        Err(refusal)
    }
}

/// Whether going there would come back to this very listener.
fn is_here(target: &Endpoint, here: &Endpoint) -> bool {
    let (Endpoint::Inet(target), Endpoint::Inet(here)) = (target, here) else { return false };
    let (ip, own) = (target.ip().to_canonical(), here.ip().to_canonical());
    target.port() == here.port() && (ip == own || ip.is_unspecified() || (ip.is_loopback() && own.is_loopback()))
}

/// Why a target was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// It is not among those that clients may reach, or it is this proxy.
    Forbidden,
    /// Its name has no address.
    Unknown,
    /// It has no address of the version of IP that this proxy uses.
    OtherFamily,
    /// Nobody listens there.
    Refused,
    /// It, or its network, is not to be reached.
    Unreachable,
    /// It did not answer in time.
    Late,
    /// Anything else.
    Failed,
}

impl Refusal {
    fn of(error: &NetError) -> Self {
        let NetError::Connect { attempts, .. } = error else { return Self::Failed };
        match attempts.last().map(|(_, error)| error.kind()) {
            Some(ErrorKind::ConnectionRefused) => Self::Refused,
            Some(ErrorKind::TimedOut) => Self::Late,
            Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

/// What a client says, as far as it has come.
struct Incoming {
    source: Source,
    buffer: BytesMut,
}

impl Incoming {
    fn new(source: Source) -> Self {
        Self { source, buffer: BytesMut::new() }
    }

    /// Waits for more; false when the client has finished.
    async fn more(&mut self) -> io::Result<bool> {
        let Some(piece) = self.source.next().await? else { return Ok(false) };
        self.buffer.extend_from_slice(&piece);
        self.source.recycle(piece);
        Ok(true)
    }

    /// The next `count` bytes.
    async fn take(&mut self, count: usize) -> io::Result<BytesMut> {
        while self.buffer.len() < count {
            if !self.more().await? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.split_to(count))
    }

    /// The next byte.
    async fn byte(&mut self) -> io::Result<u8> {
        Ok(self.take(1).await?[0])
    }

    /// What comes before the next NUL byte, which is taken, too; at most `most` bytes.
    async fn until_nul(&mut self, most: usize) -> io::Result<BytesMut> {
        loop {
            let end = self.buffer.iter().take(most + 1).position(|byte| *byte == 0);
            if let Some(length) = end {
                let field = self.buffer.split_to(length);
                let _nul = self.buffer.split_to(1);
                return Ok(field);
            }
            if self.buffer.len() > most {
                return Err(io::Error::new(ErrorKind::InvalidData, "a field is too long"));
            }
            if !self.more().await? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Runs what comes before the tunnel, for as long as a client may take.
async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| Err(io::Error::new(ErrorKind::InvalidData, "the client did not say in time where to go"));
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(late)
}

/// Says a last thing to a client.
async fn dismiss(mut incoming: Incoming, sink: &Sink, answer: &[u8]) -> io::Result<()> {
    sink.send(answer).await?;
    sink.finish().await?;
    incoming.source.linger().await
}

/// Moves everything both ways until both have ended; a half-close travels end to end.
async fn tunnel(incoming: Incoming, sink: &Sink, target: Connection) -> io::Result<()> {
    let Incoming { mut source, buffer } = incoming;
    let up = async {
        if !buffer.is_empty() {
            target.send(&buffer).await?;
        }
        drop(buffer);
        while let Some(piece) = source.next().await? {
            target.send(&piece).await?;
            source.recycle(piece);
        }
        target.finish().await?;
        source.linger().await
    };
    let ended = tokio::try_join!(up, down(sink, &target));
    if let Err(error) = ended {
        // Where it cannot be abortive it is at least a close.
        let _ = target.reset();
        sink.reset();
        return Err(error);
    }
    Ok(())
}

/// Moves what the target says to the client.
async fn down(sink: &Sink, target: &Connection) -> io::Result<()> {
    let mut reader = Reader::new(target.clone());
    while reader.receive().await? != Received::End {
        sink.send(reader.bytes()).await?;
        reader.done();
    }
    sink.finish().await
}
