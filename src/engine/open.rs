//! Opening sessions: what happens between a socket that is there and a session that works.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::event::{SessionKind, What};
use super::handlers::{self, HandlerSet};
use super::lock;
use super::session::{Ending, Inbox, LineEnding, Opening, Session};
use super::shared::Shared;
use crate::net::flow::{Conversation, Gates, Happening, Observer};
use crate::net::http::{self, Site, Visit};
use crate::net::listener::{Accepted, Acceptor};
use crate::net::relay::Plan;
use crate::net::socket::Received;
use crate::net::stage::Pipeline;
use crate::net::{Connection, Endpoint, Framing, flow, relay};

/// What serves the connections of a listener.
#[derive(Clone)]
pub(super) enum Service {
    /// Nobody: they keep what they receive for `expect` and `recv`.
    Inbox,
    /// A pipeline.
    Pipeline(Arc<Pipeline>),
    /// Blocks of the script.
    Handlers(Arc<HandlerSet>),
    /// A relay.
    Relay(Arc<Plan>),
    /// A web server.
    Site(Arc<Site>),
}

/// What all connections of a listener have in common.
#[derive(Clone)]
pub(super) struct Terms {
    /// What serves them.
    pub service: Service,
    /// How long nothing may move in either direction.
    pub idle: Option<Duration>,
    /// What ends the lines they send.
    pub line_ending: LineEnding,
    /// Whether the listener takes one connection and ends with it.
    pub once: bool,
}

/// Makes a session of a connection that `connect` has opened, and starts to receive on it. Without a name it gets the
/// transport's and a number.
pub(super) fn connected(
    shared: &Arc<Shared>,
    connection: Connection,
    protocol: &'static str,
    name: Option<String>,
    terms: &Terms,
) -> Arc<Session> {
    let opening = Opening { inbox: Some(inbox(shared)), ..describe(protocol, &connection, terms) };
    let session = shared.open(name, protocol, SessionKind::Connect, opening);
    let (local, peer, facts) = (connection.local(), connection.peer(), Arc::clone(&session.opening.facts));
    shared.emit(Some(&session), What::Connected { protocol: protocol.into(), local, peer, facts });
    read(shared, &session, connection, terms.idle);
    session
}

/// An empty inbox, as the settings have it.
fn inbox(shared: &Shared) -> Box<Inbox> {
    Box::new(Inbox::new(lock(&shared.settings).buffer).noting(shared.journal.turn()))
}

fn describe(protocol: &'static str, connection: &Connection, terms: &Terms) -> Opening {
    Opening {
        protocol,
        framing: connection.framing(),
        at: vec![connection.local()],
        peer: Some(connection.peer()),
        facts: connection.facts().into(),
        serves: Arc::default(),
        connection: Some(Arc::clone(connection)),
        inbox: None,
        line_ending: terms.line_ending,
        parent: None,
    }
}

/// Starts the task that fills a session's inbox until the peer ends.
fn read(shared: &Arc<Shared>, session: &Arc<Session>, connection: Connection, idle: Option<Duration>) {
    let task = tokio::spawn(receive_all(Arc::clone(shared), Arc::clone(session), connection));
    session.owns(task.abort_handle());
    if let Some(limit) = idle {
        let task = tokio::spawn(end_when_idle(Arc::clone(shared), Arc::clone(session), limit));
        session.owns(task.abort_handle());
    }
}

