//! Asking a server: one request on a connection of its own, and the answer to it.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use tokio::task::AbortHandle;

use super::head::Head;
use crate::net::address::Place;
use crate::net::clock;
use crate::net::error::{NetError, describe};
use crate::net::fact::Fact;
use crate::net::socket::Connection;
use crate::net::transport::{ConnectOptions, Transport};

mod content;
mod request;
mod wire;

pub use request::{HttpRequest, field_of};

use content::Content;
pub(in crate::net) use wire::Wire;

/// The most of an answer's head, in bytes, and the most fields in it.
const LARGEST_HEAD: (usize, usize) = (64 * 1024, 1000);

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// HTTP/1.1
    #[default]
    Http1,
    /// HTTP/2; in clear text by prior knowledge (RFC 9113, 3.3), otherwise agreed on by ALPN.
    Http2,
}

impl Version {
    /// As the first line of a message has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// Where a request goes, and how.
pub struct Way {
    /// What carries it.
    pub transport: &'static dyn Transport,
    /// Who is asked.
    pub place: Place,
    /// How the connection is made; with [`Version::Http2`] the option `alpn` has to offer `h2`.
    pub connect: ConnectOptions,
    /// The version it is asked in.
    pub version: Version,
}

/// An answer whose content is still to be received.
pub struct Answer {
    /// The status (RFC 9110, 15).
    pub status: u16,
    /// The head.
    pub head: Head,
    /// The content: a stream to receive from. Dropping it closes the connection.
    pub content: Connection,
    /// How long it took until the connection could be used: name, TCP and TLS.
    pub connected: Duration,
    /// How long it took from there until the head was there.
    pub answered: Duration,
}

/// Sends a request on a new connection and waits for the head of its answer. Interim answers (1xx) are passed over.
pub async fn ask(way: Way, request: &HttpRequest) -> Result<Answer, NetError> {
    let started = clock::now();
    let connection = way.transport.connect(way.place, way.connect).await?;
    let connected = clock::now();
    let peer = connection.peer();
    let failed = |error| NetError::Io { doing: format!("ask {peer}"), error };
    agree(&connection, way.version).map_err(failed)?;
    let asking = exchange(Arc::clone(&connection), request.of(way.version), way.version);
    let (answer, driver) = asking.await.map_err(|error| failed(reason(&error)))?;
    let (parts, body) = answer.into_parts();
    let status = parts.status;
    let words = parts.extensions.get::<hyper::ext::ReasonPhrase>().map(|phrase| phrase.as_bytes().to_vec());
    let words = words.map(|words| String::from_utf8_lossy(&words).into_owned());
    let words = words.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned());
    let line = format!("{} {} {words}", version_name(parts.version), status.as_u16());
    Ok(Answer {
        status: status.as_u16(),
        head: Head::new(line.trim_end(), &parts.headers),
        content: Arc::new(Content::new(body, connection, driver)),
        connected: connected.duration_since(started),
        answered: clock::now().duration_since(connected),
    })
}

/// Whether the connection speaks that version, as far as that was agreed on.
fn agree(connection: &Connection, version: Version) -> io::Result<()> {
    let agreed = Fact::find(connection.facts(), "alpn").map(|fact| fact.value.as_str());
    let is_encrypted = Fact::find(connection.facts(), "tls").is_some();
    if version == Version::Http2 && is_encrypted && agreed != Some("h2") {
        return Err(io::Error::new(ErrorKind::Unsupported, "the peer does not agree on HTTP/2"));
    }
    Ok(())
}

fn version_name(version: hyper::Version) -> &'static str {
    match version {
        hyper::Version::HTTP_10 => "HTTP/1.0",
        hyper::Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

async fn exchange(
    connection: Connection,
    request: hyper::Request<Full<Bytes>>,
    version: Version,
) -> hyper::Result<(Response<Incoming>, Driver)> {
    let wire = Wire::new(connection, |_| ());
    match version {
        Version::Http1 => {
            let (mut sender, connection) =
                http1::Builder::new().max_buf_size(LARGEST_HEAD.0).max_headers(LARGEST_HEAD.1).handshake(wire).await?;
            let driver = Driver::start(connection);
            let answer = sender.send_request(request).await?;
            Ok((answer, driver))
        }
        Version::Http2 => {
            let mut builder = http2::Builder::new(Spawn);
            builder.max_header_list_size(u32::try_from(LARGEST_HEAD.0).unwrap_or(u32::MAX));
            let (mut sender, connection) = builder.handshake(wire).await?;
            let driver = Driver::start(connection);
            let answer = sender.send_request(request).await?;
            Ok((answer, driver))
        }
    }
}

/// The task that moves the bytes of an exchange; it ends when this is dropped, and the connection with it.
struct Driver(AbortHandle);

impl Driver {
    fn start(work: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Self {
        // Why it is over, whoever waits for the answer is told, too.
        let task = tokio::spawn(async move {
            let _ = work.await;
        });
        Self(task.abort_handle())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs what a connection of HTTP/2 does beside its requests.
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

/// Why there is no answer, or no more of it, in our words.
pub(in crate::net) fn reason(error: &hyper::Error) -> io::Error {
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let words = match system {
        Some(system) if system.kind() != ErrorKind::UnexpectedEof => {
            return io::Error::new(system.kind(), describe(system));
        }
        _ if error.is_parse() => format!("no answer in HTTP/1: {error}"),
        _ if error.is_incomplete_message() || system.is_some() => "closed before the answer was complete".to_owned(),
        _ if error.is_closed() || error.is_canceled() => "ended or answered before the request was sent".to_owned(),
        _ => match error.source() {
            Some(source) => source.to_string(),
            None => error.to_string(),
        },
    };
    io::Error::other(words)
}
