//! Groups: what happened while one statement ran, in an order that does not depend on who was faster.
//!
//! First what the statement sent, then what the sessions did meanwhile, each in the order of its life, then what the
//! statement found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::data::Data;
use crate::engine::event::{SessionKind, SessionTag, What};
use crate::look::flood::{Sum, Turn};
use crate::record::framings::Framings;
use crate::record::log::Line;

/// How many lines are kept of one statement; what is beyond is counted.
const MOST_LINES: usize = 2000;
/// How many connections of a listener are told of one by one.
const MOST_CONNECTIONS: u64 = 16;

/// What happened while one statement ran.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Everything but data, in the order in which it came.
    lines: Vec<Line>,
    /// How many more there were.
    beyond: u64,
    /// What was sent and received, by session, direction, and whether a step did it.
    data: BTreeMap<(u64, bool, bool), (Arc<SessionTag>, Data)>,
    /// How many turns the connections of each listener took.
    turns: BTreeMap<String, [u64; 4]>,
}

/// A part of what is told of a statement.
pub(super) enum Part {
    /// Bytes of a session, and whether it sent them.
    Data(Arc<SessionTag>, bool, Data),
    /// Something that happened.
    Line(Line),
    /// Many connections that came and went.
    Connections(Sum),
    /// So many lines were left out.
    Beyond(u64),
}

impl Group {
    /// Whether nothing has happened.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.data.is_empty()
    }

    /// Takes note of something.
    pub(super) fn add(&mut self, line: Line, framings: &Framings) {
        let (session, outgoing, bytes) = match (&line.session, &line.event) {
            (Some(session), What::Sent(bytes)) => (session, true, bytes),
            (Some(session), What::Received(bytes)) => (session, false, bytes),
            (session, event) => {
                if let Some((listener, turn)) = turn(session.as_deref(), event) {
                    self.turns.entry(listener.to_owned()).or_default()[turn as usize] += 1;
                }
                if self.lines.len() < MOST_LINES {
                    self.lines.push(line);
                } else {
                    self.beyond += 1;
                }
                return;
            }
        };
        let key = (session.id, outgoing, line.step > 0);
        let (_, data) = self.data.entry(key).or_insert_with(|| (Arc::clone(session), Data::default()));
        data.add(bytes, framings.has_messages(session), line.form);
    }

    /// The sessions that something happened to.
    pub(super) fn sessions(&self) -> Vec<Arc<SessionTag>> {
        let of_data = self.data.values().map(|(tag, _)| Arc::clone(tag));
        of_data.chain(self.lines.iter().filter_map(|line| line.session.clone())).collect()
    }

    /// The lines that tell of sessions that open, those first that name a port.
    pub(super) fn openings(&self) -> impl Iterator<Item = &Line> {
        let accepted = |line: &&Line| matches!(line.event, What::Accepted { .. });
        let opened = |line: &&Line| matches!(line.event, What::Listening { .. } | What::Connected { .. });
        self.lines.iter().filter(opened).chain(self.lines.iter().filter(accepted))
    }

    /// Everything in order. `rank` tells the place of a session among all, `branch` that of a step among those that ran
    /// beside each other, `named` has names for ports.
    pub(super) fn parts(
        self,
        rank: impl Fn(&SessionTag) -> usize,
        branch: impl Fn(u64) -> u64,
        named: impl Fn(&str) -> String,
    ) -> Vec<Part> {
        let crowded: Vec<String> = self
            .turns
            .iter()
            .filter(|(_, turns)| turns[0].max(turns[2]) > MOST_CONNECTIONS)
            .map(|(n, _)| n.clone())
            .collect();
        let is_crowded = |tag: Option<&SessionTag>, event: &What| {
            turn(tag, event).is_some_and(|(listener, _)| crowded.iter().any(|crowd| crowd == listener))
        };
        let mut parts: Vec<(Key, Part)> = Vec::new();
        for ((_, outgoing, own), (tag, data)) in self.data {
            let key = data_key(&tag, outgoing, own, rank(&tag));
            parts.push((key, Part::Data(tag, outgoing, data)));
        }
        for (at, line) in self.lines.into_iter().enumerate() {
            let tag = line.session.as_deref();
            if is_crowded(tag, &line.event) {
                continue;
            }
            let key = if line.step > 0 {
                let phase = if is_sent(&line.event) { SENT } else { FOUND };
                (phase, 0, 0, branch(line.step), String::new(), at)
            } else if matches!(line.event, What::Accepted { .. }) {
                (CAME, tag.map_or(usize::MAX, &rank), 0, 0, String::new(), at)
            } else {
                (MEANWHILE, tag.map_or(usize::MAX, &rank), stage(&line.event), 0, named(target(&line.event)), at)
            };
            parts.push((key, Part::Line(line)));
        }
        for (listener, turns) in self.turns {
            if crowded.contains(&listener) {
                let key = (MEANWHILE, usize::MAX, 0, 0, listener.clone(), 0);
                parts.push((key, Part::Connections(Sum::Connections { listener, turns })));
            }
        }
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut parts: Vec<Part> = parts.into_iter().map(|(_, part)| part).collect();
        if self.beyond > 0 {
            parts.push(Part::Beyond(self.beyond));
        }
        parts
    }
}

/// Phase, session, stage of its life, branch, target, and the order in which it came.
type Key = (u8, usize, u8, u64, String, usize);

/// What the statement sent, who came, what sessions did, what the statement found.
const SENT: u8 = 0;
const CAME: u8 = 1;
const MEANWHILE: u8 = 2;
const FOUND: u8 = 3;

/// Whether a step sent something.
const fn is_sent(event: &What) -> bool {
    matches!(event, What::Sent(_) | What::Head { outgoing: true, .. })
}

/// Where data belongs: who answers receives first, who asks sends first.
fn data_key(tag: &SessionTag, outgoing: bool, own: bool, rank: usize) -> Key {
    if own && outgoing {
        return (SENT, rank, 0, 0, String::new(), 0);
    }
    let first = outgoing != (tag.kind == SessionKind::Accept);
    (MEANWHILE, rank, if first { 1 } else { 3 }, 0, String::new(), 0)
}

/// Where in a session's life something belongs.
const fn stage(event: &What) -> u8 {
    match event {
        What::Connected { .. } | What::TargetReached { .. } => 0,
        What::PeerFinished | What::PeerLeft(_) | What::Finished => 4,
        What::Closed | What::Broken(_) | What::ProgramEnded(_) => 5,
        _ => 2,
    }
}

/// The target that something happened to: several are reached and lost at the same time.
fn target(event: &What) -> &str {
    match event {
        What::TargetReached { target, .. }
        | What::TargetLost { target, .. }
        | What::TargetBehind { target, .. }
        | What::TargetMissed { target, .. } => target,
        _ => "",
    }
}

/// The turn that an event is in the life of a listener's connection, and that listener.
fn turn<'t>(session: Option<&'t SessionTag>, event: &What) -> Option<(&'t str, Turn)> {
    let turn = match event {
        What::Accepted { .. } => Turn::Opened,
        What::PeerFinished => Turn::HalfClosed,
        What::Closed => Turn::Ended,
        What::Answered(_) => Turn::Answered,
        _ => return None,
    };
    let session = session.filter(|tag| tag.kind == SessionKind::Accept)?;
    Some((session.name.rsplit_once('.')?.0, turn))
}
