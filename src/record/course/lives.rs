//! Lives: the sessions of a run, what passed in each direction, and how each ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::trace::{Room, Trace};
use super::veil;
use crate::engine::event::{SessionKind, SessionTag, What};
use crate::look::{Paint, words};
use crate::net::{Endpoint, http, transport};
use crate::record::framings::Framings;
use crate::record::log::Line;
use crate::record::ports::Ports;
use crate::record::volatile;

/// How many sessions are compared.
const MOST: usize = 4096;
/// The transport and handler in which ports are binary.
const SOCKS: &str = "socks5";
/// How many relays may stand between a client and its server.
const MOST_RELAYS: usize = 16;

/// A session.
pub(super) struct Life {
    tag: Arc<SessionTag>,
    /// What opened it, in words.
    pub(super) opening: String,
    pub(super) received: Trace,
    pub(super) sent: Trace,
    /// What its handlers printed.
    pub(super) told: Trace,
    /// Whether statements alone have sent.
    by_steps: bool,
    /// How many statements of the top level had ended when the peer finished.
    finished: Option<usize>,
    end: Option<End>,
    /// The ports of the connection that was accepted, as its client has them.
    met: Option<Ends>,
    /// Whether its peer is in this run, or may be.
    is_met: bool,
    /// Whether an attempt opened it that was not the last.
    forgotten: bool,
    /// Who it is among the sessions of any run of the same script.
    pub(super) class: String,
    /// Who is at its other end, if that is one of this run.
    pub(super) peer: Option<String>,
}

/// How a session ended.
#[derive(Debug)]
struct End {
    words: String,
    /// Whether a statement did it.
    by_step: bool,
    /// How many statements of the top level had ended.
    after: usize,
}

/// The ports of a connection: of the end that connected, and of the other.
type Ends = (u16, u16);

/// All sessions.
#[derive(Default)]
pub(super) struct Lives {
    pub(super) all: Vec<Life>,
    by_id: BTreeMap<u64, usize>,
    /// Who has connected, by the ports of the connection.
    connected: BTreeMap<Ends, Vec<usize>>,
    /// The listeners that speak SOCKS, in which ports are binary; what they carry is told by its ends.
    proxies: BTreeSet<String>,
    /// How many more there were.
    pub(super) beyond: u64,
    /// The number of the one that opened last.
    pub(super) latest: u64,
}

/// What a life is told with.
pub(super) struct Around<'r> {
    pub(super) ports: &'r mut Ports,
    pub(super) framings: &'r mut Framings,
    pub(super) room: &'r mut Room,
    /// How many statements of the top level have ended.
    pub(super) ended: usize,
}

impl Lives {
    /// Takes what happened to a session.
    pub(super) fn take(&mut self, line: &Line, around: &mut Around<'_>) {
        let Some(tag) = &line.session else { return };
        let Some(at) = self.place(tag) else { return };
        around.framings.note(tag, &line.event);
        around.ports.note(tag, &line.event);
        self.connect(at, &line.event);
        if let What::Listening { protocol, serves, .. } = &line.event
            && (protocol == SOCKS || serves.starts_with(SOCKS))
        {
            self.proxies.insert(tag.name.clone());
        }
        let moves = matches!(line.event, What::Sent(_) | What::Received(_));
        if !(moves && tag.name.rsplit_once('.').is_some_and(|(listener, _)| self.proxies.contains(listener))) {
            self.all[at].take(line, around);
        }
    }

    fn place(&mut self, tag: &Arc<SessionTag>) -> Option<usize> {
        if let Some(&at) = self.by_id.get(&tag.id) {
            return Some(at);
        }
        let is_new = tag.id > self.latest;
        self.latest = self.latest.max(tag.id);
        if self.all.len() >= MOST {
            self.beyond += u64::from(is_new);
            return None;
        }
        self.by_id.insert(tag.id, self.all.len());
        self.all.push(Life::new(Arc::clone(tag)));
        Some(self.all.len() - 1)
    }

    /// Takes note of who connected to whom.
    fn connect(&mut self, at: usize, what: &What) {
        let (local, peer) = match what {
            What::Connected { local, peer, .. } | What::TargetReached { local, endpoint: peer, .. } => (local, peer),
            What::Head { outgoing: false, ends: Some(ends), .. } if !self.all[at].is_accepted() => (&ends.0, &ends.1),
            _ => return,
        };
        if let Some(ends) = local.port().zip(peer.port()) {
            self.connected.entry(ends).or_default().push(at);
        }
    }

