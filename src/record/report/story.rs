//! Stories: what a report tells of a run, gathered from its log line by line, in bounded memory.

use std::time::Duration;

use bytes::Bytes;

use super::actors::{Actors, Answered};
use super::latency::Latencies;
use super::series::Series;
use super::statements::Statements;
use crate::engine::event::{SessionKind, SessionTag, What};
use crate::look::escape;
use crate::net::http;
use crate::net::transport::{self, Transport};
use crate::net::{Endpoint, Framing};
use crate::record::log::{Head, Line};

/// How many messages are told one by one.
pub(super) const MOST_MESSAGES: usize = 400;
/// How many bytes of each are shown.
pub(super) const MOST_BYTES: usize = 1024;
/// How many sessions the timeline shows.
pub(super) const MOST_SESSIONS: usize = 40;

/// What passed between two actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// A connection was opened.
    Opening,
    /// Bytes.
    Data,
    /// One direction has ended.
    End,
    /// The session is over.
    Close,
    /// The session broke.
    Break,
}

/// Something that passed between two actors.
#[derive(Debug)]
pub(super) struct Message {
    /// When, in microseconds.
    pub(super) at: u64,
    /// The statement that had begun last.
    pub(super) during: u64,
    /// The statement that did it; 0 for none.
    pub(super) step: u64,
    /// The session that tells of it.
    pub(super) session: String,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) passed: Passed,
    /// How many bytes.
    pub(super) size: u64,
    /// The first of them, or the words of what broke.
    pub(super) bytes: Vec<u8>,
}

/// The life of a session.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) id: u64,
    pub(super) name: String,
    /// Who it is, or belongs to.
    pub(super) actor: Option<usize>,
    pub(super) from: u64,
    pub(super) to: Option<u64>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) broken: bool,
}

/// What is told.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) head: Head,
    pub(super) statements: Statements,
    pub(super) actors: Actors,
    pub(super) messages: Vec<Message>,
    /// How many more there were.
    pub(super) messages_more: u64,
    /// How many pieces of data there were, and their bytes.
    pub(super) moved: (u64, u64),
    pub(super) lives: Vec<Life>,
    /// How many more sessions there were.
    pub(super) lives_more: u64,
    /// Bytes by time.
    pub(super) series: Series,
    pub(super) latencies: Latencies,
    /// The exit code; `None` for a log that ends before.
    pub(super) exit: Option<u8>,
    /// When the last thing happened, in microseconds.
    pub(super) length: u64,
    /// The statement that began last.
    latest: u64,
    /// What `http` has asked and waits for.
    asked: Option<(u64, u64, Vec<u8>, u64)>,
    /// Whether the bytes of the listeners and sessions of that name keep their boundaries.
    datagrams: Vec<String>,
}

impl Story {
    /// Begins.
    pub(super) fn begin(head: Head) -> Self {
        Self {
            head,
            statements: Statements::default(),
            actors: Actors::default(),
            messages: Vec::new(),
            messages_more: 0,
            moved: (0, 0),
            lives: Vec::new(),
            lives_more: 0,
            series: Series::default(),
            latencies: Latencies::default(),
            exit: None,
            length: 0,
            latest: 0,
            asked: None,
            datagrams: Vec::new(),
        }
    }

    /// Takes the next line of the log.
    pub(super) fn take(&mut self, line: &Line) {
        self.length = line.at;
        match (&line.event, &line.session) {
            (What::Began(step), _) => {
                self.latest = step.number;
                self.statements.begin(line.at, step);
            }
            (What::Ended(ended), _) => self.statements.end(line.at, ended.number, &ended.fate),
            (What::Interrupted(number), _) => self.statements.interrupt(line.at, *number),
            (What::Exited(code), _) => self.exit = Some(*code),
            (What::Head { outgoing: true, head, .. }, _) => self.asks(line, head),
            (What::Head { outgoing: false, head, ends: Some(ends) }, session) => {
                self.answers(line, session.as_deref(), head, ends);
            }
            (What::Sent(bytes), None) => self.asks_more(bytes),
            (event, Some(session)) => {
                self.tell(line, session);
                self.statements.find(line.step, Some(session), event);
            }
            (event, None) => self.statements.find(line.step, None, event),
        }
    }

