//! Handlers written in the language: `on open`, `on line` and the rest, one conversation at a time.

use std::sync::Arc;

use bytes::Bytes;

use super::evaluator::{Evaluator, Flow};
use super::fault::Fault;
use super::scope::Scope;
use super::session::{Buffer, Ending, Session};
use super::shared::Shared;
use super::value::Value;
use crate::language::Source;
use crate::language::ast::{Block, Handlers};
use crate::language::signature::{Effect, Signature};
use crate::language::vocabulary::{Entry, EventEntry};

/// The `{ on … }` of one listener.
pub(super) struct HandlerSet {
    /// The handlers.
    pub handlers: Handlers,
    /// The source they stand in.
    pub source: Arc<Source>,
    /// The variables they see beside their own.
    pub scope: Arc<Scope>,
}

impl HandlerSet {
    fn find(&self, event: &str) -> Option<&Block> {
        self.handlers.iter().find(|handler| handler.event.node == event).map(|handler| &handler.body)
    }
}

/// The commands whose connections have those events.
const OF_LISTENERS: &[&str] = &["listen"];

const fn event(name: &'static str, summary: &'static str, variables: &'static [Entry]) -> EventEntry {
    let signature = Signature { name, summary, parameters: &[], options: &[], handlers: false, effect: Effect::None };
    EventEntry { signature, commands: OF_LISTENERS, variables }
}

pub(super) const fn variable(name: &'static str, summary: &'static str) -> Entry {
    Entry { name, summary }
}

/// The events that a handler block may answer.
pub(super) const EVENTS: &[EventEntry] = &[
    event("open", "a connection was accepted", &[]),
    event("line", "a line came", &[variable("line", "the line without its ending")]),
    event("data", "bytes came", &[variable("data", "the bytes as they came")]),
    event("datagram", "a datagram came", &[variable("datagram", "its bytes"), variable("data", "its bytes")]),
    event("close", "the conversation is over", &[]),
    event("error", "it broke, or a handler failed", &[variable("error", "what went wrong, in words")]),
    super::routes::EVENT,
];

/// The variables of every handler.
pub(super) const VARIABLES: &[Entry] =
    &[variable("peer", "the other end, with the fields host and port"), variable("session", "the connection itself")];

/// What woke a conversation.
enum Arrival {
    Line(Bytes),
    Data(Bytes),
    Datagram(Bytes),
    End,
}

/// Serves one accepted connection with `set` until it is over. Its variables live as long as it does.
pub(super) async fn serve(shared: Arc<Shared>, session: Arc<Session>, set: Arc<HandlerSet>) {
    let scope = Scope::within(&set.scope);
    if let Some(peer) = &session.opening.peer {
        scope.set("peer", Value::Endpoint(peer.clone()));
    }
    scope.set("session", Value::Session(Arc::clone(&session.tag)));
    let mut evaluator = Evaluator::for_connection(&shared, scope, &set.source, &session);
    if talk(&mut evaluator, &session, &set).await.is_err() {
        shared.end(&session, Ending::Orderly);
    }
    let broken = match session.ending() {
        Some(Ending::Failed(reason)) => Some(reason),
        Some(Ending::Reset) => Some("reset by the peer".to_owned()),
        _ => None,
    };
    if let Some(reason) = broken {
        evaluator.scope().set("error", Value::text(reason));
        let _ = answer(&mut evaluator, &session, &set, "error").await;
    }
    let _ = answer(&mut evaluator, &session, &set, "close").await;
    shared.end(&session, Ending::Orderly);
}

/// Answers what arrives until the end. `Err` when the conversation shall not go on.
async fn talk(evaluator: &mut Evaluator, session: &Arc<Session>, set: &HandlerSet) -> Result<(), ()> {
    answer(evaluator, session, set, "open").await?;
    let Some(inbox) = &session.opening.inbox else {
        return Ok(());
    };
    let lines = set.find("line").is_some();
    let (data, datagrams) = (set.find("data").is_some(), set.find("datagram").is_some());
    loop {
        let arrival = if lines || data || datagrams {
            inbox.until(|buffer| next(buffer, lines, inbox.limit())).await
        } else {
            // What nobody answers is taken all the same, so that the peer's end is seen.
            inbox.until(|buffer| next(buffer, false, inbox.limit())).await
        };
        match arrival {
            Arrival::Line(line) => {
                evaluator.scope().set("line", Value::Bytes(line));
                answer(evaluator, session, set, "line").await?;
            }
            Arrival::Data(bytes) => {
                evaluator.scope().set("data", Value::Bytes(bytes));
                answer(evaluator, session, set, "data").await?;
            }
            Arrival::Datagram(bytes) => {
                evaluator.scope().set("datagram", Value::Bytes(bytes.clone()));
                evaluator.scope().set("data", Value::Bytes(bytes));
                if datagrams {
                    answer(evaluator, session, set, "datagram").await?;
                }
                if data {
                    answer(evaluator, session, set, "data").await?;
                }
            }
            Arrival::End => return Ok(()),
        }
    }
}

/// What is next in the inbox: a line, all that is there, a datagram, or the end. A line that fills the inbox is cut.
fn next(buffer: &mut Buffer, lines: bool, limit: usize) -> Option<Arrival> {
    if lines && buffer.datagrams.is_empty() {
        if let Some(end) = buffer.bytes.iter().position(|&byte| byte == b'\n') {
            return Some(Arrival::Line(without_ending(&buffer.take(end + 1))));
        }
        if buffer.bytes.len() >= limit || (buffer.end.is_some() && !buffer.bytes.is_empty()) {
            let rest = buffer.bytes.len();
            return Some(Arrival::Line(buffer.take(rest)));
        }
    } else if lines && let Some(datagram) = buffer.take_datagram() {
        return Some(Arrival::Line(without_ending(&datagram)));
    } else if let Some(datagram) = buffer.take_datagram() {
        return Some(Arrival::Datagram(datagram));
    } else if !buffer.bytes.is_empty() {
        let all = buffer.bytes.len();
        return Some(Arrival::Data(buffer.take(all)));
    }
    buffer.end.is_some().then_some(Arrival::End)
}

/// A line without `\n` or `\r\n`.
pub(super) fn without_ending(line: &Bytes) -> Bytes {
    let end = line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len);
    let end = line[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len);
    line.slice(..end)
}

/// Runs the handler of `event`, if there is one. A fault is told, handed to `on error`, and ends the conversation.
async fn answer(evaluator: &mut Evaluator, session: &Arc<Session>, set: &HandlerSet, event: &str) -> Result<(), ()> {
    let Some(body) = set.find(event) else {
        return Ok(());
    };
    match evaluator.block(body).await {
        Ok(Flow::Exit(code)) => {
            evaluator.shared().exit.send_replace(Some(code));
            Err(())
        }
        Ok(_) => Ok(()),
        Err(fault) => {
            on_fault(evaluator, session, set, event, fault).await;
            Err(())
        }
    }
}

async fn on_fault(evaluator: &mut Evaluator, session: &Arc<Session>, set: &HandlerSet, event: &str, fault: Fault) {
    evaluator.scope().set("error", Value::text(fault.diagnostic.message.clone()));
    match set.find("error") {
        Some(body) if event != "error" => {
            if let Err(second) = evaluator.block(body).await {
                evaluator.shared().fail(Some(session), second);
            }
        }
        _ => evaluator.shared().fail(Some(session), fault),
    }
}
