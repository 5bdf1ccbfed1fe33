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
use crate::engine::rates::{Look, Rate};
use crate::engine::session::Session;
use crate::engine::shared::Shared;
use crate::language::signature::{Effect, Example, Shape, Signature};
use crate::net::flow::{DataPath, Gates};
use crate::net::relay::{Plan, Target, TargetState};
use crate::net::stage::Way;
use crate::net::{Endpoint, Framing, clock, diagnosis, ports};

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
    details: "Addresses, state and why it ended, bytes and datagrams in both directions, how fast they moved since `info` was \
              asked last, what is unread and how much may be, since when it is there (in UTC); for what is relayed or \
              served, whether the kernel moves its bytes or why not, and what orders hold back; on Linux also what the \
              kernel knows of a TCP connection: its state, round-trip time and what was sent again. Of a relay or listener \
              also its connections, what they have moved in all and a second since the last look, and how each target \
              stands.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv as a\ninfo a\ninfo srv",
        shows: "a client and its server",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.named_or_addressed(invocation, "NAME").await? {
        let fields = fields(evaluator.shared(), &session);
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
    let headings = ["TARGET", "STATE", "OPEN", "SENT", "RECEIVED", "ERRORS"];
    Report::table(&headings, plan.targets.iter().map(row).collect(), &["ERRORS", "OPEN"])
}

type Fields = Vec<(String, Cell)>;

/// How fast a session moves bytes, since it was looked at last.
fn rate(shared: &Shared, session: &Session) -> Rate {
    let counters = &session.counters;
    let look = Look {
        at: clock::now(),
        received: counters.received.load(Ordering::Relaxed),
        sent: counters.sent.load(Ordering::Relaxed),
    };
    let there = lock(&shared.table);
    let mut looks = lock(&shared.looks);
    looks.retain(|id| there.by_id(id).is_some());
    looks.look(session.tag.id, session.opened, look).last().unwrap_or(Rate { received: 0, sent: 0 })
}

fn fields(shared: &Shared, session: &Session) -> Fields {
    let mut fields = vec![
        ("name".into(), Cell::Text(session.name().to_owned())),
        ("kind".into(), Cell::Text(kind(session).to_owned())),
        ("protocol".into(), Cell::Text(session.opening.protocol.to_owned())),
        ("state".into(), Cell::Text(session.state().to_owned())),
    ];
    if let Some(ending) = session.ending() {
        fields.push(("ended".into(), Cell::Text(ending.reason())));
    }
    for at in &session.opening.at {
        fields.push(("local".into(), Cell::Text(at.to_string())));
    }
    if let Some(peer) = &session.opening.peer {
        fields.push(("peer".into(), Cell::Text(peer.to_string())));
    }
    for fact in &*session.opening.facts {
        fields.push((fact.name.to_string(), Cell::Text(fact.value.clone())));
    }
    let serves = session.serves();
    if !serves.is_empty() {
        fields.push(("serves".into(), Cell::Text(serves.to_string())));
    }
    if matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
        fields.push(("accepted".into(), Cell::Count(session.accepted.load(Ordering::Relaxed))));
        fields.push(("refused".into(), Cell::Count(session.refused.load(Ordering::Relaxed))));
        fields.push(("connections".into(), Cell::Count(address::live(session))));
        fields.extend(flows::fields(shared, session).map(|(name, cell)| (name.to_owned(), cell)));
        if let (Framing::Datagram, Some(dropped)) = (session.opening.framing, ports::dropped(&session.opening.at)) {
            fields.push(("dropped".into(), Cell::Text(format!("{dropped} datagrams by the system"))));
        }
    } else {
        moved(session, rate(shared, session), &mut fields);
    }
    paths(session, &mut fields);
    fields.push(("since".into(), Cell::Moment(clock::moment(session.opened))));
    fields.push(("age".into(), Cell::Age(clock::now().duration_since(session.opened))));
    fields
}

