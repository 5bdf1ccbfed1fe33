//! Transports: what carries a conversation. A registry: a new one is a file and two lines here.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::address::{Endpoint, Place};
use super::error::NetError;
use super::fact::Fact;
use super::socket::{Connection, Framing};

mod arrival;
mod batch;
mod datagram;
mod demux;
pub(super) mod descriptor;
mod file;
mod group;
mod inet;
mod introduction;
pub(in crate::net) mod layer;
mod outbox;
mod path;
mod program;
mod secrets;
mod segments;
mod seqpacket;
mod serial;
mod served;
mod setting;
mod standard;
mod stream;
mod tcp;
mod telnet;
mod tls;
mod tuning;
mod udp;
mod unix;
mod unixgram;
#[cfg(target_os = "linux")]
mod vsock;
mod websocket;
mod wrapped;

pub use arrival::Arrival;
pub use layer::{Handshake, HandshakeError, Layer, Shaken};
pub use secrets::{Confidant, Confidants, Secret};
pub use setting::{End, Setting, Settings};
pub use standard::Standard;
pub use tls::KeyLogFile;
pub use wrapped::{Duplex, Wrapped};

pub(super) use inet::socket as inet_socket;
pub(super) use outbox::Lost;

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Which versions of IP may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Both.
    #[default]
    Both,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// How to listen.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Which versions of IP.
    pub family: Family,
    /// How many connections the system may hold ready before they are accepted.
    pub backlog: u32,
    /// The options that the transport has of its own.
    pub settings: Settings,
    /// The program's folder for what it makes and keeps; without one it keeps nothing.
    pub keep: Option<PathBuf>,
    /// Whoever hands the standard streams out, if somebody does.
    pub standard: Option<Standard>,
    /// Who is told of the secrets of its connections, where they are encrypted.
    pub confidants: Confidants,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            family: Family::Both,
            backlog: 4096,
            settings: Settings::default(),
            keep: None,
            standard: None,
            confidants: Confidants::default(),
        }
    }
}

/// How to connect.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// Which versions of IP.
    pub family: Family,
    /// How long each address may take; `None` leaves it to the system.
    pub timeout: Option<Duration>,
    /// Source address and port; port 0 leaves the port to the system, an unspecified address the address.
    pub from: Option<SocketAddr>,
    /// Source path of a Unix datagram socket.
    pub from_path: Option<PathBuf>,
    /// The options that the transport has of its own.
    pub settings: Settings,
    /// The program's folder for what it has made and kept, if it has one.
    pub keep: Option<PathBuf>,
    /// Whoever hands the standard streams out, if somebody does.
    pub standard: Option<Standard>,
    /// Who is told of the secrets of the connection, where it is encrypted.
    pub confidants: Confidants,
}

/// What the places of a transport are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// A host and a port.
    Inet,
    /// A socket file, or an abstract name.
    Sockets,
    /// A file.
    Files,
    /// What `/bin/sh` runs.
    Commands,
    /// A machine's number and a port.
    Machines,
    /// The standard streams: there is only one place, and one peer.
    Standard,
}

/// A transport of the registry.
pub trait Transport: Send + Sync {
    /// Its word in the language.
    fn name(&self) -> &'static str;

    /// What it is, in half a line.
    fn summary(&self) -> &'static str;

    /// How it frames bytes.
    fn framing(&self) -> Framing;

    /// What its places are.
    fn places(&self) -> Places {
        Places::Inet
    }

    /// Whether peers come to it; otherwise it only connects.
    fn listens(&self) -> bool {
        true
    }

    /// Whether there is only one peer, which comes at once.
    fn is_single(&self) -> bool {
        self.places() == Places::Standard
    }

    /// The options that it has of its own, with those of the transports that it runs on.
    fn settings(&self) -> Vec<Setting> {
        Vec::new()
    }

    /// The names of the facts that its connections and listeners tell, each with what it means, in half a line.
    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// The transport at the bottom of those that it runs on; `None` for one that runs on none. What a relay takes out
    /// of it goes there.
    fn base(&self) -> Option<&'static dyn Transport> {
        None
    }

    /// The handler that serves its listeners when no other is named.
    fn serves(&self) -> Option<&'static str> {
        None
    }

    /// Binds and listens at `place`. `Host::Loopback` means 127.0.0.1 and `::1` on the same port (as far as the
    /// machine has them), `Host::Any` every interface.
    fn listen(&self, _: Place, _: ListenOptions) -> BoxFuture<'_, Result<Box<dyn Listener>, NetError>> {
        let name = self.name();
        Box::pin(async move { Err(NetError::Unsupported(format!("`{name}` only connects: nobody comes to it"))) })
    }

    /// Connects to `place`, trying every address of a name in the resolver's order. `Host::Loopback` tries
    /// 127.0.0.1, then `::1`.
    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'_, Result<Connection, NetError>>;
}

/// A bound transport that peers can reach.
pub trait Listener: Send {
    /// Where it listens, IPv4 first; ports are the real ones.
    fn local(&self) -> Vec<Endpoint>;

    /// The next peer. For datagrams one that was not heard before is a connection; its first datagram is the first
    /// thing it receives. A handshake, where the transport has one, is still to be run by the caller. Errors of one connection (`ECONNABORTED`) are skipped; `EMFILE` and its
    /// like are returned and leave the listener usable.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>>;

    /// What there is to tell about it.
    fn facts(&self) -> Vec<Fact> {
        Vec::new()
    }
}

/// All transports, in the order help shows them.
pub fn all() -> &'static [&'static dyn Transport] {
    &[
        &tcp::Tcp,
        &telnet::Telnet,
        &tls::Tls,
        &websocket::Web::Clear,
        &websocket::Web::Encrypted,
        &served::SOCKS,
        &served::PROXY,
        &udp::Udp,
        &unix::Unix,
        &unixgram::Unixgram,
        &seqpacket::Seqpacket,
        #[cfg(target_os = "linux")]
        &vsock::Vsock,
        &program::Exec,
        &program::Pty,
        &serial::Serial,
        &file::File,
        &standard::Stdio,
    ]
}

/// The transport of that name.
pub fn find(name: &str) -> Option<&'static dyn Transport> {
    all().iter().copied().find(|transport| transport.name() == name)
}

/// Connects to each address until one answers; what the others said is kept for the error.
async fn attempt_each<F>(
    protocol: &'static str,
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<Connection, NetError>
where
    F: Future<Output = io::Result<Connection>>,
{
    let mut attempts = Vec::new();
    for address in addresses {
        match connect(address).await {
            Ok(connection) => return Ok(connection),
            Err(error) => attempts.push((Endpoint::Inet(address), error)),
        }
    }
    Err(NetError::Connect { protocol, attempts })
}

/// Runs `work` for at most `limit`.
async fn within<T>(limit: Option<Duration>, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(super::error::timed_out(limit))),
    }
}