async fn receive_all(shared: Arc<Shared>, session: Arc<Session>, connection: Connection) {
    let Some(inbox) = &session.opening.inbox else {
        return;
    };
    loop {
        let seen = |bytes: &[u8]| {
            session.counters.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if shared.wants_data() {
                shared.emit(Some(&session), What::Received(Bytes::copy_from_slice(bytes)));
            }
        };
        match inbox.fill(connection.as_ref(), seen).await {
            Ok(Received::Data(_)) => {}
            Ok(Received::Datagram(_)) => {
                session.counters.datagrams_received.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Received::End) if let Some(exit) = connection.exit() => {
                shared.emit(Some(&session), What::PeerFinished);
                session.note_peer_finished();
                let ending = Ending::Exited(exit.await);
                shared.end(&session, ending);
                return;
            }
            Ok(Received::End) => {
                let parting = connection.parting();
                if let Some(parting) = &parting {
                    inbox.note_parting(parting.clone());
                }
                inbox.end(Ending::Orderly);
                shared.emit(Some(&session), parting.clone().map_or(What::PeerFinished, What::PeerLeft));
                // Who has left with words listens no more.
                if session.note_peer_finished() || parting.is_some() {
                    shared.end(&session, Ending::Orderly);
                }
                return;
            }
            Err(error)
                if error.kind() == io::ErrorKind::ConnectionRefused && session.opening.framing == Framing::Datagram =>
            {
                inbox.note_refused();
                shared.emit(Some(&session), What::Notice("a datagram was refused: nobody listens there".to_owned()));
            }
            Err(error) => {
                shared.end(&session, Ending::of(&error));
                return;
            }
        }
    }
}

/// Ends a session when nothing was received or sent for `limit`.
async fn end_when_idle(shared: Arc<Shared>, session: Arc<Session>, limit: Duration) {
    let moved = || {
        let counters = &session.counters;
        (
            counters.received.load(Ordering::Relaxed) + counters.sent.load(Ordering::Relaxed),
            counters.datagrams_received.load(Ordering::Relaxed) + counters.datagrams_sent.load(Ordering::Relaxed),
        )
    };
    let mut last = (moved(), crate::net::clock::now());
    // A look every sixteenth of the limit keeps the end exact enough without a clock read for every byte.
    let step = (limit / 16).max(Duration::from_millis(1));
    loop {
        tokio::time::sleep(step).await;
        let (seen, now) = (moved(), crate::net::clock::now());
        if seen != last.0 {
            last = (seen, now);
        } else if now.duration_since(last.1) >= limit {
            shared.end(&session, Ending::Failed(format!("idle for {}", super::value::spoken(limit))));
            return;
        }
    }
}

/// Starts accepting for a listener.
pub(super) fn accept_all(shared: &Arc<Shared>, listener: &Arc<Session>, acceptor: Acceptor, terms: Terms) {
    let pipeline = match &terms.service {
        Service::Pipeline(pipeline) => Some(pipeline),
        Service::Relay(plan) => {
            // A new session has none.
            let _ = listener.plan.set(Arc::clone(plan));
            Some(&plan.pipeline)
        }
        Service::Inbox | Service::Handlers(_) | Service::Site(_) => None,
    };
    *lock(&listener.gates) = pipeline.map(|pipeline| Arc::new(Gates::behind(pipeline)));
    let task = tokio::spawn(accept(Arc::clone(shared), Arc::clone(listener), acceptor, terms));
    listener.owns(task.abort_handle());
}

async fn accept(shared: Arc<Shared>, listener: Arc<Session>, mut acceptor: Acceptor, terms: Terms) {
    loop {
        match acceptor.accept().await {
            Ok(Accepted::Connection(connection, place)) => {
                let datagrams = connection.framing() == Framing::Datagram;
                let session = take_in(&shared, &listener, connection, place, &terms);
                if terms.once && !datagrams {
                    // Letting go of the socket here is what refuses a second client.
                    drop(acceptor);
                    session.until(|session| !session.is_open()).await;
                    shared.end(&listener, session.ending().unwrap_or(Ending::Orderly));
                    return;
                }
            }
            Ok(Accepted::Denied(peer)) => {
                listener.refused.fetch_add(1, Ordering::Relaxed);
                shared.emit(Some(&listener), What::Denied(peer));
            }
            Ok(Accepted::Refused(peer)) => {
                listener.refused.fetch_add(1, Ordering::Relaxed);
                shared.emit(Some(&listener), What::Refused(peer));
            }
            Ok(Accepted::Failed(peer, error)) => {
                let reason = error.to_string();
                shared.emit(Some(&listener), What::HandshakeFailed { peer, reason: reason.clone() });
                if terms.once {
                    shared.end(&listener, Ending::Failed(format!("the handshake failed: {reason}")));
                    return;
                }
            }
            Ok(Accepted::Exhausted(error)) => {
                shared.emit(Some(&listener), What::Exhausted(crate::net::error::describe(&error)));
            }
            Err(error) => {
                shared.end(&listener, Ending::of(&error));
                return;
            }
        }
    }
}

