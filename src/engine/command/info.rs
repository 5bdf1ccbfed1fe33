//! `info`: everything about one session.

use std::sync::atomic::Ordering;

use super::options;
use super::sessions::kind;
use super::{Command, Purpose, address};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, SessionKind, What};
use crate::engine::fault::Problem;
use crate::engine::session::Session;
use crate::language::signature::{Effect, Example, Shape, Signature};
use crate::net::{Framing, clock, ports};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "info",
        summary: "tell everything about a session",
        parameters: &[options::maybe("NAME", Shape::Session, "which; the addressed session when left out")],
        options: &[],
        handlers: false,
        effect: Effect::MayUse,
    },
    purpose: Purpose::Looking,
    details: "Addresses, state, bytes and datagrams in both directions, what is unread, how long it has been there; for what is \
              relayed or served, whether the kernel moves its bytes or why not.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv as a\ninfo a\ninfo srv",
        shows: "a client and its server",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.named_or_addressed(invocation, "NAME").await? {
        let fields = fields(&session).into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect();
        evaluator.emit(Some(&session), What::Report(Report::Fields(fields)));
    }
    Ok(())
}

fn fields(session: &Session) -> Vec<(&'static str, Cell)> {
    let counters = &session.counters;
    let mut fields = vec![
        ("name", Cell::Text(session.name().to_owned())),
        ("kind", Cell::Text(kind(session).to_owned())),
        ("protocol", Cell::Text(session.opening.protocol.to_owned())),
        ("state", Cell::Text(session.state().to_owned())),
    ];
    for at in &session.opening.at {
        fields.push(("local", Cell::Text(at.to_string())));
    }
    if let Some(peer) = &session.opening.peer {
        fields.push(("peer", Cell::Text(peer.to_string())));
    }
    if !session.opening.serves.is_empty() {
        fields.push(("serves", Cell::Text(session.opening.serves.to_string())));
    }
    if matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
        fields.push(("accepted", Cell::Count(session.accepted.load(Ordering::Relaxed))));
        fields.push(("connections", Cell::Count(address::live(session))));
        if let (Framing::Datagram, Some(dropped)) = (session.opening.framing, ports::dropped(&session.opening.at)) {
            fields.push(("dropped", Cell::Text(format!("{dropped} datagrams by the system"))));
        }
    } else {
        fields.push(("received", Cell::Bytes(counters.received.load(Ordering::Relaxed))));
        fields.push(("sent", Cell::Bytes(counters.sent.load(Ordering::Relaxed))));
    }
    for (name, path) in [("path up", &counters.path_up), ("path down", &counters.path_down)] {
        if let Some(words) = path.get().words() {
            fields.push((name, Cell::Text(words.to_owned())));
        }
    }
    if session.opening.framing == Framing::Datagram && session.opening.peer.is_some() {
        fields.push(("datagrams received", Cell::Count(counters.datagrams_received.load(Ordering::Relaxed))));
        fields.push(("datagrams sent", Cell::Count(counters.datagrams_sent.load(Ordering::Relaxed))));
        fields.push(("datagrams lost", Cell::Count(counters.datagrams_lost.load(Ordering::Relaxed))));
    }
    if let Some(inbox) = &session.opening.inbox {
        fields.push(("unread", Cell::Bytes(inbox.with(|buffer| buffer.bytes.len() as u64))));
    }
    fields.push(("age", Cell::Age(clock::now().duration_since(session.opened))));
    fields
}