    /// The log has ended.
    pub(super) fn end(&mut self) {
        self.messages.sort_by_key(|message| message.at);
        self.statements.hide_secrets();
    }

    /// What happened to a session.
    fn tell(&mut self, line: &Line, tag: &SessionTag) {
        match &line.event {
            What::Listening { protocol, at, .. } => {
                self.actors.listens(tag, protocol, at);
                self.note_framing(tag, protocol);
                self.live(line.at, tag);
            }
            What::Connected { protocol, local, peer, .. } => {
                self.actors.connected(tag, protocol, local, peer);
                self.note_framing(tag, protocol);
                self.live(line.at, tag);
                // Whom a listener has told of already, it knows.
                if self.actors.way(tag.id, true).is_some() {
                    self.pass(line, tag, Passed::Opening, false, &[]);
                }
            }
            What::Accepted { local, peer, .. } => {
                self.actors.accepted(tag, local, peer);
                self.live(line.at, tag);
                self.pass(line, tag, Passed::Opening, true, &[]);
            }
            What::TargetReached { local, .. } => self.actors.reached(tag, local),
            What::Sent(bytes) => {
                if tag.kind == SessionKind::Connect {
                    self.latencies.sent(tag.id, line.at);
                }
                self.pass(line, tag, Passed::Data, false, bytes);
            }
            What::Received(bytes) => {
                self.latencies.received(tag.id, line.at);
                self.pass(line, tag, Passed::Data, true, bytes);
            }
            What::Finished => self.pass(line, tag, Passed::End, false, &[]),
            What::PeerFinished | What::PeerLeft(_) => self.pass(line, tag, Passed::End, true, &[]),
            What::Closed => self.over(line, tag, Passed::Close, &[]),
            What::Broken(reason) => self.over(line, tag, Passed::Break, reason.as_bytes()),
            What::Exchanged { took, .. } => {
                let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                self.latencies.note(line.at.saturating_sub(took), took);
                self.over(line, tag, Passed::Close, &[]);
            }
            _ => {}
        }
    }

    fn note_framing(&mut self, tag: &SessionTag, protocol: &str) {
        let framing = transport::find(protocol).map(Transport::framing);
        if framing.is_some_and(Framing::keeps_boundaries) && !self.datagrams.contains(&tag.name) {
            self.datagrams.push(tag.name.clone());
        }
    }

    fn is_stream(&self, session: &str) -> bool {
        let listener = session.rsplit_once('.').map_or(session, |(listener, _)| listener);
        !self.datagrams.iter().any(|name| name == session || name == listener)
    }

    fn live(&mut self, at: u64, tag: &SessionTag) {
        if self.lives.len() >= MOST_SESSIONS {
            self.lives_more += 1;
            return;
        }
        let (name, actor) = (escape::one_line(tag.name.as_bytes()), self.actors.own(tag));
        self.lives.push(Life { id: tag.id, name, actor, from: at, to: None, sent: 0, received: 0, broken: false });
    }

    fn over(&mut self, line: &Line, tag: &SessionTag, passed: Passed, words: &[u8]) {
        self.pass(line, tag, passed, false, words);
        self.actors.closed(tag.id);
        self.latencies.closed(tag.id);
        if let Some(life) = self.lives.iter_mut().find(|life| life.id == tag.id) {
            life.to = Some(line.at);
            life.broken = passed == Passed::Break;
        }
    }