/// Makes a session of an accepted connection and sets its service to work.
fn take_in(
    shared: &Arc<Shared>,
    listener: &Arc<Session>,
    connection: Connection,
    place: Option<tokio::sync::OwnedSemaphorePermit>,
    terms: &Terms,
) -> Arc<Session> {
    let number = listener.accepted.fetch_add(1, Ordering::Relaxed) + 1;
    listener.live.fetch_add(1, Ordering::Relaxed);
    let keeps = matches!(terms.service, Service::Inbox | Service::Handlers(_));
    let opening = Opening {
        inbox: keeps.then(|| inbox(shared)),
        serves: listener.serves(),
        parent: Some(Arc::clone(listener)),
        ..describe(listener.opening.protocol, &connection, terms)
    };
    let name = format!("{}.{number}", listener.name());
    let session = shared.open(Some(name), "", SessionKind::Accept, opening);
    let (local, peer) = (connection.local(), connection.peer());
    match &terms.service {
        Service::Inbox => {
            read(shared, &session, connection, terms.idle);
            if let Some(place) = place {
                tokio::spawn(hold(Arc::clone(&session), place));
            }
        }
        Service::Handlers(set) => {
            session.served.store(true, Ordering::Relaxed);
            read(shared, &session, connection, terms.idle);
            let serving = handlers::serve(Arc::clone(shared), Arc::clone(&session), Arc::clone(set));
            // Not owned by the session: its `on close` runs when the session has ended.
            tokio::spawn(async move {
                serving.await;
                drop(place);
            });
        }
        Service::Pipeline(pipeline) => {
            let pipeline = Arc::clone(pipeline);
            flow_task(shared, &session, connection, terms.idle, place, |conversation| {
                flow::serve(conversation, &pipeline)
            });
        }
        Service::Relay(plan) => {
            let plan = Arc::clone(plan);
            flow_task(shared, &session, connection, terms.idle, place, |conversation| relay::relay(conversation, plan));
        }
        Service::Site(site) => {
            let counters = Arc::clone(&session.counters);
            // Another thread may serve it at once, and tell of its requests.
            tell_accepted(shared, &session, local, peer);
            listener.note_visited();
            let observer = Arc::new(Witness { shared: Arc::clone(shared), session: Arc::clone(&session) });
            let visit = Visit { connection, counters, observer, id: session.tag.id, idle: terms.idle };
            own_task(shared, &session, place, http::serve(visit, Arc::clone(site)));
            return session;
        }
    }
    // Told only now, when whoever hears of the connection can already speak to what serves it.
    tell_accepted(shared, &session, local, peer);
    listener.note_visited();
    session
}

fn tell_accepted(shared: &Shared, session: &Session, local: Endpoint, peer: Endpoint) {
    shared.emit(Some(session), What::Accepted { local, peer, facts: Arc::clone(&session.opening.facts) });
}

/// Keeps a place of the listener until the session has ended.
async fn hold(session: Arc<Session>, _place: tokio::sync::OwnedSemaphorePermit) {
    session.until(|session| !session.is_open()).await;
}

/// Runs a flow of the network layer as the session's task.
fn flow_task<F>(
    shared: &Arc<Shared>,
    session: &Arc<Session>,
    connection: Connection,
    idle: Option<Duration>,
    place: Option<tokio::sync::OwnedSemaphorePermit>,
    start: impl FnOnce(Conversation) -> F,
) where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let observer = Arc::new(Witness { shared: Arc::clone(shared), session: Arc::clone(session) });
    let gates = begin_gates(session);
    let conversation = Conversation { connection, counters: Arc::clone(&session.counters), observer, idle, gates };
    own_task(shared, session, place, start(conversation));
}

