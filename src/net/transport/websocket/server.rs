//! The server's side of the handshake (RFC 6455, 4.2).

use std::sync::{Arc, Mutex, PoisonError};

use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, StatusCode};

use super::{
    BoxFuture, ByteStream, Common, Connection, Fact, Handshake, HandshakeError, NetError, Place, Settings, Shaken,
    WebSocket, facts, failure,
};
use crate::net::transport::layer::part;

/// A server, prepared.
pub(super) struct Server {
    rules: Arc<Rules>,
    common: Common,
}

/// Who is let in, and what is agreed on.
struct Rules {
    path: Option<String>,
    origins: Vec<String>,
    protocols: Vec<String>,
    headers: HeaderMap,
}

impl Server {
    pub(super) fn prepare(place: &Place, settings: &Settings) -> Result<Self, NetError> {
        let mut common = Common::of(settings)?;
        let written = match place {
            Place::Resource(_, _, target) => Some(target.clone()),
            _ => None,
        };
        let rules = Rules {
            path: settings.text("path").or(written),
            origins: settings.texts("origin").collect(),
            protocols: std::mem::take(&mut common.protocols),
            headers: std::mem::take(&mut common.headers),
        };
        Ok(Self { rules: Arc::new(rules), common })
    }
}

/// How much of a refused request is read so that the answer arrives.
const REST: usize = 64 * 1024;

impl Handshake for Server {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        let (rules, config, terms) = (Arc::clone(&self.rules), self.common.config, self.common.terms);
        Box::pin(async move {
            let asked = Arc::new(Mutex::new(Asked::default()));
            let told = Arc::clone(&asked);
            #[expect(clippy::result_large_err, reason = "the library's callback is of this form")]
            let callback = move |request: &Request, response| rules.answer(request, response, &told);
            let stream = ByteStream::new(Arc::clone(&below));
            let outcome = accept_hdr_async_with_config(stream, callback, Some(config)).await;
            let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
            match (outcome, asked.refusal) {
                (Ok(stream), _) => Ok(WebSocket::open(stream, below, asked.facts, terms)),
                (Err(_), Some(refusal)) => {
                    part(below, REST);
                    Err(HandshakeError::new(refusal))
                }
                (Err(error), None) => {
                    if let Some(answer) = failure::answer(&error) {
                        // Who does not take the answer is not worth waiting for.
                        let _ = below.send(answer.as_bytes()).await;
                    }
                    part(below, REST);
                    Err(failure::of_handshake(error))
                }
            }
        })
    }

    fn facts(&self) -> Vec<Fact> {
        self.rules.path.iter().map(|path| Fact::told("resource", path, path)).collect()
    }
}

/// What a client has asked for.
#[derive(Default)]
struct Asked {
    facts: Vec<Fact>,
    /// Why it was turned away.
    refusal: Option<String>,
}

impl Rules {
    #[expect(clippy::result_large_err, reason = "the library's callback is of this form")]
    fn answer(
        &self,
        request: &Request,
        mut response: Response,
        asked: &Mutex<Asked>,
    ) -> Result<Response, ErrorResponse> {
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = request.headers().get("origin");
        if let Some((status, reason)) = self.refusal(request, origin) {
            asked.refusal = Some(reason.clone());
            let mut refusal = ErrorResponse::new(Some(format!("{reason}\n")));
            *refusal.status_mut() = status;
            let length = refusal.body().as_ref().map_or(0, String::len);
            refusal.headers_mut().insert("content-length", length.into());
            refusal.headers_mut().insert("connection", HeaderValue::from_static("close"));
            return Err(refusal);
        }
        let protocol = self.protocol(request).and_then(|name| HeaderValue::from_str(name).ok());
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        asked.facts = facts(&path, protocol.as_ref(), origin);
        if let Some(protocol) = protocol {
            response.headers_mut().insert("sec-websocket-protocol", protocol);
        }
        response.headers_mut().extend(self.headers.clone());
        Ok(response)
    }

    /// Why a request is turned away: another path is asked for, or the site is not among those that may.
    fn refusal(&self, request: &Request, origin: Option<&HeaderValue>) -> Option<(StatusCode, String)> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        if let Some(path) = &self.path
            && target != path
            && request.uri().path() != path
        {
            return Some((StatusCode::NOT_FOUND, format!("nothing is served at {target}")));
        }
        let origin = origin.map(|origin| String::from_utf8_lossy(origin.as_bytes()));
        let is_allowed = |origin: &str| self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin));
        match origin {
            _ if self.origins.is_empty() => None,
            Some(origin) if is_allowed(&origin) => None,
            Some(origin) => Some((StatusCode::FORBIDDEN, format!("the origin {origin} may not connect"))),
            None => Some((StatusCode::FORBIDDEN, "who names no origin may not connect".to_owned())),
        }
    }

    /// The best of our subprotocols that the client offers.
    fn protocol(&self, request: &Request) -> Option<&String> {
        let offers = request.headers().get_all("sec-websocket-protocol");
        let offered: Vec<&str> =
            offers.iter().filter_map(|offer| offer.to_str().ok()).flat_map(|offer| offer.split(',')).collect();
        self.protocols.iter().find(|name| offered.iter().any(|offer| offer.trim() == *name))
    }
}