    /// Something passes from a session or, with `incoming`, to it.
    fn pass(&mut self, line: &Line, tag: &SessionTag, passed: Passed, incoming: bool, bytes: &[u8]) {
        if passed == Passed::Data
            && let Some(life) = self.lives.iter_mut().find(|life| life.id == tag.id)
        {
            let count = if incoming { &mut life.received } else { &mut life.sent };
            *count += bytes.len() as u64;
        }
        let Some((from, to)) = self.actors.way(tag.id, incoming) else { return };
        let size = if passed == Passed::Data { bytes.len() as u64 } else { 0 };
        if passed == Passed::Data {
            self.moved = (self.moved.0 + 1, self.moved.1 + size);
            self.series.add(line.at, size);
        }
        let name = escape::one_line(tag.name.as_bytes());
        let fresh = Message {
            at: line.at,
            during: self.latest,
            step: line.step,
            session: name,
            from,
            to,
            passed,
            size,
            bytes: bytes[..bytes.len().min(MOST_BYTES)].to_vec(),
        };
        if passed == Passed::Data && self.messages_more == 0 && self.is_stream(&tag.name) && self.joins(&fresh, bytes) {
            return;
        }
        self.push(fresh);
    }

    /// Whether it goes on with the last message: the pieces of a stream mean nothing.
    fn joins(&mut self, fresh: &Message, bytes: &[u8]) -> bool {
        let last = self.messages.last_mut().filter(|last| {
            let way = (last.from, last.to, last.step, last.during) == (fresh.from, fresh.to, fresh.step, fresh.during);
            way && last.passed == Passed::Data && last.session == fresh.session
        });
        let Some(last) = last else { return false };
        last.size += fresh.size;
        let room = MOST_BYTES - last.bytes.len();
        last.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        true
    }

    fn push(&mut self, message: Message) {
        if self.messages.len() < MOST_MESSAGES {
            self.messages.push(message);
        } else {
            self.messages_more += 1;
        }
    }

    /// `http` asks; whom is known when the answer comes.
    fn asks(&mut self, line: &Line, head: &http::Head) {
        let bytes = spelled(head);
        let size = bytes.len() as u64;
        self.asked = Some((line.at, line.step, bytes, size));
    }

    fn asks_more(&mut self, bytes: &Bytes) {
        if let Some((_, _, kept, size)) = &mut self.asked {
            *size += bytes.len() as u64;
            let room = MOST_BYTES.saturating_sub(kept.len());
            kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn answers(
        &mut self,
        line: &Line,
        session: Option<&SessionTag>,
        head: &http::Head,
        (local, peer): &(Endpoint, Endpoint),
    ) {
        let asked = self.asked.take();
        let answered = self.actors.answered(session, local, peer);
        if let Some(tag) = session {
            self.live(line.at, tag);
        }
        let Answered::Outside { own, peer } = answered else { return };
        let name = session.map_or_else(|| "http".to_owned(), |tag| escape::one_line(tag.name.as_bytes()));
        let during = self.latest;
        let message = |at, step, (from, to), bytes: Vec<u8>, size| Message {
            at,
            during,
            step,
            session: name.clone(),
            from,
            to,
            passed: Passed::Data,
            size,
            bytes: bytes.into_iter().take(MOST_BYTES).collect(),
        };
        let answer = spelled(head);
        let size = answer.len() as u64;
        let asked = asked.map(|(at, step, bytes, size)| message(at, step, (own, peer), bytes, size));
        for message in asked.into_iter().chain([message(line.at, line.step, (peer, own), answer, size)]) {
            self.moved = (self.moved.0 + 1, self.moved.1 + message.size);
            self.series.add(message.at, message.size);
            self.push(message);
        }
    }

    /// How long the run took.
    pub(super) const fn took(&self) -> Duration {
        Duration::from_micros(self.length)
    }

    /// Whether everything held.
    pub(super) fn held(&self) -> bool {
        self.exit == Some(0)
    }
}

/// A head as HTTP/1 writes it.
fn spelled(head: &http::Head) -> Vec<u8> {
    let mut text = head.line.clone().into_bytes();
    for (name, value) in &head.fields {
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
    }
    text.extend_from_slice(b"\r\n\r\n");
    text
}
