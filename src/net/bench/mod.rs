//! The bench: a load of requests to a peer that echoes or speaks HTTP, and what came of it.
//!
//! A closed loop sends the next request of a connection when the last one is answered. An open loop has a timetable:
//! what cannot leave on time leaves late, and its latency counts from when it should have left, so that a peer that
//! stalls cannot hide how many requests it held up (coordinated omission).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::address::Place;
use super::clock;
use super::error::NetError;
use super::http::client::HttpRequest;
use super::socket::Connection;
use super::transport::{ConnectOptions, Transport};

mod echo;
mod http;
mod latencies;
mod payload;
mod tally;
mod timetable;
mod worker;

pub use latencies::{Bucket, Latencies};

use echo::Echo;
use http::Client;
use payload::Payload;
use tally::Tally;
use timetable::Timetable;

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
    /// What is asked.
    pub ask: Ask,
    /// How long requests are sent.
    pub time: Duration,
    /// Requests a second of all connections together, at least one, for an open loop; `None` is a closed loop.
    pub rate: Option<u64>,
}

/// What a load asks its peer.
#[derive(Clone)]
pub enum Ask {
    /// To send back so many bytes, at least one.
    Echo(usize),
    /// To answer a request; the transport is one of streams.
    Http(Arc<HttpRequest>),
}

/// What came of a load. Each request that was sent is answered, wrong, broken or lost.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Requests sent.
    pub sent: u64,
    /// Those that came back as they were, or with a whole answer of whatever status.
    pub answered: u64,
    /// Those that came back as something else.
    pub wrong: u64,
    /// Those whose connection could not be made, ended or failed. An echoing one sends no more; HTTP goes on with a new
    /// one.
    pub broken: u64,
    /// Those without an answer: datagrams within [`PATIENCE`], others within that after the end.
    pub lost: u64,
    /// Those of an open loop that were due but could not be sent, since earlier ones were not answered.
    pub unsent: u64,
    /// How long the load lasted: to its end, or to the last answer if that came later.
    pub took: Duration,
    /// Why connections broke, in words, and how many for each reason.
    pub reasons: BTreeMap<String, u64>,
    /// How many answers of each class of status (RFC 9110, 15) there were, from `1xx` to `5xx`; the last are those
    /// outside of all classes.
    pub statuses: [u64; 6],
    /// Bytes received of answers, their heads included; counted for HTTP alone.
    pub received: u64,
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

    /// Bytes received in a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    pub fn bytes_rate(&self) -> f64 {
        let seconds = self.took.as_secs_f64();
        if seconds > 0.0 { self.received as f64 / seconds } else { 0.0 }
    }
}

/// Opens the connections of a load, then sends it. Fails when a connection cannot be made; what happens later is in the
/// outcome. Where each request has a connection of its own, one is opened to see that there is a peer. Dropping the
/// future ends everything.
pub async fn run(load: Load) -> Result<Outcome, NetError> {
    let ready = connect(&load).await?;
    let load = Arc::new(load);
    let tally = Arc::new(Tally::default());
    // All is ready: what it took to prepare counts for nothing.
    let timetable = Timetable::new(clock::now(), &load);
    let mut workers = JoinSet::new();
    match &load.ask {
        Ask::Echo(size) => {
            let payload = Arc::new(Payload::new(*size));
            for (index, connection) in (0..).zip(ready) {
                let echo = Echo::new(connection, index, Arc::clone(&payload));
                workers.spawn(worker::run(echo, index, timetable, Arc::clone(&tally)));
            }
        }
        Ask::Http(request) => {
            let mut ready = ready.into_iter();
            for index in 0..load.connections as u64 {
                let client = Client::new(Arc::clone(&load), Arc::clone(request), ready.next(), Arc::clone(&tally));
                workers.spawn(worker::run(client, index, timetable, Arc::clone(&tally)));
            }
        }
    }
    let all = async { while workers.join_next().await.is_some() {} };
    // Whoever is still waiting then has lost a request, which the tally knows.
    let _ = tokio::time::timeout_at(timetable.end + PATIENCE, all).await;
    drop(workers);
    Ok(tally.outcome(&timetable, clock::now()))
}

async fn connect(load: &Load) -> Result<Vec<Connection>, NetError> {
    let count = match &load.ask {
        Ask::Http(request) if !request.keeps() => 1,
        _ => load.connections,
    };
    let mut connections = Vec::with_capacity(count);
    while connections.len() < count {
        let mut wave = JoinSet::new();
        for _ in 0..WAVE.min(count - connections.len()) {
            wave.spawn(load.transport.connect(load.place.clone(), load.connect.clone()));
        }
        while let Some(joined) = wave.join_next().await {
            connections.push(joined.expect("nobody aborts a connect that is waited for")?);
        }
    }
    Ok(connections)
}
