//! Exchanges: the message of HTTP that `expect status`, `header`, `body` and the fields of a session are about.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::event::{SessionKind, What};
use super::expectation::Pattern;
use super::session::{Ending, Inbox, LineEnding, Opening, Session};
use super::shared::Shared;
use super::value::Value;
use crate::language::vocabulary::Entry;
use crate::net::http::Head;
use crate::net::http::client::Answer;
use crate::net::{Connection, Framing, Received, clock};

/// A message: the answer to a request of ours, or a request that came to us.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// Its head.
    pub head: Arc<Head>,
    /// What kind it is.
    pub kind: Kind,
}

/// What a message is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// An answer with this status; its content is in the session's inbox.
    Answer(u16),
    /// A request, with its content.
    Request {
        /// `GET`
        method: String,
        /// The path, its escapes resolved.
        path: Bytes,
        /// The parts of the path.
        parts: Vec<Vec<u8>>,
        /// What stands behind `?`.
        query: String,
        /// The content.
        content: Bytes,
    },
}

/// The fields of sessions that hold a message.
pub(super) const FIELDS: [Entry; 5] = [
    Entry { name: "method", summary: "the method of an HTTP request" },
    Entry { name: "query", summary: "what stands behind `?` in an HTTP request; `path` is its path" },
    Entry { name: "body", summary: "the content of an HTTP request" },
    Entry { name: "status", summary: "the status of an HTTP answer" },
    Entry { name: "header", summary: "the fields of an HTTP message: $http1.header.location, _ stands for -" },
];

impl Exchange {
    /// The field of a session whose message it is.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        match (name, &self.kind) {
            ("header", _) => Some(Value::Fields(Arc::clone(&self.head))),
            ("status", Kind::Answer(status)) => Some(Value::Integer(i64::from(*status))),
            ("method", Kind::Request { method, .. }) => Some(Value::text(method.clone())),
            ("path", Kind::Request { path, .. }) => Some(Value::Bytes(path.clone())),
            ("query", Kind::Request { query, .. }) => Some(Value::text(query.clone())),
            ("body", Kind::Request { content, .. }) => Some(Value::Bytes(content.clone())),
            _ => None,
        }
    }

    /// The content, where it is kept here and not in the session's inbox.
    pub(super) fn content(&self) -> Option<Bytes> {
        match &self.kind {
            Kind::Answer(_) => None,
            Kind::Request { content, .. } => Some(content.clone()),
        }
    }

    /// Whether the status is that number, or its three digits match; otherwise what there is, in words.
    pub(super) fn status(&self, wanted: &Value) -> Result<Vec<(String, Value)>, String> {
        let Kind::Answer(status) = &self.kind else { return Err("this is a request".to_owned()) };
        let found = match wanted {
            Value::Regex(_) => Pattern::of(wanted).is_in(status.to_string().as_bytes()),
            other => (other.integer() == Some(i64::from(*status))).then(Vec::new),
        };
        found.ok_or_else(|| format!("the answer is `{}`", self.head.line.escape_debug()))
    }

    /// The named groups when the header's field of that name is there and fits; otherwise what there is, in words.
    pub(super) fn header(&self, name: &str, pattern: Option<&Pattern>) -> Result<Vec<(String, Value)>, String> {
        let Some(value) = self.head.field(name) else {
            let names: Vec<&str> = self.head.fields.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("there is no `{name}`: there are {}", names.join(", ")));
        };
        let found = pattern.map_or_else(|| Some(Vec::new()), |pattern| pattern.matches(&value));
        found.ok_or_else(|| format!("`{name}` is \"{}\"", super::difference::visible(&value)))
    }
}

/// Opens the session of an answer: its content is received into the inbox. Without a name it gets a number.
pub(super) fn answered(shared: &Arc<Shared>, name: Option<String>, answer: Answer) -> Arc<Session> {
    let content = answer.content;
    let ends = Box::new((content.local(), content.peer()));
    let opening = Opening {
        protocol: "http",
        framing: Framing::Stream,
        at: vec![content.local()],
        peer: Some(content.peer()),
        facts: content.facts().into(),
        serves: Arc::default(),
        connection: None,
        inbox: Some(Box::new(Inbox::new(super::lock(&shared.settings).buffer))),
        line_ending: LineEnding::Lf,
        parent: None,
    };
    let session = shared.open(name, "http", SessionKind::Exchange, opening);
    let head = Arc::new(answer.head);
    session.set_exchange(Exchange { head: Arc::clone(&head), kind: Kind::Answer(answer.status) });
    session.note_finished();
    shared.emit(Some(&session), What::Head { outgoing: false, head, ends: Some(ends) });
    let before = answer.connected + answer.answered;
    let task = tokio::spawn(receive(Arc::clone(shared), Arc::clone(&session), content, before));
    session.owns(task.abort_handle());
    session
}

/// Receives the content until its end. `before` is how long the exchange has taken so far.
async fn receive(shared: Arc<Shared>, session: Arc<Session>, content: Connection, before: Duration) {
    let Some(inbox) = &session.opening.inbox else { return };
    let started = clock::now();
    let count = &session.counters.received;
    loop {
        let seen = |bytes: &[u8]| {
            count.fetch_add(bytes.len() as u64, std::sync::atomic::Ordering::Relaxed);
            if shared.wants_data() {
                shared.emit(Some(&session), What::Received(Bytes::copy_from_slice(bytes)));
            }
        };
        match inbox.fill(content.as_ref(), seen).await {
            Ok(Received::Data(_) | Received::Datagram(_)) => {}
            Ok(Received::End) => {
                let took = before + clock::now().duration_since(started);
                let line = session.exchange().map_or_else(String::new, |exchange| exchange.head.line.clone());
                let bytes = count.load(std::sync::atomic::Ordering::Relaxed);
                inbox.end(Ending::Orderly);
                shared.emit(Some(&session), What::Exchanged { line, bytes, took });
                session.end(Ending::Orderly);
                return super::lock(&shared.table).note_ended(&session);
            }
            Err(error) => return shared.end(&session, Ending::of(&error)),
        }
    }
}
