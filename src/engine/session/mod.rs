//! Sessions: every open socket with its name, its state and what it has received.

mod arrivals;
mod inbox;
mod table;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::evaluator::PipelineStage;
use super::event::{Form, SessionTag};
use super::exchange::Exchange;
use super::ledger::Ledger;
use super::lock;
use super::served::Served;
use crate::language::Source;
use crate::net::flow::{Counters, Gates};
use crate::net::relay::Plan;
use crate::net::{Connection, Endpoint, Fact, Framing, MessageKind};

pub(super) use arrivals::{Arrivals, Mark, Turn};
pub(super) use inbox::{Buffer, Inbox, PATIENT_LIMIT};
pub(super) use table::Table;

/// How a session came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Both directions ended, or we closed it.
    Orderly,
    /// The peer reset it.
    Reset,
    /// Nobody took the connection.
    Refused,
    /// The program at the other end has ended with that code, or by a signal.
    Exited(Option<i32>),
    /// Anything else, in words.
    Failed(String),
}

impl Ending {
    /// What an I/O error means for the session it happened to.
    pub fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => Self::Reset,
            std::io::ErrorKind::ConnectionRefused => Self::Refused,
            std::io::ErrorKind::TimedOut => Self::Failed("idle for too long".to_owned()),
            _ => Self::Failed(crate::net::error::describe(error)),
        }
    }

    /// Why, in a few words of its own: `reset by the peer`.
    pub fn reason(&self) -> String {
        match self {
            Self::Orderly => "in order".to_owned(),
            Self::Reset => "reset by the peer".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Exited(Some(code)) => format!("the program ended with code {code}"),
            Self::Exited(None) => "the program was ended by a signal".to_owned(),
            Self::Failed(reason) => reason.clone(),
        }
    }

    /// Whether nothing went wrong: a program may also end as it should.
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::Orderly | Self::Exited(Some(0)))
    }

    /// In words, as sentences end: `was reset by the peer`.
    pub fn words(&self) -> String {
        match self {
            Self::Orderly => "is closed".to_owned(),
            Self::Reset => "was reset by the peer".to_owned(),
            Self::Refused => "was refused".to_owned(),
            Self::Exited(Some(code)) => format!("has ended with code {code}"),
            Self::Exited(None) => "was ended by a signal".to_owned(),
            Self::Failed(reason) => format!("ended: {reason}"),
        }
    }
}

/// What ends a typed or sent line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnding {
    /// `\n`
    #[default]
    Lf,
    /// `\r\n`
    Crlf,
}

impl LineEnding {
    /// Its bytes.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::Crlf => b"\r\n",
        }
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lf => "lf",
            Self::Crlf => "crlf",
        }
    }
}

/// Which directions have ended.
#[derive(Debug, Clone, Default)]
struct State {
    peer_finished: bool,
    finished: bool,
    ending: Option<Ending>,
}

/// What is known of a session when it opens.
pub struct Opening {
    /// The transport.
    pub protocol: &'static str,
    /// How its bytes are framed.
    pub framing: Framing,
    /// Our end, or where it listens.
    pub at: Vec<Endpoint>,
    /// The other end.
    pub peer: Option<Endpoint>,
    /// What else there is to tell about it.
    pub facts: Arc<[Fact]>,
    /// What serves it at first.
    pub serves: Arc<Served>,
    /// The socket; none for a listener.
    pub connection: Option<Connection>,
    /// Where what it receives waits; none when a handler or a relay takes it, or nothing can come.
    pub inbox: Option<Box<Inbox>>,
    /// What ends the lines it sends.
    pub line_ending: LineEnding,
    /// The listener that accepted it.
    pub parent: Option<Arc<Session>>,
}

/// Bytes in both directions.
#[derive(Debug, Default)]
pub struct Moved {
    /// Received.
    pub received: AtomicU64,
    /// Sent.
    pub sent: AtomicU64,
}

