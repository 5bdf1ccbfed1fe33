//! The relay: one connection in, one or several targets out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::address::Place;
use super::flow::{Activity, Conversation, Gates, Observer, Sink, Source, Watch, halves};
use super::proxy;
use super::stage::Pipeline;
use super::transport::{ConnectOptions, Transport};

mod down;
mod exchange;
mod fan;
mod outlet;
mod slack;
mod staged;
mod traffic;
mod up;

use exchange::{Outcome, exchange};
use outlet::Outlets;
pub use traffic::{TargetState, Traffic};

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
    /// What has moved.
    pub traffic: Arc<Traffic>,
}

impl Target {
    /// A target to which nothing has gone yet.
    pub fn new(name: impl Into<String>, place: TargetPlace) -> Self {
        Self { name: name.into(), place, traffic: Arc::default() }
    }
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

/// What becomes of one of several targets that does not take what comes as fast as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Slow {
    /// The others wait for it: the slowest sets the pace.
    #[default]
    Wait,
    /// The fastest sets the pace; who is 1 MiB behind it misses whole pieces.
    Drop,
    /// The fastest sets the pace; who stays 1 MiB behind it for a second is lost.
    Close,
}

/// A relay as it was asked for; shared by all its connections.
pub struct Plan {
    /// What transforms the bytes on their way to the targets or back; an empty pipeline leaves them alone.
    pub pipeline: Arc<Pipeline>,
    /// Where they go, in the order written.
    pub targets: Vec<Target>,
    /// How they are spread.
    pub mode: Mode,
    /// Whose replies return.
    pub replies: Replies,
    /// What becomes of those that do not keep up.
    pub slow: Slow,
    /// Whether every target must be reached and stay.
    pub required: bool,
    /// How targets are connected to.
    pub connect: ConnectOptions,
    /// How often a target that cannot be reached is tried again, and how long after.
    pub retry: (u64, Duration),
    /// The header that tells stream targets who the client is, if they want one.
    pub proxy: Option<proxy::Version>,
    /// Which target is next in [`Mode::RoundRobin`].
    pub turn: std::sync::atomic::AtomicUsize,
}

/// Relays one connection until both directions have ended. Half-close travels end to end; a reset stays a reset.
///
/// Each stage applies on the way to the targets, back from each of them, or both, as it was asked for. With several targets the slowest sets the pace: the next piece is
/// read when all have taken this one. A client without any target left gets `ErrorKind::NotConnected`, or
/// `ErrorKind::ConnectionReset` and a reset where its only target sent one. Idle limits are those of
/// [`serve`](super::flow::serve).
pub async fn relay(conversation: Conversation, plan: Arc<Plan>) -> io::Result<()> {
    if plan.pipeline.ends() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a stage of the relay ends the flow"));
    }
    let watch = Watch::of(&conversation);
    let chain = plan.pipeline.chain(conversation.connection.framing());
    let observer = Arc::clone(&conversation.observer);
    let header = plan.proxy.map(|version| {
        let connection = &conversation.connection;
        proxy::header(version, &connection.peer(), &connection.destination())
    });
    let gates = Arc::clone(&conversation.gates);
    let (source, sink) = halves(conversation, &watch, chain);
    watch.guard(run(source, sink, &*observer, watch.activity(), (&plan, header, &gates))).await
}

/// Resets the targets when the relay ends because an order resets it.
struct ResetByOrder<'a>(&'a Outlets<'a>, &'a Gates);

impl Drop for ResetByOrder<'_> {
    fn drop(&mut self) {
        if self.1.resets() {
            self.0.reset();
        }
    }
}

async fn run(
    source: Source,
    sink: Sink,
    observer: &dyn Observer,
    activity: Option<Arc<Activity>>,
    (plan, header, gates): (&Plan, Option<Vec<u8>>, &Gates),
) -> io::Result<()> {
    let outlets = Outlets::open(plan, observer, activity).await;
    let _reset = ResetByOrder(&outlets, gates);
    if let Some(header) = header {
        outlets.greet(&header).await;
    }
    if outlets.is_over() {
        return Err(no_target());
    }
    match exchange(source, &sink, &outlets, plan).await {
        Outcome::Done => Ok(()),
        Outcome::Client(error) => {
            outlets.reset();
            Err(error)
        }
        Outcome::NoTarget => {
            outlets.reset();
            if outlets.was_only_one_and_reset() {
                sink.reset();
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Err(no_target())
        }
    }
}

fn no_target() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "no target is left")
}
