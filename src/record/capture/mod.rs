//! Captures: the packets that a run would have been seen to exchange, made of its log.
//!
//! Where both ends of a conversation are sessions of the run it is written once, and each direction is what its sender
//! has sent.

mod conversation;
mod file;
mod packet;
mod secrets;
mod websocket;

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;

use self::conversation::{Conversation, End, Key};
use self::file::Packets;
use self::secrets::Secrets;
use super::account::Account;
use super::ends::met;
use super::log::{Head, Line};
use crate::engine::event::{SessionTag, Step, What};
use crate::look::escape;
use crate::net::{Endpoint, Fact, Framing, transport};

/// How many conversations that are over are remembered, since a session of the other end may be told of late.
const LINGERING: usize = 1024;

/// Writes the packets of a run.
pub(crate) struct Capture {
    out: Packets,
    conversations: HashMap<Key, Conversation>,
    /// The sessions that take part, each with its conversation and the end that it is.
    sessions: HashMap<u64, (Key, End)>,
    /// The transports of listeners, by the names of their sessions.
    listeners: HashMap<String, String>,
    /// Those that are over, oldest first.
    over: VecDeque<Key>,
    /// The steps that run.
    steps: Vec<Step>,
    secrets: Secrets,
    /// The sessions whose packets are written, with those that they accept; `None` for all.
    of: Option<Vec<String>>,
}

impl Capture {
    /// Begins the capture of the run whose log has that head.
    pub(crate) fn begin(file: File, head: &Head) -> io::Result<Self> {
        Ok(Self {
            out: Packets::begin(file, head)?,
            conversations: HashMap::new(),
            sessions: HashMap::new(),
            listeners: HashMap::new(),
            over: VecDeque::new(),
            steps: Vec::new(),
            secrets: Secrets::default(),
            of: None,
        })
    }

    /// The same of the packets of these sessions, and of those that they accept, alone.
    pub(crate) fn of(self, sessions: Vec<String>) -> Self {
        Self { of: Some(sessions), ..self }
    }

    fn holds(&self, session: &SessionTag) -> bool {
        let is_of = |name: &String| {
            session.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.of.as_ref().is_none_or(|sessions| sessions.iter().any(is_of))
    }

    /// What a line of a session says.
    fn tell(&mut self, line: &Line, session: &SessionTag) -> io::Result<()> {
        match &line.event {
            What::Connected { protocol, local, peer, facts } => {
                let Some(key) = key(protocol, peer, local) else { return Ok(()) };
                self.join(line, session, Opening { end: End::Client, key, protocol, facts })
            }
            What::Accepted { local, peer, facts } => {
                let listener = session.name.rsplit_once('.').map_or("", |(listener, _)| listener);
                let protocol = self.listeners.get(listener).cloned().unwrap_or_default();
                let Some(key) = key(&protocol, &met(local, peer), peer) else { return Ok(()) };
                self.join(line, session, Opening { end: End::Server, key, protocol: &protocol, facts })
            }
            What::Sent(bytes) => self.pass(line, session, bytes, Direction::Out),
            What::Received(bytes) => self.pass(line, session, bytes, Direction::In),
            What::Finished | What::PeerFinished | What::PeerLeft(_) | What::Closed | What::Broken(_) => {
                self.cease(line, session)
            }
            _ => Ok(()),
        }
    }

    /// A session joins a conversation, which begins if the other end is none of the run's.
    fn join(&mut self, line: &Line, session: &SessionTag, opening: Opening<'_>) -> io::Result<()> {
        let Opening { end, key, protocol, facts } = opening;
        self.sessions.insert(session.id, (key, end));
        let awaited = self.conversations.get_mut(&key).filter(|known| known.side(end).session.is_none());
        if let Some(known) = awaited {
            known.side_mut(end).session = Some(session.id);
            return Ok(());
        }
        let mut conversation = Conversation::new(key, is_messages(protocol));
        conversation.side_mut(end).session = Some(session.id);
        let doing = self.steps.last().filter(|_| end == End::Client);
        conversation.open(&mut self.out, line.at, &introduction(session, protocol, doing))?;
        if conversation.messages {
            let (request, answer) = websocket::handshake(key.server, facts);
            let made = Some("the log holds messages of WebSocket: handshake, masks and frames are made again");
            conversation.send(&mut self.out, line.at, End::Client, request.as_bytes(), made)?;
            conversation.send(&mut self.out, line.at, End::Server, answer.as_bytes(), None)?;
        }
        self.conversations.insert(key, conversation);
        Ok(())
    }

    /// Bytes of a session: those that it received count only where their sender is none of the run's.
    fn pass(&mut self, line: &Line, session: &SessionTag, bytes: &Bytes, direction: Direction) -> io::Result<()> {
        let Some((key, end)) = self.sessions.get(&session.id) else { return Ok(()) };
        let Some(conversation) = self.conversations.get_mut(key) else { return Ok(()) };
        let from = match direction {
            Direction::Out => *end,
            Direction::In if conversation.side(end.other()).session.is_some() => return Ok(()),
            Direction::In => end.other(),
        };
        let doing = self.steps.iter().find(|step| step.number == line.step).map(statement);
        if conversation.messages {
            conversation.send(&mut self.out, line.at, from, &websocket::frame(from, bytes), doing.as_deref())
        } else {
            conversation.send(&mut self.out, line.at, from, bytes, doing.as_deref())
        }
    }

    /// A direction of a session has ended, or both.
    fn cease(&mut self, line: &Line, session: &SessionTag) -> io::Result<()> {
        let Some((key, end)) = self.sessions.get(&session.id).copied() else { return Ok(()) };
        let Some(conversation) = self.conversations.get_mut(&key) else { return Ok(()) };
        let (out, at, other) = (&mut self.out, line.at, end.other());
        let foreign = conversation.side(other).session.is_none();
        match &line.event {
            What::Finished => return conversation.finish(out, at, end),
            What::PeerFinished | What::PeerLeft(_) if foreign => return conversation.finish(out, at, other),
            What::Closed => {
                conversation.finish(out, at, end)?;
                if foreign {
                    conversation.finish(out, at, other)?;
                }
            }
            // Who is to blame only the words tell.
            What::Broken(reason) => conversation.reset(out, at, other, reason)?,
            _ => return Ok(()),
        }
        conversation.side_mut(end).over = true;
        self.sessions.remove(&session.id);
        if conversation.is_over() {
            self.linger(key);
        }
        Ok(())
    }

    /// Remembers a conversation that is over for a while: its other end may be a session of the run's that is told of
    /// only now.
    fn linger(&mut self, key: Key) {
        self.over.push_back(key);
        if self.over.len() > LINGERING
            && let Some(oldest) = self.over.pop_front()
            && self.conversations.get(&oldest).is_some_and(Conversation::is_over)
        {
            self.conversations.remove(&oldest);
        }
    }
}

/// A session that joins a conversation.
#[derive(Clone, Copy)]
struct Opening<'l> {
    end: End,
    key: Key,
    protocol: &'l str,
    facts: &'l [Fact],
}

