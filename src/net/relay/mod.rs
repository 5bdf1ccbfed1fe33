//! The relay: one connection in, one or several targets out.

use std::io;
use std::sync::Arc;

use super::address::Place;
use super::flow::Conversation;
use super::stage::Pipeline;
use super::transport::{ConnectOptions, Transport};

/// Where a relay's bytes go.
#[derive(Clone)]
pub enum TargetPlace {
    /// To a peer.
    Peer(&'static dyn Transport, Place),
    /// Appended to a file.
    File(std::path::PathBuf),
}

/// A target of a relay.
#[derive(Clone)]
pub struct Target {
    /// As it was written, for messages.
    pub name: String,
    /// Where it is.
    pub place: TargetPlace,
}

/// How the bytes are spread over several targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everything goes to all.
    #[default]
    All,
    /// Each connection goes to the next one.
    RoundRobin,
    /// Each connection goes to the first that can be reached.
    Failover,
}

/// Whose replies return to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replies {
    /// Everybody's, as they come.
    #[default]
    All,
    /// Those of the first-named target.
    First,
    /// Nobody's.
    None,
}

/// A relay as it was asked for; shared by all its connections.
pub struct Plan {
    /// What transforms the bytes on their way to the targets; an empty pipeline leaves them alone.
    pub pipeline: Arc<Pipeline>,
    /// Where they go, in the order written.
    pub targets: Vec<Target>,
    /// How they are spread.
    pub mode: Mode,
    /// Whose replies return.
    pub replies: Replies,
    /// Whether every target must be reached and stay.
    pub required: bool,
    /// How targets are connected to.
    pub connect: ConnectOptions,
    /// Which target is next in [`Mode::RoundRobin`].
    pub turn: std::sync::atomic::AtomicUsize,
}

/// Relays one connection until both directions have ended. Half-close travels end to end; a reset stays a reset.
pub async fn relay(_conversation: Conversation, _plan: Arc<Plan>) -> io::Result<()> {
    todo!()
}