/// A session. It lives as long as its name is of use, also after its end.
pub struct Session {
    /// Its number and name.
    pub tag: Arc<SessionTag>,
    /// What was known when it opened.
    pub opening: Opening,
    /// When it opened.
    pub opened: Instant,
    /// In which turn of the journal it opened; 0 where none is kept.
    pub turn: Turn,
    /// What it has moved.
    pub counters: Arc<Counters>,
    /// What the connections of a listener that are over have moved.
    pub past: Moved,
    /// How many connections a listener has accepted so far.
    pub accepted: AtomicU64,
    /// How many of them are open.
    pub live: AtomicUsize,
    /// How many a listener has turned away.
    pub refused: AtomicU64,
    /// What serves it now.
    serves: Mutex<Arc<Served>>,
    /// What a relay does.
    pub plan: OnceLock<Arc<Plan>>,
    /// Whether somebody watches its bytes.
    pub watched: AtomicBool,
    /// Whether something takes what it receives and closes it in time: a handler of the script, or `join`.
    pub served: AtomicBool,
    /// What holds its bytes back when it is told to, where a flow serves it; of a listener, how its new connections
    /// begin.
    pub gates: Mutex<Option<Arc<Gates>>>,
    /// Notified when its state changes.
    changed: Notify,
    /// Notified when a listener's number of connections changes, and when it ends: kept apart so that who waits for
    /// the end alone is not woken for every connection.
    visited: Notify,
    state: Mutex<State>,
    socket: Mutex<Option<Connection>>,
    sending: tokio::sync::Mutex<()>,
    last_sent: Mutex<Option<Bytes>>,
    form: Mutex<Form>,
    failure: Mutex<Option<String>>,
    exchange: Mutex<Option<Arc<Exchange>>>,
    ledger: OnceLock<Arc<Ledger>>,
    tasks: Mutex<Vec<AbortHandle>>,
}