/// Which way bytes went, as a session sees it.
#[derive(Clone, Copy)]
enum Direction {
    Out,
    In,
}

/// Between whom a conversation is; `None` for those that have no packets of IP.
fn key(protocol: &str, server: &Endpoint, client: &Endpoint) -> Option<Key> {
    let (Endpoint::Inet(server), Endpoint::Inet(client)) = (server, client) else { return None };
    let plain = |address: &SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let (server, client) = (plain(server), plain(client));
    let datagrams = transport::find(protocol)?.framing() == Framing::Datagram;
    (server.is_ipv4() == client.is_ipv4()).then_some(Key { datagrams, client, server })
}

fn is_messages(protocol: &str) -> bool {
    transport::find(protocol).is_some_and(|transport| transport.framing() == Framing::Message)
}

/// What the first packet of a connection says of it.
fn introduction(session: &SessionTag, protocol: &str, doing: Option<&Step>) -> String {
    let name = escape::one_line(session.name.as_bytes());
    let inside = if is_ciphered(protocol) { ", of which the log holds the plain text" } else { "" };
    let doing = doing.map(|step| format!("\n{}", statement(step))).unwrap_or_default();
    format!("session {name}, {protocol}{inside}{doing}")
}

/// Whether what the log holds went over the network in ciphers.
fn is_ciphered(protocol: &str) -> bool {
    matches!(protocol, "tls" | "wss")
}

/// A statement with its place: `lab.nsh:9: a: send "x"`.
fn statement(step: &Step) -> String {
    let text = escape::lines(step.text.as_bytes());
    format!("{}:{}: {text}", escape::one_line(step.source.as_bytes()), step.line)
}

impl Account for Capture {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        self.add(line)?;
        // Whatever ends the run, only whole packets are in the file.
        self.out.flush()
    }

    fn end(&mut self) -> io::Result<Vec<String>> {
        self.out.flush().map(|()| Vec::new())
    }
}

impl Capture {
    fn add(&mut self, line: &Line) -> io::Result<()> {
        match (&line.event, &line.session) {
            (What::Began(step), _) => self.steps.push(step.as_ref().clone()),
            (What::Ended(ended), _) => self.steps.retain(|step| step.number != ended.number),
            // Told while the handshake runs, and so before the first packet of its connection.
            (What::TlsSecret(secret), _) if self.secrets.learn(secret) => return self.out.write_secret(secret),
            (What::Listening { protocol, .. }, Some(session)) => {
                self.listeners.insert(session.name.clone(), protocol.clone().into_owned());
            }
            (_, Some(session)) if self.holds(session) => return self.tell(line, session),
            _ => {}
        }
        Ok(())
    }
}
