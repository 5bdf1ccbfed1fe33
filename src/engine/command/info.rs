//! `info`: everything about one session.

use std::sync::atomic::Ordering;

use super::options;
use super::sessions::kind;
use super::{Command, Purpose, address};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, SessionKind, What};
use crate::engine::fault::Problem;
use crate::engine::flows;
use crate::engine::lock;
use crate::engine::session::Session;
use crate::engine::shared::Shared;
use crate::language::signature::{Effect, Example, Shape, Signature};
use crate::net::flow::{DataPath, Gates};
use crate::net::relay::{Plan, Target, TargetState};
use crate::net::stage::Way;
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
              relayed or served, whether the kernel moves its bytes or why not, and what orders hold back. Of a relay or \
              listener also its connections, what they have moved in all and a second since the last look (`flows` or \
              `info`), and how each target stands.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv as a\ninfo a\ninfo srv",
        shows: "a client and its server",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.named_or_addressed(invocation, "NAME").await? {
        let fields =
            fields(evaluator.shared(), &session).into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect();
        evaluator.emit(Some(&session), What::Report(Report::Fields(fields)));
        if let Some(plan) = session.plan.get() {
            evaluator.emit(Some(&session), What::Report(targets(plan)));
        }
    }
    Ok(())
}

/// The targets of a relay.
fn targets(plan: &Plan) -> Report {
    let row = |target: &Target| {
        let traffic = &target.traffic;
        let state = match traffic.state() {
            TargetState::Open => "open",
            TargetState::Idle => "idle",
            TargetState::Lost => "lost",
        };
        vec![
            Cell::Text(target.name.clone()),
            Cell::Text(state.to_owned()),
            Cell::Count(traffic.open()),
            Cell::Bytes(traffic.sent()),
            Cell::Bytes(traffic.received()),
            Cell::Count(traffic.losses()),
        ]
    };
    let headings = vec!["TARGET", "STATE", "OPEN", "SENT", "RECEIVED", "ERRORS"];
    Report::Table { headings, rows: plan.targets.iter().map(row).collect() }
}

fn fields(shared: &Shared, session: &Session) -> Vec<(&'static str, Cell)> {
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
    for fact in &*session.opening.facts {
        fields.push((fact.name, Cell::Text(fact.value.clone())));
    }
    if !session.opening.serves.is_empty() {
        fields.push(("serves", Cell::Text(session.opening.serves.to_string())));
    }
    if matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
        fields.push(("accepted", Cell::Count(session.accepted.load(Ordering::Relaxed))));
        fields.push(("refused", Cell::Count(session.refused.load(Ordering::Relaxed))));
        fields.push(("connections", Cell::Count(address::live(session))));
        fields.extend(flows::fields(shared, session));
        if let (Framing::Datagram, Some(dropped)) = (session.opening.framing, ports::dropped(&session.opening.at)) {
            fields.push(("dropped", Cell::Text(format!("{dropped} datagrams by the system"))));
        }
    } else {
        fields.push(("received", Cell::Bytes(counters.received.load(Ordering::Relaxed))));
        fields.push(("sent", Cell::Bytes(counters.sent.load(Ordering::Relaxed))));
    }
    let gates = lock(&session.gates).clone().unwrap_or_default();
    let ways = [
        ("path up", counters.path_up.get(), "gate up", &gates.up, Way::Up),
        ("path down", counters.path_down.get(), "gate down", &gates.down, Way::Down),
    ];
    for (path_name, path, gate_name, gate, way) in ways {
        fields.extend(how(path, &gates, way).map(|how| (path_name, Cell::Text(how))));
        fields.extend(gate.words().map(|words| (gate_name, Cell::Text(words))));
    }
    let missed = counters.missed.load(Ordering::Relaxed);
    if missed > 0 {
        fields.push(("missed by targets", Cell::Bytes(missed)));
    }
    if session.opening.framing == Framing::Datagram && session.opening.peer.is_some() {
        fields.push(("datagrams received", Cell::Count(counters.datagrams_received.load(Ordering::Relaxed))));
        fields.push(("datagrams sent", Cell::Count(counters.datagrams_sent.load(Ordering::Relaxed))));
        fields.push(("datagrams lost", Cell::Count(counters.datagrams_lost.load(Ordering::Relaxed))));
    }
    if session.opening.framing == Framing::Message && session.opening.peer.is_some() {
        fields.push(("messages received", Cell::Count(counters.datagrams_received.load(Ordering::Relaxed))));
        fields.push(("messages sent", Cell::Count(counters.datagrams_sent.load(Ordering::Relaxed))));
    }
    if let Some(inbox) = &session.opening.inbox {
        fields.push(("unread", Cell::Bytes(inbox.with(|buffer| buffer.bytes.len() as u64))));
    }
    fields.push(("age", Cell::Age(clock::now().duration_since(session.opened))));
    fields
}

/// How the bytes on that way move and why; where stages are why, which.
fn how(path: DataPath, gates: &Gates, way: Way) -> Option<String> {
    if path != DataPath::Staged {
        return path.words().map(str::to_owned);
    }
    let stages: Vec<&str> = gates.changes.stages(way).collect();
    Some(format!("copy (through {})", stages.join(" -> ")))
}