impl Session {
    /// A session that has just opened.
    pub fn new(tag: SessionTag, mut opening: Opening, turn: Turn) -> Arc<Self> {
        let socket = opening.connection.take();
        let serves = Mutex::new(Arc::clone(&opening.serves));
        Arc::new(Self {
            tag: Arc::new(tag),
            opening,
            opened: crate::net::clock::now(),
            turn,
            counters: Arc::default(),
            past: Moved::default(),
            accepted: AtomicU64::new(0),
            live: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            serves,
            plan: OnceLock::new(),
            watched: AtomicBool::new(false),
            served: AtomicBool::new(false),
            gates: Mutex::default(),
            changed: Notify::new(),
            visited: Notify::new(),
            state: Mutex::default(),
            socket: Mutex::new(socket),
            sending: tokio::sync::Mutex::new(()),
            last_sent: Mutex::default(),
            form: Mutex::default(),
            failure: Mutex::default(),
            exchange: Mutex::default(),
            ledger: OnceLock::new(),
            tasks: Mutex::default(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.tag.name
    }

    /// What serves it now.
    pub fn serves(&self) -> Arc<Served> {
        Arc::clone(&lock(&self.serves))
    }

    /// A stage of what serves it has been given these arguments.
    pub(super) fn change_stage(&self, source: &Source, stage: &PipelineStage) {
        Arc::make_mut(&mut lock(&self.serves)).change(source, stage);
    }

    /// The socket, while it is open and has one.
    pub fn connection(&self) -> Option<Connection> {
        lock(&self.socket).clone()
    }

    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        lock(&self.state).ending.is_none()
    }

    /// How it ended, if it has.
    pub fn ending(&self) -> Option<Ending> {
        lock(&self.state).ending.clone()
    }

    /// Its state in a word, for tables and `$name.state`.
    pub fn state(&self) -> &'static str {
        let state = lock(&self.state);
        match (&state.ending, state.peer_finished, state.finished) {
            (Some(ending), ..) if ending.is_orderly() => "closed",
            (Some(Ending::Reset), ..) => "reset",
            (Some(Ending::Refused), ..) => "refused",
            (Some(_), ..) => "failed",
            (None, true, _) => "peer finished",
            (None, false, true) => "finished",
            (None, false, false) => "open",
        }
    }

    /// Whether nothing more can come from it and nobody is there to close it: it has ended, or its peer has
    /// finished and nothing serves it.
    pub fn is_over(&self) -> bool {
        let state = lock(&self.state);
        state.ending.is_some()
            || (state.peer_finished && self.opening.inbox.is_some() && !self.served.load(Ordering::Relaxed))
    }

    /// Whether something takes what it receives in the place of the script.
    pub fn is_served(&self) -> bool {
        self.served.load(Ordering::Relaxed)
    }

    /// Notes that the peer has finished sending. True when both directions have ended.
    pub fn note_peer_finished(&self) -> bool {
        let mut state = lock(&self.state);
        state.peer_finished = true;
        let both = state.finished;
        drop(state);
        self.changed.notify_waiters();
        both
    }

    /// Notes that we have finished sending. True when both directions have ended.
    pub fn note_finished(&self) -> bool {
        let mut state = lock(&self.state);
        state.finished = true;
        let both = state.peer_finished;
        drop(state);
        self.changed.notify_waiters();
        both
    }

    /// Whether the peer has finished sending.
    pub fn has_peer_finished(&self) -> bool {
        lock(&self.state).peer_finished
    }

    /// Whether we have finished sending.
    pub fn has_finished(&self) -> bool {
        lock(&self.state).finished
    }

    /// Ends it: nothing is received or sent any more, the socket is let go. False when it had ended before.
    pub fn end(&self, ending: Ending) -> bool {
        {
            let mut state = lock(&self.state);
            if state.ending.is_some() {
                return false;
            }
            state.ending = Some(ending.clone());
        }
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
        lock(&self.socket).take();
        if let Some(inbox) = &self.opening.inbox {
            inbox.end(ending);
        }
        if let Some(parent) = &self.opening.parent {
            parent.live.fetch_sub(1, Ordering::Relaxed);
            parent.past.received.fetch_add(self.counters.received.load(Ordering::Relaxed), Ordering::Relaxed);
            parent.past.sent.fetch_add(self.counters.sent.load(Ordering::Relaxed), Ordering::Relaxed);
            parent.visited.notify_waiters();
        }
        self.changed.notify_waiters();
        self.visited.notify_waiters();
        true
    }

    /// Notes that what serves it failed, in words; its orderly end will say so.
    pub fn note_failure(&self, reason: String) {
        lock(&self.failure).get_or_insert(reason);
    }

    /// How an orderly end is told: as the failure of what served it, if that failed.
    pub fn orderly(&self) -> Ending {
        lock(&self.failure).take().map_or(Ending::Orderly, Ending::Failed)
    }

    /// The message of HTTP that it holds.
    pub(in crate::engine) fn exchange(&self) -> Option<Arc<Exchange>> {
        lock(&self.exchange).clone()
    }

    /// Gives it a message of HTTP to hold.
    pub(in crate::engine) fn set_exchange(&self, exchange: impl Into<Arc<Exchange>>) {
        *lock(&self.exchange) = Some(exchange.into());
    }

    /// The requests that came, of a web server that keeps them.
    pub(in crate::engine) fn ledger(&self) -> Option<&Arc<Ledger>> {
        self.ledger.get()
    }

    /// Has it keep requests in `ledger`.
    pub(in crate::engine) fn keep_requests(&self, ledger: Arc<Ledger>) {
        // A new session has none.
        let _ = self.ledger.set(ledger);
    }

    /// Has `task` aborted when the session ends.
    pub fn owns(&self, task: AbortHandle) {
        let mut tasks = lock(&self.tasks);
        if self.is_open() {
            tasks.push(task);
        } else {
            task.abort();
        }
    }

    /// Sends all of `bytes` after whatever else is being sent; says what went wrong otherwise.
    pub async fn send(&self, bytes: Bytes) -> Result<(), Ending> {
        self.send_as(bytes, None).await
    }

    /// The same, as a message of that kind if it is said and the peer has messages of several kinds.
    pub async fn send_as(&self, bytes: Bytes, kind: Option<MessageKind>) -> Result<(), Ending> {
        let _turn = self.sending.lock().await;
        // A peer that answers while we send shall not wait for us to read: each would wait for the other.
        let _room = self.opening.inbox.as_ref().map(|inbox| inbox.room(PATIENT_LIMIT));
        let Some(connection) = self.connection() else {
            return Err(self.ending().unwrap_or(Ending::Orderly));
        };
        connection.send_as(&bytes, kind).await.map_err(|error| Ending::of(&error))?;
        self.counters.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if self.opening.framing.keeps_boundaries() {
            self.counters.datagrams_sent.fetch_add(1, Ordering::Relaxed);
        }
        *lock(&self.last_sent) = Some(bytes);
        Ok(())
    }

    /// What was sent last, if anything was.
    pub fn last_sent(&self) -> Option<Bytes> {
        lock(&self.last_sent).clone()
    }

    /// How its bytes want to be shown.
    pub fn form(&self) -> Form {
        *lock(&self.form)
    }

    /// Says how its bytes want to be shown.
    pub fn set_form(&self, form: Form) {
        *lock(&self.form) = form;
    }

    /// Takes note of a connection that a listener has accepted.
    pub fn note_visited(&self) {
        self.visited.notify_waiters();
    }

    /// Waits until `holds`, looking again whenever its state changed. Cancel safe.
    pub async fn until(&self, holds: impl FnMut(&Self) -> bool) {
        self.look_on(&self.changed, holds).await;
    }

    /// Waits until `holds`, looking again whenever a listener's connections became more or fewer, or it ended. Cancel
    /// safe.
    pub async fn until_visited(&self, holds: impl FnMut(&Self) -> bool) {
        self.look_on(&self.visited, holds).await;
    }

    async fn look_on(&self, notify: &Notify, mut holds: impl FnMut(&Self) -> bool) {
        loop {
            let mut notified = std::pin::pin!(notify.notified());
            notified.as_mut().enable();
            if holds(self) {
                return;
            }
            notified.await;
        }
    }
}
