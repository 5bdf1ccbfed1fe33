//! The bench: a load of requests to a peer that echoes, and what came of it.
//!
//! A closed loop sends the next request of a connection when the last one is answered. An open loop has a timetable:
//! what cannot leave on time leaves late, and its latency counts from when it should have left, so that a peer that
//! stalls cannot hide how many requests it held up (coordinated omission).

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::address::Place;
use super::clock;
use super::error::NetError;
use super::socket::Connection;
use super::transport::{ConnectOptions, Transport};

mod latencies;
mod payload;
mod tally;
mod timetable;
mod worker;

pub use latencies::{Bucket, Latencies};

use payload::Payload;
use tally::Tally;
use timetable::Timetable;
use worker::Worker;

/// How long an answer may take after the load has ended; for datagrams, how long each may take at all.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How many connects are under way at the same time.
const WAVE: usize = 256;

/// A load as it was asked for.
pub struct Load {
    /// What carries it.
    pub transport: &'static dyn Transport,
    /// Where it goes.
    pub place: Place,
    /// How its connections are made.
    pub connect: ConnectOptions,
    /// How many connections share it.
    pub connections: usize,
    /// Bytes of each request, at least one.
    pub size: usize,
    /// How long requests are sent.
    pub time: Duration,
    /// Requests a second of all connections together, at least one, for an open loop; `None` is a closed loop.
    pub rate: Option<u64>,
}

/// What came of a load. Each request that was sent is answered, wrong, broken or lost.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Requests sent.
    pub sent: u64,
    /// Those that came back as they were.
    pub answered: u64,
    /// Those that came back as something else.
    pub wrong: u64,
    /// Those whose connection ended or failed; it sends no more.
    pub broken: u64,
    /// Those without an answer: datagrams within [`PATIENCE`], others within that after the end.
    pub lost: u64,
    /// Those of an open loop that were due but could not be sent, since earlier ones were not answered.
    pub unsent: u64,
    /// How long the load lasted: to its end, or to the last answer if that came later.
    pub took: Duration,
    /// Why the first broken connection broke, in words.
    pub reason: Option<String>,
    /// How long the answers took.
    pub latencies: Latencies,
}

impl Outcome {
    /// Answered requests in a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    pub fn rate(&self) -> f64 {
        let seconds = self.took.as_secs_f64();
        if seconds > 0.0 { self.answered as f64 / seconds } else { 0.0 }
    }
}

/// Opens the connections of a load, then sends it. Fails when a connection cannot be made; what happens later is in the
/// outcome. Dropping the future ends everything.
pub async fn run(load: Load) -> Result<Outcome, NetError> {
    let connections = connect(&load).await?;
    let tally = Arc::new(Tally::default());
    let payload = Arc::new(Payload::new(load.size));
    let worker = |(index, connection)| Worker::new(connection, index, Arc::clone(&payload), Arc::clone(&tally));
    let ready: Vec<Worker> = connections.into_iter().enumerate().map(worker).collect();
    // All is ready: what it took to prepare counts for nothing.
    let timetable = Timetable::new(clock::now(), &load);
    let mut workers = JoinSet::new();
    for worker in ready {
        workers.spawn(worker.run(timetable));
    }
    let all = async { while workers.join_next().await.is_some() {} };
    // Whoever is still waiting then has lost a request, which the tally knows.
    let _ = tokio::time::timeout_at(timetable.end + PATIENCE, all).await;
    drop(workers);
    Ok(tally.outcome(&timetable, clock::now()))
}

async fn connect(load: &Load) -> Result<Vec<Connection>, NetError> {
    let mut connections = Vec::with_capacity(load.connections);
    while connections.len() < load.connections {
        let mut wave = JoinSet::new();
        for _ in 0..WAVE.min(load.connections - connections.len()) {
            wave.spawn(load.transport.connect(load.place.clone(), load.connect.clone()));
        }
        while let Some(joined) = wave.join_next().await {
            connections.push(joined.expect("nobody aborts a connect that is waited for")?);
        }
    }
    Ok(connections)
}