/// How its bytes move, why so, and what holds them back.
fn paths(session: &Session, fields: &mut Fields) {
    let counters = &session.counters;
    let gates = lock(&session.gates).clone().unwrap_or_default();
    let ways = [
        ("path up", counters.path_up.get(), "gate up", &gates.up, Way::Up),
        ("path down", counters.path_down.get(), "gate down", &gates.down, Way::Down),
    ];
    for (path_name, path, gate_name, gate, way) in ways {
        fields.extend(how(path, &gates, way).map(|how| (path_name.to_owned(), Cell::Text(how))));
        fields.extend(gate.words().map(|words| (gate_name.to_owned(), Cell::Text(words))));
    }
    let missed = counters.missed.load(Ordering::Relaxed);
    if missed > 0 {
        fields.push(("missed by targets".into(), Cell::Bytes(missed)));
    }
}

/// What a conversation has moved and holds, and how it is read and shown.
fn moved(session: &Session, rate: Rate, fields: &mut Fields) {
    let counters = &session.counters;
    fields.push(("received".into(), Cell::Bytes(counters.received.load(Ordering::Relaxed))));
    fields.push(("sent".into(), Cell::Bytes(counters.sent.load(Ordering::Relaxed))));
    fields.push(("receiving".into(), Cell::Rate(rate.received)));
    fields.push(("sending".into(), Cell::Rate(rate.sent)));
    if session.opening.framing == Framing::Datagram {
        fields.push(("datagrams received".into(), Cell::Count(counters.datagrams_received.load(Ordering::Relaxed))));
        fields.push(("datagrams sent".into(), Cell::Count(counters.datagrams_sent.load(Ordering::Relaxed))));
        fields.push(("datagrams lost".into(), Cell::Count(counters.datagrams_lost.load(Ordering::Relaxed))));
    }
    if session.opening.framing == Framing::Message && session.opening.peer.is_some() {
        fields.push(("messages received".into(), Cell::Count(counters.datagrams_received.load(Ordering::Relaxed))));
        fields.push(("messages sent".into(), Cell::Count(counters.datagrams_sent.load(Ordering::Relaxed))));
    }
    if let Some(inbox) = &session.opening.inbox {
        fields.push(("unread".into(), Cell::Bytes(inbox.with(|buffer| buffer.bytes.len() as u64))));
        fields.push(("buffer".into(), Cell::Bytes(inbox.limit() as u64)));
    }
    fields.push(("lines end in".into(), Cell::Text(session.opening.line_ending.word().to_owned())));
    fields.push(("shown as".into(), Cell::Text(session.form().word().to_owned())));
    if session.is_open() {
        diagnosis(session, fields);
    }
}

/// What the kernel tells of a TCP connection.
fn diagnosis(session: &Session, fields: &mut Fields) {
    let (Some(Endpoint::Inet(local)), Some(Endpoint::Inet(peer))) = (session.opening.at.first(), &session.opening.peer)
    else {
        return;
    };
    if session.opening.framing != Framing::Stream {
        return;
    }
    let Some(diagnosis) = diagnosis::diagnose(*local, *peer) else { return };
    let (trip, variation) = diagnosis.round_trip;
    fields.push(("tcp state".into(), Cell::Text(diagnosis.state.to_owned())));
    fields.push(("round trip".into(), Cell::Took(trip)));
    fields.push(("varies by".into(), Cell::Took(variation)));
    fields.push(("retransmitted".into(), Cell::Count(diagnosis.retransmitted.into())));
    fields.push(("queued in".into(), Cell::Bytes(diagnosis.unread.into())));
    fields.push(("queued out".into(), Cell::Bytes(diagnosis.unacknowledged.into())));
}

/// How the bytes on that way move and why; where stages are why, which.
fn how(path: DataPath, gates: &Gates, way: Way) -> Option<String> {
    if path != DataPath::Staged {
        return path.words().map(str::to_owned);
    }
    let stages: Vec<&str> = gates.changes.stages(way).collect();
    Some(format!("copy (through {})", stages.join(" -> ")))
}
