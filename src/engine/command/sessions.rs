//! `sessions`: the table of what is open.

use std::sync::atomic::Ordering;

use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, SessionKind, What};
use crate::engine::lock;
use crate::engine::session::Session;
use crate::language::signature::{Effect, Example, Signature};
use crate::net::clock;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "sessions",
        summary: "list the sessions",
        parameters: &[],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "Bytes in and out of a listener are those of its open connections.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv as a\nsessions",
        shows: "a listener and its client",
    }],
    run: |evaluator, invocation| {
        run(evaluator, invocation);
        Box::pin(std::future::ready(Ok(())))
    },
};

/// The word for what opened a session.
pub(super) fn kind(session: &Session) -> &'static str {
    match session.tag.kind {
        SessionKind::Listen => "listen",
        SessionKind::Relay => "relay",
        SessionKind::Accept => "accept",
        SessionKind::Connect => "connect",
        SessionKind::Exchange => "http",
    }
}

/// Where a session is: its peer, or where it listens.
pub(super) fn place(session: &Session) -> String {
    let endpoint = session.opening.peer.as_ref().or(session.opening.at.first());
    endpoint.map_or_else(
        || session.opening.protocol.to_owned(),
        |endpoint| format!("{} {endpoint}", session.opening.protocol),
    )
}

fn run(evaluator: &mut Evaluator, _: &Invocation<'_>) {
    let rows = {
        let table = lock(&evaluator.shared().table);
        let rows = table.all().map(|session| {
            let of: Vec<_> = if matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
                table.connections(session.tag.id)
            } else {
                vec![session.clone()]
            };
            let received = of.iter().map(|session| session.counters.received.load(Ordering::Relaxed)).sum();
            let sent = of.iter().map(|session| session.counters.sent.load(Ordering::Relaxed)).sum();
            vec![
                Cell::Text(session.name().to_owned()),
                Cell::Text(kind(session).to_owned()),
                Cell::Text(place(session)),
                Cell::Text(session.state().to_owned()),
                Cell::Bytes(received),
                Cell::Bytes(sent),
                Cell::Age(clock::now().duration_since(session.opened)),
            ]
        });
        rows.collect()
    };
    let headings = vec!["NAME", "KIND", "WHERE", "STATE", "IN", "OUT", "AGE"];
    evaluator.emit(None, What::Report(Report::Table { headings, rows }));
}
