//! `sessions`: the table of what is open.

use std::sync::Arc;

use super::options::{self, words};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, SessionKind, What};
use crate::engine::flows;
use crate::engine::lock;
use crate::engine::session::{Session, Table};
use crate::language::signature::{Effect, Example, Signature};
use crate::net::clock;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "sessions",
        summary: "list the sessions",
        parameters: &[options::maybe("ALL", words!("all"), "show them all, however many they are")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "Bytes in and out of a listener are those of its open connections. Of more than forty sessions the connections \
              that listeners accepted are left out first, and counted, unless `all` is asked for. A narrow terminal \
              goes without the less important columns.",
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
pub(in crate::engine) fn kind(session: &Session) -> &'static str {
    match session.tag.kind {
        SessionKind::Listen => "listen",
        SessionKind::Relay => "relay",
        SessionKind::Accept => "accept",
        SessionKind::Connect => "connect",
        SessionKind::Exchange => "http",
    }
}

/// Where a session is: its peer, or where it listens.
pub(in crate::engine) fn place(session: &Session) -> String {
    let endpoint = session.opening.peer.as_ref().or(session.opening.at.first());
    endpoint.map_or_else(|| session.opening.protocol.to_owned(), |endpoint| endpoint.by(session.opening.protocol))
}

/// How many sessions are shown unless all are asked for.
const MOST: usize = 40;
/// The columns that a narrow terminal goes without, in this order.
const SPARE: &[&str] = &["AGE", "KIND", "OUT", "IN", "STATE"];

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) {
    let most = if invocation.get("ALL").is_some() { usize::MAX } else { MOST };
    let (rows, left_out) = {
        let table = lock(&evaluator.shared().table);
        let shown = chosen(&table, most);
        let rows = shown.iter().map(|session| row(&table, session)).collect();
        (rows, table.all().count() - shown.len())
    };
    let headings = ["NAME", "KIND", "WHERE", "STATE", "IN", "OUT", "AGE"];
    evaluator.emit(None, What::Report(Report::table(&headings, rows, SPARE)));
    if left_out > 0 {
        let note = format!("… and {} more; `sessions all` shows them", grouped(left_out));
        evaluator.emit(None, What::Report(Report::Text(note)));
    }
}

/// At most `most` sessions, oldest first; those that somebody opened come before those that were accepted.
fn chosen(table: &Table, most: usize) -> Vec<&Arc<Session>> {
    let accepted = |session: &&Arc<Session>| session.tag.kind == SessionKind::Accept;
    let own = table.all().filter(|session| !accepted(session)).take(most);
    let mut chosen: Vec<_> = own.collect();
    chosen.extend(table.all().filter(accepted).take(most - chosen.len()));
    chosen.sort_by_key(|session| session.tag.id);
    chosen
}

fn row(table: &Table, session: &Arc<Session>) -> Vec<Cell> {
    let (received, sent) = flows::moved(table, session);
    vec![
        Cell::Text(session.name().to_owned()),
        Cell::Text(kind(session).to_owned()),
        Cell::Text(place(session)),
        Cell::Text(session.state().to_owned()),
        Cell::Bytes(received),
        Cell::Bytes(sent),
        Cell::Age(clock::now().duration_since(session.opened)),
    ]
}

/// A number with its thousands apart: `4,960`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 4960, 1_000_000].map(grouped), ["0", "999", "4,960", "1,000,000"]);
    }
}
