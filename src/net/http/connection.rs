//! Connections: one peer's requests over HTTP/1.1 or HTTP/2, whichever it begins with.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;

use super::answer::Desk;
use super::content::Content;
use super::entry::Entry;
use super::lane::Lane;
use super::limits::{Limits, Overdue};
use super::pace::Pace;
use super::site::Site;
use super::wire::Wire;
use crate::net::flow::{self, Counters};
use crate::net::socket::Received;
use crate::net::{Connection, Fact};

/// The longest head of a request, in bytes, and the most fields.
const HEAD: (usize, usize) = (32 * 1024, 128);
/// How much hyper holds of what comes, and of what goes.
const BUFFER: usize = 64 * 1024;
/// How many requests one connection of HTTP/2 may have open.
const STREAMS: u32 = 128;
/// How long, and how many bytes, a peer may go on sending after our last answer: closing with something unread would
/// reset the connection, and the answer might be lost (RFC 9112, 9.6).
const PARTING: (Duration, usize) = (Duration::from_secs(2), 1024 * 1024);

/// Whoever is told what happens on a connection of the server.
pub trait Observer: flow::Observer {
    /// A request was answered. Must not block.
    fn answered(&self, entry: Entry);
}

/// Everything that serving a connection needs to know of it.
#[derive(Clone)]
pub struct Visit {
    /// The accepted connection.
    pub connection: Connection,
    /// Its counters.
    pub counters: Arc<Counters>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
    /// The number by which whoever asks for it to be served knows it.
    pub id: u64,
    /// How long it may rest between requests; `None` for the usual time.
    pub idle: Option<Duration>,
}

/// Serves a site to one connection until it ends. A peer that sends what is no request, takes too long for one or does
/// not take its answer is an error.
pub async fn serve(visit: Visit, site: Arc<Site>) -> io::Result<()> {
    let connection = Arc::clone(&visit.connection);
    let limits = Arc::new(Limits::new(visit.idle));
    let outcome = tokio::select! {
        outcome = talk(visit, site, Arc::clone(&limits)) => outcome,
        overdue = limits.overdue() => end(overdue, &connection).await,
    };
    if outcome.is_ok() || is_refusal(&outcome) {
        part(&connection).await;
    }
    outcome
}

async fn talk(visit: Visit, site: Arc<Site>, limits: Arc<Limits>) -> io::Result<()> {
    let connection = Arc::clone(&visit.connection);
    let lane = Lane::of(&connection);
    let mut wire = Wire::new(visit.clone(), Arc::clone(&limits), lane.clone());
    let agreed = Fact::find(connection.facts(), "alpn").is_some_and(|alpn| alpn.value == "h2");
    let framed = agreed || wire.begins_framed().await?;
    let desk = Arc::new(Desk {
        pace: site.throttle.map(Pace::new),
        site,
        limits: Arc::clone(&limits),
        visit,
        lane: lane.filter(|_| !framed),
    });
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let desk = Arc::clone(&desk);
        let request = request.map(Content::Coming);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    if framed {
        limits.is_framed();
        let mut builder = http2::Builder::new(Spawn);
        builder.max_concurrent_streams(STREAMS).max_send_buf_size(BUFFER);
        builder.max_header_list_size(u32::try_from(HEAD.0).unwrap_or(u32::MAX));
        builder.serve_connection(wire, service).await.map_err(|error| explain(&error))
    } else {
        let mut builder = http1::Builder::new();
        builder.half_close(true).title_case_headers(true).max_buf_size(BUFFER);
        builder.max_header_size(HEAD.0).max_headers(HEAD.1);
        builder.serve_connection(wire, service).await.map_err(|error| explain(&error))
    }
}

/// Runs the requests of a connection of HTTP/2 beside each other.
#[derive(Clone, Copy)]
struct Spawn;

impl<F> Executor<F> for Spawn
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

/// Ends a connection that took too long.
async fn end(overdue: Overdue, connection: &Connection) -> io::Result<()> {
    match overdue {
        Overdue::Rest => Ok(()),
        Overdue::Head => {
            let answer = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            // Whoever does not take it either has waited long enough.
            let _ = tokio::time::timeout(PARTING.0, connection.send(answer)).await;
            Err(refusal("took too long to send a request"))
        }
        Overdue::Stall => Err(io::Error::other("does not take its answer")),
    }
}

/// Finishes sending and reads what the peer still sends, within limits.
async fn part(connection: &Connection) {
    if connection.finish().await.is_err() {
        return;
    }
    let rest = async {
        let mut read = 0;
        let mut buffer = BytesMut::new();
        while let Ok(Received::Data(count)) = connection.receive(&mut buffer).await {
            read += count;
            buffer.clear();
            if read > PARTING.1 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(PARTING.0, rest).await;
}

/// An error of the peer's that it was told of.
fn refusal(words: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, words.to_owned())
}

fn is_refusal(outcome: &io::Result<()>) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidData)
}

/// What an error of hyper's means for the connection.
fn explain(error: &hyper::Error) -> io::Error {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return io::Error::new(io.kind(), crate::net::error::describe(io));
        }
        source = cause.source();
    }
    if error.is_incomplete_message() {
        return io::Error::new(ErrorKind::UnexpectedEof, "ended within a request");
    }
    if error.is_parse() {
        return refusal(&format!("sent what is no request: {error}"));
    }
    io::Error::other(error.to_string())
}
