//! Flows: what moves between sockets and stages, and who is told about it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;

use super::address::Endpoint;
use super::socket::Connection;
use super::stage::{Chain, Pipeline};
use super::transport::BoxFuture;

mod file;
mod gate;
mod idle;
mod path;
#[cfg_attr(not(all(target_os = "linux", not(portable))), path = "pipeless.rs")]
mod pipe;
pub(in crate::net) mod pool;
mod reader;
mod sink;
mod source;

pub(super) use file::GrowingFile;
pub use gate::{Gate, Gates};
pub(super) use idle::{Activity, Watch};
pub(super) use path::is_refusal;
pub use path::{DataPath, PathNote};
pub(super) use pipe::Pipe;
pub(super) use reader::Reader;
pub use sink::Sink;
pub use source::Source;
pub(super) use source::message_kind;

/// Counts of one conversation and the paths of its bytes, from our side; shared and updated as bytes move.
#[derive(Debug, Default)]
pub struct Counters {
    /// Bytes received from the peer.
    pub received: AtomicU64,
    /// Bytes sent to the peer.
    pub sent: AtomicU64,
    /// Datagrams or messages received.
    pub datagrams_received: AtomicU64,
    /// Datagrams or messages sent.
    pub datagrams_sent: AtomicU64,
    /// Datagrams lost on our side, because a queue was full or they were too long.
    pub datagrams_lost: AtomicU64,
    /// Bytes from the peer that one or another target missed, being slow.
    pub missed: AtomicU64,
    /// How what comes from the peer moves.
    pub path_up: PathNote,
    /// How what goes to the peer moves.
    pub path_down: PathNote,
}

/// What happens in a flow, told as it happens.
#[derive(Debug, Clone)]
pub enum Happening {
    /// These bytes came from the peer. Told only while [`Observer::watches`].
    Received(Bytes),
    /// These bytes went to the peer. Told only while [`Observer::watches`].
    Sent(Bytes),
    /// A stage shows these bytes (`print`, `dump`), to be escaped by whoever displays them.
    Shown(Bytes),
    /// The peer finished sending.
    PeerFinished,
    /// A relay's target could not be reached, or died; it is left out from here on. A datagram target that
    /// refuses is told once and goes on being tried, since it may come back. In words.
    TargetLost {
        /// The target as written.
        target: String,
        /// Why: `connection refused`.
        reason: String,
    },
    /// A relay's target does not keep up and begins to miss what comes. Told once in a conversation.
    TargetBehind {
        /// The target as written.
        target: String,
    },
    /// So much a relay's target has missed in the conversation that ends.
    TargetMissed {
        /// The target as written.
        target: String,
        /// How many bytes.
        bytes: u64,
    },
    /// A relay's target was reached.
    TargetReached {
        /// Our end of the connection to it.
        local: Endpoint,
        /// The target as written.
        target: String,
        /// Its address.
        endpoint: Endpoint,
    },
    /// A program that a handler ran has ended; `None` when a signal ended it.
    ProgramEnded(Option<i32>),
}

/// Whoever is told what happens in a flow.
pub trait Observer: Send + Sync {
    /// Something happened. Must not block.
    fn notice(&self, happening: Happening);

    /// Whether somebody wants to see the bytes themselves.
    fn watches(&self) -> bool;
}

/// Everything a flow needs to know of the conversation it serves.
#[derive(Clone)]
pub struct Conversation {
    /// The accepted connection.
    pub connection: Connection,
    /// Its counters.
    pub counters: Arc<Counters>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
    /// Ends the conversation when nothing moved in either direction for so long.
    pub idle: Option<Duration>,
    /// What holds its bytes back when it is told to.
    pub gates: Arc<Gates>,
}

/// How long a datagram peer may be silent before its conversation counts as over, where no limit is set: the
/// transport itself never says so.
pub const DATAGRAM_IDLE: Duration = Duration::from_mins(1);

/// Serves one connection with a pipeline until it ends. `Ok` is an orderly end (for a datagram peer without an idle
/// limit also [`DATAGRAM_IDLE`] of silence); an idle limit is `ErrorKind::TimedOut`, a reset
/// `ErrorKind::ConnectionReset`.
///
/// The handler takes the conversation over at once, before the future is polled: who is told of a connection to a
/// `chat` can speak to it.
pub fn serve(conversation: Conversation, pipeline: &Pipeline) -> BoxFuture<'static, io::Result<()>> {
    let watch = Watch::of(&conversation);
    let chain = pipeline.chain(conversation.connection.framing());
    conversation.counters.path_up.set(DataPath::Served);
    conversation.counters.path_down.set(DataPath::Served);
    let (source, sink) = halves(conversation, &watch, chain);
    watch.over(pipeline.handler().serve(source, sink))
}

/// The two directions of a conversation: what comes, through `chain`, and what goes.
pub(super) fn halves(conversation: Conversation, watch: &Watch, chain: Chain) -> (Source, Sink) {
    let source = Source::new(conversation.clone(), watch.activity(), chain);
    (source, Sink::new(conversation, watch.activity()))
}
