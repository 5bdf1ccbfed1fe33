//! Layers: transports that are a handshake on top of another transport, as TLS is on TCP.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::arrival::Arrival;
use super::setting::{End, Setting};
use super::{BoxFuture, ConnectOptions, ListenOptions, Listener, Transport};
use crate::net::address::{Endpoint, Place};
use crate::net::error::{self, NetError};
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing};
use crate::net::stage::Kind;

/// How long a handshake may take where nothing else was asked for.
pub(in crate::net) const PATIENCE: Duration = Duration::from_secs(10);

/// `handshake=D`, which every layer has; it reaches the acceptor by its admission.
const HANDSHAKE: Setting = Setting::new(
    "handshake",
    Kind::Duration,
    End::Listener,
    "10s",
    "how long the handshake with a peer may take; for those who connect, `timeout` says it",
);

/// What a handshake came to.
pub type Shaken = Result<Connection, HandshakeError>;

/// One side of a handshake, prepared once and run for each connection.
pub trait Handshake: Send + Sync {
    /// Runs it on a connection of the transport below and gives the connection on top. Dropping the future, which
    /// happens when it takes too long, gives the connection up.
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken>;

    /// What there is to tell about a listener with this handshake.
    fn facts(&self) -> Vec<Fact> {
        Vec::new()
    }
}

/// A transport that is a handshake on top of another. Every layer is a [`Transport`].
pub trait Layer: Send + Sync {
    /// Its word in the language.
    fn name(&self) -> &'static str;

    /// What it is, in half a line.
    fn summary(&self) -> &'static str;

    /// How it frames bytes.
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    /// Its own options, without those of the transport below.
    fn settings(&self) -> &'static [Setting];

    /// The names of its own facts, each with what it means.
    fn fields(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What it runs on.
    fn below(&self) -> &'static dyn Transport;

    /// Prepares the side of those who listen at `place`: reads certificates, checks options. `options` has the
    /// options of the layer and of those below it.
    fn server<'a>(
        &'a self,
        place: &'a Place,
        options: &'a ListenOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>>;

    /// Prepares the side of those who connect to `place`.
    fn client<'a>(
        &'a self,
        place: &'a Place,
        options: &'a ConnectOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>>;
}

impl<L: Layer> Transport for L {
    fn name(&self) -> &'static str {
        Layer::name(self)
    }

    fn summary(&self) -> &'static str {
        Layer::summary(self)
    }

    fn framing(&self) -> Framing {
        Layer::framing(self)
    }

    fn settings(&self) -> Vec<Setting> {
        let mut settings = Layer::settings(self).to_vec();
        for setting in self.below().settings().into_iter().chain([HANDSHAKE]) {
            if settings.iter().all(|known| known.key != setting.key) {
                settings.push(setting);
            }
        }
        settings
    }

    fn base(&self) -> Option<&'static dyn Transport> {
        Some(self.below().base().unwrap_or(self.below()))
    }

    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        [Layer::fields(self), &self.below().fields()].concat()
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'_, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let handshake = self.server(&place, &options).await?;
            let below = self.below().listen(place, options).await.map_err(|error| error.of(Layer::name(self)))?;
            Ok(Box::new(Layered::new(below, handshake)) as Box<dyn Listener>)
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'_, Result<Connection, NetError>> {
        Box::pin(async move {
            let protocol = Layer::name(self);
            let handshake = self.client(&place, &options).await?;
            let limit = options.timeout.unwrap_or(PATIENCE);
            let below = self.below().connect(place, options).await.map_err(|error| error.of(protocol))?;
            let endpoint = below.peer();
            let failed = |error| NetError::Handshake { protocol, endpoint, error: Box::new(error) };
            run(handshake.run(below), limit).await.map_err(failed)
        })
    }
}

/// Runs a handshake for at most `limit`.
pub(in crate::net) async fn run(handshake: BoxFuture<'static, Shaken>, limit: Duration) -> Shaken {
    let late = |_| Err(HandshakeError::from(error::timed_out(limit)));
    tokio::time::timeout(limit, handshake).await.unwrap_or_else(late)
}

/// A listener whose peers have one more handshake before them.
pub(super) struct Layered {
    below: Box<dyn Listener>,
    handshake: Arc<dyn Handshake>,
}

impl Layered {
    /// `below` with `handshake` behind the handshakes that it has already.
    pub(super) fn new(below: Box<dyn Listener>, handshake: Arc<dyn Handshake>) -> Self {
        Self { below, handshake }
    }
}

impl Listener for Layered {
    fn local(&self) -> Vec<Endpoint> {
        self.below.local()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        self.below.poll_accept(cx).map_ok(|arrival| arrival.before(Arc::clone(&self.handshake)))
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts = self.handshake.facts();
        facts.extend(self.below.facts());
        facts
    }
}

/// Why a handshake failed.
#[derive(Debug)]
pub struct HandshakeError {
    /// What kind of failure it is, as of an I/O error.
    pub kind: ErrorKind,
    /// Why, in words. They may hold what the peer sent: whoever shows them escapes them.
    pub reason: String,
    /// What else there is to know, a line each: which certificate it was.
    pub notes: Vec<String>,
    /// What could be done.
    pub hint: Option<String>,
}

impl HandshakeError {
    /// A peer that does not keep to the protocol.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { kind: ErrorKind::InvalidData, reason: reason.into(), notes: Vec::new(), hint: None }
    }

    /// The same with what could be done.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        let reason = match error.kind() {
            ErrorKind::TimedOut => format!("the handshake did not end{} (timed out)", error::limit(&error)),
            ErrorKind::UnexpectedEof => "the peer closed in the middle of the handshake".to_owned(),
            _ => error::describe(&error),
        };
        Self { kind: error.kind(), ..Self::new(reason) }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for HandshakeError {}
