//! Routes: requests that blocks of the script answer, `on request GET /api/:id { reply … }`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use super::evaluator::{Evaluator, Flow};
use super::exchange::{Exchange, Kind};
use super::handlers::{HandlerSet, variable};
use super::ledger::Ledger;
use super::lock;
use super::scope::Scope;
use super::session::Session;
use super::shared::Shared;
use super::value::Value;
use crate::language::ast::{Block, Handler, Term};
use crate::language::pattern::{self, Part};
use crate::language::signature::{Arity, Effect, Parameter, Shape, Signature};
use crate::language::vocabulary::EventEntry;
use crate::net::http::{Body, Content, Disturbance, Head, Missing, Request, Responder, Visit, decoded, error_page};
use crate::net::transport::BoxFuture;

/// The methods of requests.
pub(super) const METHODS: Shape = Shape::Choice(&[
    &[Shape::Keyword("GET")],
    &[Shape::Keyword("HEAD")],
    &[Shape::Keyword("POST")],
    &[Shape::Keyword("PUT")],
    &[Shape::Keyword("PATCH")],
    &[Shape::Keyword("DELETE")],
    &[Shape::Keyword("OPTIONS")],
]);

/// `on request`
pub(super) const EVENT: EventEntry = EventEntry {
    signature: Signature {
        name: "request",
        summary: "a request came; the first that replies answers it, then the files",
        parameters: &[
            Parameter {
                name: "METHOD",
                shape: METHODS,
                arity: Arity::Optional,
                summary: "which method; any when left out",
            },
            Parameter {
                name: "PATH",
                shape: Shape::Pattern,
                arity: Arity::Optional,
                summary: "which path: `/api/:id`, `/files/*rest`; any when left out",
            },
        ],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    commands: &["serve"],
    variables: &[
        variable("method", "its method"),
        variable("path", "its path, without the query"),
        variable("query", "what stands behind `?`"),
        variable("body", "its content"),
        variable("header", "its fields: $header.accept, $header.content_type"),
    ],
};

/// The routes of one server, and who keeps what came.
pub(super) struct Routes {
    shared: Arc<Shared>,
    set: Option<HandlerSet>,
    ledger: Arc<Ledger>,
}

/// The answer that a block gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    /// The status (RFC 9110, 15).
    pub status: StatusCode,
    /// The content.
    pub content: Bytes,
    /// The media type of the content.
    pub media: Option<HeaderValue>,
    /// Further fields.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How late it is.
    pub delay: Duration,
    /// Bytes of content a second.
    pub drip: Option<u64>,
    /// After how many bytes of content it breaks off.
    pub cut: Option<u64>,
    /// How long it says that it is.
    pub length: Option<u64>,
    /// Whether the connection is reset where it breaks off, at once if nothing says where.
    pub reset: bool,
}

/// Where a block leaves its answer.
#[derive(Debug, Default)]
pub(super) struct Answering(Mutex<Option<Reply>>);

impl Answering {
    /// Leaves an answer.
    pub(super) fn set(&self, reply: Reply) {
        *lock(&self.0) = Some(reply);
    }
}

/// A request as blocks see it.
struct Asked<'r> {
    head: &'r Parts,
    /// The parts of its path with their escapes resolved.
    parts: Vec<Vec<u8>>,
    whole: Arc<Head>,
    content: Bytes,
}

impl Routes {
    /// The routes of a server whose requests `ledger` keeps.
    pub(super) fn new(shared: &Arc<Shared>, set: Option<HandlerSet>, ledger: Arc<Ledger>) -> Self {
        Self { shared: Arc::clone(shared), set, ledger }
    }

    /// The handlers that answer a request, with the variables that they take from its path.
    fn matching<'s>(&'s self, method: &str, parts: &[Vec<u8>]) -> Vec<(&'s Block, Vec<(String, Value)>)> {
        let all = self.set.iter().flat_map(|set| set.handlers.iter());
        all.filter_map(|handler| Some((&handler.body, fits(handler, method, parts)?))).collect()
    }

    async fn answer(&self, request: Request, visit: &Visit) -> Result<Response<Body>, Request> {
        let (head, content) = request.into_parts();
        let Some(parts) = decoded_parts(head.uri.path()) else { return Err(Request::from_parts(head, content)) };
        let session = lock(&self.shared.table).by_id(visit.id).cloned();
        let Some(session) = session else { return Err(Request::from_parts(head, content)) };
        let matching = self.matching(head.method.as_str(), &parts);
        let most = lock(&self.shared.settings).buffer;
        let content = match content.read(most).await {
            Ok(content) => content,
            Err(missing) if !matching.is_empty() => return Ok(error_page(status(missing), &head.headers)),
            Err(_) => Bytes::new(),
        };
        let asked = Asked { whole: Arc::new(whole(&head)), head: &head, parts, content: content.clone() };
        self.ledger.add(asked.exchange());
        for (block, captures) in matching {
            match self.run(&asked, block, captures, &session).await {
                Ok(Some(reply)) => return Ok(reply.respond(visit).await),
                Ok(None) => {}
                Err(()) => return Ok(error_page(StatusCode::INTERNAL_SERVER_ERROR, &head.headers)),
            }
        }
        Err(Request::from_parts(head, Content::Here(content)))
    }

    /// Runs a block; what it replies, if it does. `Err` when it failed.
    async fn run(
        &self,
        asked: &Asked<'_>,
        block: &Block,
        captures: Vec<(String, Value)>,
        session: &Arc<Session>,
    ) -> Result<Option<Reply>, ()> {
        let Some(set) = &self.set else { return Ok(None) };
        let scope = Scope::within(&set.scope);
        if let Some(peer) = &session.opening.peer {
            scope.set("peer", Value::Endpoint(peer.clone()));
        }
        scope.set("session", Value::Session(Arc::clone(&session.tag)));
        let exchange = asked.exchange();
        for entry in EVENT.variables {
            scope.set(entry.name, exchange.field(entry.name).unwrap_or(Value::Nothing));
        }
        for (name, value) in captures {
            scope.set(name, value);
        }
        let answering = Arc::new(Answering::default());
        let mut evaluator = Evaluator::for_request(&self.shared, scope, &set.source, session, &answering);
        match evaluator.block(block).await {
            Ok(Flow::Exit(code)) => {
                self.shared.exit.send_replace(Some(code));
                Ok(None)
            }
            Ok(_) => Ok(lock(&answering.0).take()),
            Err(fault) => {
                self.shared.fail(Some(session), fault);
                Err(())
            }
        }
    }
}

