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
use super::limits::{Limits, Looked};
use super::pace::Pace;
use super::site::Site;
use super::wire::Wire;
use crate::net::flow::{self, Counters};
use crate::net::socket::Received;
use crate::net::{Connection, Fact};

/// The longest head of a request, in bytes. Over HTTP/1.1 it has at most 100 fields, which is hyper's own bound: any
/// other takes memory from the heap for every request.
const HEAD: usize = 32 * 1024;
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
    let mut wire = Wire::new(visit.clone(), Arc::clone(&limits), Lane::of(&connection));
    let outcome = loop {
        match tokio::time::timeout_at(limits.rests_until(), wire.wakes()).await {
            Err(_) | Ok(Ok(false)) => break Ok(()),
            Ok(Err(error)) => break Err(error),
            Ok(Ok(true)) => limits.look(),
        }
        match Box::pin(talk(wire, &visit, &site, &limits)).await {
            Ok(Some(rests)) => wire = rests,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    if outcome.is_ok() || is_refusal(&outcome) {
        part(&connection).await;
    }
    outcome
}

/// Answers requests until the connection ends, or rests: then hyper's buffers are gone and the wire is left.
async fn talk(mut wire: Wire, visit: &Visit, site: &Arc<Site>, limits: &Arc<Limits>) -> io::Result<Option<Wire>> {
    let agreed = Fact::find(visit.connection.facts(), "alpn").is_some_and(|alpn| alpn.value == "h2");
    let framed = agreed
        || tokio::select! {
            begins = wire.begins_framed() => begins?,
            looked = limits.looked() => return end(looked, &visit.connection).await,
        };
    let lane = wire.lane().filter(|_| !framed).cloned();
    let pace = site.throttle.map(Pace::new);
    let (site, limits) = (Arc::clone(site), Arc::clone(limits));
    let desk = Arc::new(Desk { pace, site, limits: Arc::clone(&limits), visit: visit.clone(), lane });
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let desk = Arc::clone(&desk);
        let request = request.map(Content::Coming);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    if framed {
        limits.is_framed();
        return tokio::select! {
            outcome = by_frames().serve_connection(wire, service) => over(outcome),
            looked = limits.looked() => end(looked, &visit.connection).await,
        };
    }
    let mut talking = by_lines().serve_connection(wire, service);
    tokio::select! {
        biased;
        outcome = &mut talking => over(outcome),
        looked = limits.looked() => match looked {
            Looked::Rests => {
                let parts = talking.into_parts();
                Ok(Some(parts.io.with_rest(&parts.read_buf)))
            }
            looked => end(looked, &visit.connection).await,
        },
    }
}

/// HTTP/2 as we speak it.
fn by_frames() -> http2::Builder<Spawn> {
    let mut builder = http2::Builder::new(Spawn);
    builder.max_concurrent_streams(STREAMS).max_send_buf_size(BUFFER);
    builder.max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX));
    builder
}

/// HTTP/1.1 as we speak it.
fn by_lines() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.half_close(true).title_case_headers(true).max_buf_size(BUFFER).max_header_size(HEAD);
    builder
}

fn over(outcome: Result<(), hyper::Error>) -> io::Result<Option<Wire>> {
    outcome.map(|()| None).map_err(|error| explain(&error))
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
async fn end(looked: Looked, connection: &Connection) -> io::Result<Option<Wire>> {
    match looked {
        Looked::Rests | Looked::Rested => Ok(None),
        Looked::Unheard => {
            let answer = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            // Whoever does not take it either has waited long enough.
            let _ = tokio::time::timeout(PARTING.0, connection.send(answer)).await;
            Err(refusal("took too long to send a request"))
        }
        Looked::Stalled => Err(io::Error::other("does not take its answer")),
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