    /// Forgets what an attempt has opened since the session of that number.
    pub(super) fn forget(&mut self, since: u64) {
        for life in self.all.iter_mut().filter(|life| life.tag.id > since && !life.is_accepted()) {
            life.forgotten = true;
        }
    }

    /// No more happens, after so many statements of the top level have ended.
    pub(super) fn conclude(&mut self, ended: usize, ports: &Ports, room: &mut Room) {
        let clients = self.clients();
        for at in 0..self.all.len() {
            self.all[at].class = self.class(at, &clients, MOST_RELAYS);
            self.all[at].peer = clients[at].map(|client| self.all[client].tag.name.clone());
        }
        for (life, client) in self.all.iter_mut().zip(&clients) {
            life.is_met |= client.is_some();
            life.finished = life.finished.filter(|after| *after < ended);
            life.end = life.end.take().filter(|end| end.after < ended);
            for trace in [&mut life.received, &mut life.sent, &mut life.told] {
                trace.end(ports, room);
            }
        }
        self.all.retain(|life| !life.forgotten);
    }

    /// Of each session that was accepted, who connected.
    fn clients(&self) -> Vec<Option<usize>> {
        let mut seen: BTreeMap<Ends, usize> = BTreeMap::new();
        let client = |life: &Life| {
            let ends = life.met?;
            let turn = seen.entry(ends).or_default();
            *turn += 1;
            self.connected.get(&ends)?.get(*turn - 1).copied()
        };
        self.all.iter().map(client).collect()
    }

    /// Who a session is: what opened it under which name, or who accepted whom. Numbers do not count: who is accepted
    /// first, and which of several unnamed sessions opens first, may be chance.
    fn class(&self, at: usize, clients: &[Option<usize>], relays: usize) -> String {
        let life = &self.all[at];
        if !life.is_accepted() || relays == 0 {
            return format!("{:?} {}", life.tag.kind, kind_of_name(&life.tag.name));
        }
        let listener = life.tag.name.rsplit_once('.').map_or("", |(listener, _)| kind_of_name(listener));
        let client = clients[at].map(|client| self.class(client, clients, relays - 1));
        client.map_or_else(|| listener.to_owned(), |client| format!("{listener} < {client}"))
    }
}

/// A name without its number, where nobody chose it: `tcp` of `tcp2`.
fn kind_of_name(name: &str) -> &str {
    let kind = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if kind == "http" || transport::find(kind).is_some() { kind } else { name }
}

impl Life {
    fn new(tag: Arc<SessionTag>) -> Self {
        Self {
            tag,
            opening: String::new(),
            received: Trace::default(),
            sent: Trace::default(),
            told: Trace::default(),
            by_steps: true,
            finished: None,
            end: None,
            met: None,
            is_met: false,
            forgotten: false,
            class: String::new(),
            peer: None,
        }
    }

    fn take(&mut self, line: &Line, around: &mut Around<'_>) {
        let by_step = line.step > 0;
        match &line.event {
            What::Listening { .. } | What::Connected { .. } => self.open(&line.event, around.ports),
            What::Accepted { local, peer, .. } => self.accept(&line.event, local, peer),
            What::Sent(bytes) => {
                self.by_steps &= by_step;
                self.pass(bytes, true, around);
            }
            What::Received(bytes) => self.pass(bytes, false, around),
            What::Head { outgoing, head, .. } => {
                self.by_steps &= by_step || !outgoing;
                self.pass(&written(&volatile::head(head)), *outgoing, around);
            }
            What::Printed(bytes) => self.told.add(bytes, around.ports, around.room),
            What::Failed(fault) => {
                let text = format!("error: {}\n", volatile::text(&fault.diagnostic.message));
                self.told.add(text.as_bytes(), around.ports, around.room);
            }
            What::PeerFinished | What::Exchanged { .. } => {
                self.finished.get_or_insert(around.ended);
            }
            What::PeerLeft(_) => {
                self.finished.get_or_insert(around.ended);
                self.say(&line.event, around);
            }
            What::ProgramEnded(_) => self.say(&line.event, around),
            What::Closed | What::Broken(_) => {
                let words = words::line(None, &line.event, Paint::PLAIN).unwrap_or_default();
                let words = veil::text(&words, around.ports);
                self.end.get_or_insert(End { words, by_step, after: around.ended });
            }
            _ => {}
        }
    }

    /// With which words or code the other end went.
    fn say(&mut self, what: &What, around: &mut Around<'_>) {
        let words = words::line(None, what, Paint::PLAIN).unwrap_or_default() + "\n";
        self.told.add(words.as_bytes(), around.ports, around.room);
    }

