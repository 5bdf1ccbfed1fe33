//! HTTP: one share of a load whose peer answers requests over HTTP/1.1 (RFC 9112).

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, CONNECTION, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};

use super::super::error::{NetError, describe};
use super::super::socket::Connection;
use super::super::url::Url;
use super::Load;
use super::tally::Tally;
use super::wire::Wire;
use super::worker::{Answer, Exchange};

/// The most of an answer that is held at once; its head has to fit.
const MOST_HELD: usize = 64 * 1024;

/// A request as each of a load is sent.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    request: Request<Full<Bytes>>,
    keeps: bool,
}

impl HttpRequest {
    /// `GET` of a URL. With `keeps` a connection carries request after request, otherwise each has its own.
    pub fn new(url: &Url, keeps: bool) -> Result<Self, String> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = url.target.parse::<Uri>().map_err(|error| error.to_string())?;
        let host = HeaderValue::from_str(&url.authority()).map_err(|_| "the host is no ASCII".to_owned())?;
        let headers = request.headers_mut();
        headers.insert(HOST, host);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("nsh/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if !keeps {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(Self { request, keeps })
    }

    /// Whether a connection carries more than one request.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// Sets the method, as written.
    pub fn set_method(&mut self, method: &str) -> Result<(), String> {
        let found = Method::from_bytes(method.as_bytes()).ok().filter(|method| *method != Method::CONNECT);
        *self.request.method_mut() = found.ok_or_else(|| format!("`{method}` is no method to measure"))?;
        Ok(())
    }

    /// Adds a field such as `Accept: text/html` to the head, in place of ours of that name.
    pub fn add_header(&mut self, field: &[u8], seen: &mut Vec<HeaderName>) -> Result<(), String> {
        let colon = field.iter().position(|byte| *byte == b':').ok_or("expected `NAME: VALUE`")?;
        let name = HeaderName::from_bytes(&field[..colon]).map_err(|_| "expected a header's name before the `:`")?;
        let value = HeaderValue::from_bytes(field[colon + 1..].trim_ascii());
        let value = value.map_err(|_| "a header's value has no line ends and no control characters")?;
        let headers = self.request.headers_mut();
        if seen.contains(&name) {
            headers.append(name, value);
        } else {
            headers.insert(&name, value);
            seen.push(name);
        }
        Ok(())
    }

    /// Sets the body.
    pub fn set_body(&mut self, body: Bytes) {
        *self.request.body_mut() = Full::new(body);
    }
}

/// One share of a load: a connection at a time.
pub(super) struct Client {
    load: Arc<Load>,
    request: Arc<HttpRequest>,
    tally: Arc<Tally>,
    /// A connection that was made beforehand.
    ready: Option<Connection>,
    link: Option<Link>,
}

/// A connection that speaks HTTP.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// What moves its bytes; none when it is over.
    driver: Option<http1::Connection<Wire, Full<Bytes>>>,
}

impl Client {
    /// A share that begins with a connection which is `ready`, if there is one.
    pub(super) fn new(
        load: Arc<Load>,
        request: Arc<HttpRequest>,
        ready: Option<Connection>,
        tally: Arc<Tally>,
    ) -> Self {
        Self { load, request, tally, ready, link: None }
    }

    /// The connection as it is, or a new one when the peer has ended it.
    async fn link(&mut self) -> Result<Link, String> {
        if let Some(mut link) = self.link.take()
            && link.is_ready().await
        {
            return Ok(link);
        }
        let connection = if let Some(connection) = self.ready.take() {
            connection
        } else {
            let connecting = self.load.transport.connect(self.load.place.clone(), self.load.connect.clone());
            connecting.await.map_err(|error| unreached(&error))?
        };
        let wire = Wire::new(connection, Arc::clone(&self.tally));
        let handshake = http1::Builder::new().max_buf_size(MOST_HELD).handshake(wire).await;
        let (sender, driver) = handshake.map_err(|error| reason(&error))?;
        Ok(Link { sender, driver: Some(driver) })
    }
}

impl Exchange for Client {
    const MENDS: bool = true;

    async fn exchange(&mut self, _: u64) -> Result<Answer, String> {
        let mut link = self.link().await?;
        let status = link.ask(self.request.request.clone()).await.map_err(|error| reason(&error))?;
        if self.request.keeps {
            self.link = Some(link);
        }
        Ok(Answer::Status(status))
    }
}

impl Link {
    /// Waits until it can carry a request; false when it never will.
    async fn is_ready(&mut self) -> bool {
        drive(&mut self.driver, self.sender.ready()).await.is_ok()
    }

    /// Sends a request and takes the whole answer; gives its status.
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<u16> {
        let answer = async {
            let mut answer = self.sender.send_request(request).await?;
            while let Some(frame) = answer.frame().await {
                frame?;
            }
            Ok(answer.status().as_u16())
        };
        drive(&mut self.driver, answer).await
    }
}

/// Does `work` while `driver` moves the bytes for it.
async fn drive<T>(driver: &mut Option<http1::Connection<Wire, Full<Bytes>>>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|cx| {
        // Once more afterwards: what the work has just asked for leaves at once.
        for _ in 0..2 {
            // Why it is over the work is told too.
            if let Some(moving) = driver
                && Pin::new(moving).poll(cx).is_ready()
            {
                *driver = None;
            }
            if let Poll::Ready(result) = work.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    })
    .await
}

/// Why no connection could be made, without the address, which is always the same.
fn unreached(error: &NetError) -> String {
    match error {
        NetError::Connect { attempts, .. } => {
            attempts.last().map_or_else(|| error.to_string(), |(_, error)| describe(error))
        }
        other => other.to_string(),
    }
}

/// Why there is no answer, in our words.
fn reason(error: &hyper::Error) -> String {
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match system {
        Some(system) if system.kind() != io::ErrorKind::UnexpectedEof => describe(system),
        _ if error.is_parse() => format!("no answer in HTTP/1: {error}"),
        _ if error.is_incomplete_message() || system.is_some() => "closed before the answer was complete".to_owned(),
        _ if error.is_closed() || error.is_canceled() => "ended or answered before the request was sent".to_owned(),
        _ => error.to_string(),
    }
}