impl Responder for Routes {
    fn respond<'a>(&'a self, request: Request, visit: &'a Visit) -> BoxFuture<'a, Result<Response<Body>, Request>> {
        Box::pin(self.answer(request, visit))
    }
}

impl Asked<'_> {
    fn exchange(&self) -> Exchange {
        let path = self.parts.iter().flat_map(|part| [b"/", &part[..]]).collect::<Vec<_>>().concat();
        let kind = Kind::Request {
            method: self.head.method.to_string(),
            path: path.into(),
            parts: self.parts.clone(),
            query: self.head.uri.query().unwrap_or_default().to_owned(),
            content: self.content.clone(),
        };
        Exchange { head: Arc::clone(&self.whole), kind }
    }
}

impl Reply {
    async fn respond(self, visit: &Visit) -> Response<Body> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let mut body = Body::of(self.content);
        if self.reset || self.drip.or(self.cut).or(self.length).is_some() {
            let reset = self.reset.then(|| Arc::clone(&visit.connection));
            body = body.disturbed(Disturbance { drip: self.drip, cut: self.cut, length: self.length, reset });
        }
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Some(media) = self.media {
            response.headers_mut().insert(CONTENT_TYPE, media);
        }
        for (name, _) in &self.headers {
            response.headers_mut().remove(name);
        }
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

fn status(missing: Missing) -> StatusCode {
    match missing {
        Missing::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        Missing::Late => StatusCode::REQUEST_TIMEOUT,
    }
}

/// The head as expectations and blocks see it.
fn whole(head: &Parts) -> Head {
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut whole = Head::new(format!("{} {target} {:?}", head.method, head.version), &head.headers);
    if let Some(authority) = head.uri.authority().filter(|_| whole.field("host").is_none()) {
        whole.fields.insert(0, ("host".to_owned(), authority.to_string().into()));
    }
    whole
}

/// The parts of a path with their escapes resolved; `None` when it has a wrong one.
fn decoded_parts(path: &str) -> Option<Vec<Vec<u8>>> {
    path.split('/').skip(1).map(decoded).collect()
}

/// What a handler takes out of the path, if it is one for such a request.
fn fits(handler: &Handler, method: &str, parts: &[Vec<u8>]) -> Option<Vec<(String, Value)>> {
    let mut captures = Vec::new();
    for argument in &handler.arguments {
        match &argument.term.node {
            Term::Sequence(words) => match words.first().map(|word| &word.node) {
                Some(Term::Word(word)) if is_method(word, method) => {}
                _ => return None,
            },
            Term::Template(pattern) => captures = path_fits(pattern.literal()?, parts)?,
            _ => return None,
        }
    }
    Some(captures)
}

/// Whether a handler of `wanted` answers requests of `method`. `HEAD` asks for what `GET` would get (RFC 9110, 9.3.2).
fn is_method(wanted: &str, method: &str) -> bool {
    wanted == method || (wanted == "GET" && method == "HEAD")
}

/// The variables of a pattern when a path is one of its paths.
pub(super) fn path_fits(pattern: &str, parts: &[Vec<u8>]) -> Option<Vec<(String, Value)>> {
    let mut captures = Vec::new();
    let mut rest = parts;
    for part in pattern::parts(pattern) {
        if let Part::Rest(name) = part {
            rest.first()?;
            if !name.is_empty() {
                captures.push((name.to_owned(), Value::Bytes(rest.join(&b'/').into())));
            }
            return Some(captures);
        }
        let (first, others) = rest.split_first()?;
        match part {
            Part::Name(name) if !first.is_empty() => {
                captures.push((name.to_owned(), Value::Bytes(first.clone().into())));
            }
            Part::Text(text) if text.as_bytes() == first => {}
            _ => return None,
        }
        rest = others;
    }
    rest.is_empty().then_some(captures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(pattern: &str, path: &str) -> Option<String> {
        let captures = path_fits(pattern, &decoded_parts(path)?)?;
        let all = captures.into_iter().map(|(name, value)| format!("{name}={}", value.to_text()));
        Some(all.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn paths_of_patterns() {
        for (pattern, path, expected) in [
            ("/", "/", Some("")),
            ("/", "/a", None),
            ("/a", "/a/", None),
            ("/a/", "/a/", Some("")),
            ("/a/:id", "/a/1", Some("id=1")),
            ("/a/:id", "/a/", None),
            ("/a/:id", "/a/1/2", None),
            ("/a/:id", "/a/x%20y%2fz", Some("id=x y/z")),
            ("/a/:id", "/a/%zz", None),
            ("/*rest", "/", Some("rest=")),
            ("/a/*rest", "/a/b/c", Some("rest=b/c")),
            ("/a/*", "/a", None),
            ("/:a/:b", "/1/2", Some("a=1 b=2")),
            ("/caf\u{e9}", "/caf%C3%A9", Some("")),
        ] {
            assert_eq!(taken(pattern, path).as_deref(), expected, "{pattern} {path}");
        }
    }
}