    fn open(&mut self, what: &What, ports: &Ports) {
        let words = words::line(None, what, Paint::PLAIN).unwrap_or_default();
        self.opening = volatile::text(&ports.named(&words, Some(&self.tag.name)));
    }

    fn accept(&mut self, what: &What, local: &Endpoint, peer: &Endpoint) {
        // Who it is from, its class says.
        let words = words::line(None, what, Paint::PLAIN).unwrap_or_default();
        self.opening = volatile::text(words.split_once(" · ").map_or("open", |(_, facts)| facts));
        self.met = peer.port().zip(local.port());
        self.is_met = !matches!(peer, Endpoint::Inet(_));
    }

    fn pass(&mut self, bytes: &[u8], outgoing: bool, around: &mut Around<'_>) {
        let trace = if outgoing { &mut self.sent } else { &mut self.received };
        if around.framings.has_messages(&self.tag) {
            trace.add_message(bytes, around.ports, around.room);
        } else {
            trace.add(bytes, around.ports, around.room);
        }
    }

    /// Whether a listener accepted it.
    pub(super) fn is_accepted(&self) -> bool {
        self.tag.kind == SessionKind::Accept
    }

    /// Its name, with that of its peer where that says who it is.
    pub(super) fn name(&self) -> String {
        match &self.peer {
            Some(peer) => format!("`{}` (from `{peer}`)", self.tag.name),
            None => format!("`{}`", self.tag.name),
        }
    }

    /// Whether more might have been received, had the run lasted.
    pub(super) const fn receives_on(&self) -> bool {
        self.finished.is_none()
    }

    /// Whether more might have been sent, in a run all of whose statements ran as they should if `whole`.
    pub(super) fn sends_on(&self, whole: bool) -> bool {
        let by_itself = self.is_accepted() && !self.is_met && self.ended_by_itself().is_some();
        !(whole && self.by_steps || by_itself)
    }

    /// How it ended, in words, unless a statement or the end of the run has ended it. What one end of a connection within
    /// the run does, the other end tells; whether that finds it closed or broken is chance.
    pub(super) fn ended_by_itself(&self) -> Option<&str> {
        let end = self.end.as_ref().filter(|end| !end.by_step && !self.is_met);
        end.map(|end| end.words.as_str())
    }
}

/// A head as it is written.
fn written(head: &http::Head) -> Vec<u8> {
    let mut text = format!("{}\r\n", head.line).into_bytes();
    for (name, value) in &head.fields {
        text.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    text.extend_from_slice(b"\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Form;

    fn line(id: u64, name: &str, kind: SessionKind, event: What) -> Line {
        let session = Some(Arc::new(SessionTag { id, name: name.to_owned(), kind }));
        Line { at: 0, step: 0, session, form: Form::Text, event }
    }

    fn at(port: u16) -> Endpoint {
        Endpoint::Inet(([127, 0, 0, 1], port).into())
    }

    fn connected(id: u64, name: &str, local: u16) -> Line {
        let what = What::Connected { protocol: "tcp".into(), local: at(local), peer: at(5), facts: [].into() };
        line(id, name, SessionKind::Connect, what)
    }

    fn accepted(id: u64, name: &str, peer: u16) -> Line {
        let what = What::Accepted { local: at(5), peer: at(peer), facts: [].into() };
        line(id, name, SessionKind::Accept, what)
    }

    #[test]
    fn who_was_accepted_is_known_by_who_connected_in_whatever_order() {
        let (mut lives, mut ports, mut framings) = (Lives::default(), Ports::default(), Framings::default());
        let mut room = Room::default();
        let told = [accepted(3, "srv.1", 41), connected(2, "b", 42), connected(1, "a", 41), accepted(4, "srv.2", 42)];
        for line in &told {
            let mut around = Around { ports: &mut ports, framings: &mut framings, room: &mut room, ended: 0 };
            lives.take(line, &mut around);
        }
        lives.conclude(1, &ports, &mut room);
        let classes: Vec<_> = lives.all.iter().map(|life| (life.name(), life.class.as_str())).collect();
        let expected = [
            ("`srv.1` (from `a`)", "srv < Connect a"),
            ("`b`", "Connect b"),
            ("`a`", "Connect a"),
            ("`srv.2` (from `b`)", "srv < Connect b"),
        ];
        assert_eq!(classes, expected.map(|(name, class)| (name.to_owned(), class)));
    }
}