/// Runs what serves a session as its task; the session ends with it.
fn own_task(
    shared: &Arc<Shared>,
    session: &Arc<Session>,
    place: Option<tokio::sync::OwnedSemaphorePermit>,
    serving: impl Future<Output = io::Result<()>> + Send + 'static,
) {
    let (shared, owner) = (Arc::clone(shared), Arc::clone(session));
    let task = tokio::spawn(async move {
        let ending = match serving.await {
            Ok(()) => owner.orderly(),
            Err(error) => Ending::of(&error),
        };
        drop(place);
        shared.end(&owner, ending);
    });
    session.owns(task.abort_handle());
}

/// The gates of a new connection, as orders to its listener have left those.
fn begin_gates(session: &Session) -> Arc<Gates> {
    // Held until the connection has its own, so that no order falls between.
    let pattern = session.opening.parent.as_ref().map(|listener| lock(&listener.gates));
    let pattern = pattern.as_ref().and_then(|pattern| pattern.as_ref());
    let gates = Arc::new(pattern.map(|pattern| pattern.alike()).unwrap_or_default());
    *lock(&session.gates) = Some(Arc::clone(&gates));
    gates
}

/// Tells the engine's events what happens in a flow.
struct Witness {
    shared: Arc<Shared>,
    session: Arc<Session>,
}

impl Witness {
    /// Whether somebody looks at the bytes as they move.
    fn is_watched(&self) -> bool {
        let parent = self.session.opening.parent.as_ref();
        self.session.watched.load(Ordering::Relaxed)
            || parent.is_some_and(|parent| parent.watched.load(Ordering::Relaxed))
    }

    /// Whose conversation it is.
    fn client(&self) -> Endpoint {
        self.session.opening.peer.clone().unwrap_or(Endpoint::Unnamed)
    }
}

impl Observer for Witness {
    fn notice(&self, happening: Happening) {
        let what = match happening {
            Happening::Received(bytes) => What::Received(bytes),
            Happening::Sent(bytes) => What::Sent(bytes),
            Happening::Shown(bytes) => What::Shown(bytes),
            Happening::PeerFinished => {
                self.session.note_peer_finished();
                let parting = self.session.connection().and_then(|connection| connection.parting());
                parting.map_or(What::PeerFinished, What::PeerLeft)
            }
            Happening::TargetLost { target, reason } => What::TargetLost { target, client: self.client(), reason },
            Happening::TargetBehind { target } => What::TargetBehind { target, client: self.client() },
            Happening::TargetMissed { target, bytes } => What::TargetMissed { target, client: self.client(), bytes },
            Happening::TargetReached { local, target, endpoint } => What::TargetReached { local, target, endpoint },
            Happening::ProgramEnded(code) => {
                match code {
                    Some(0) => {}
                    Some(code) => self.session.note_failure(format!("the program ended with code {code}")),
                    None => self.session.note_failure("the program was ended by a signal".to_owned()),
                }
                What::ProgramEnded(code)
            }
        };
        if matches!(what, What::Received(_) | What::Sent(_)) && !self.is_watched() {
            return self.shared.emit_unwatched(&self.session, what);
        }
        self.shared.emit(Some(&self.session), what);
    }

    fn watches(&self) -> bool {
        self.is_watched() || self.shared.wants_all_data()
    }
}

impl http::Observer for Witness {
    fn answered(&self, entry: http::Entry) {
        self.shared.emit(Some(&self.session), What::Answered(Box::new(entry)));
    }
}

/// When something has to be over, `limit` from now.
pub(super) fn deadline(limit: Duration) -> Instant {
    crate::net::clock::now() + limit.min(Duration::from_hours(8760))
}
