//! The acceptor: a transport's listener with limits, access lists and patience when descriptors run out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::access::Access;
use super::address::Endpoint;
use super::clock;
use super::error::is_exhaustion;
use super::proxy::introduced;
use super::socket::Connection;
use super::transport::Listener;

/// How long to leave the system alone when it had no descriptor to give.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections at most may be there whose PROXY header has not come.
const INTRODUCTIONS: usize = 4096;

/// What happens to a connection beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Full {
    /// It is closed at once.
    #[default]
    Refuse,
    /// It waits, not accepted, until a place is free.
    Wait,
}

/// Who is let in, and how many.
#[derive(Debug, Clone, Default)]
pub struct Admission {
    /// How many connections at the same time; `None` for no limit.
    pub max: Option<usize>,
    /// What happens beyond that.
    pub full: Full,
    /// Who may connect at all. Where proxies connect for others, this is about the proxies.
    pub access: Access,
    /// How long each peer may take to send the header of the PROXY protocol that says on whose behalf it connects, where
    /// it has to. Meanwhile others come in.
    pub introduction: Option<Duration>,
}

/// What an accept gave.
pub enum Accepted {
    /// A peer that was let in; its place is free again when the permit is dropped.
    Connection(Connection, Option<OwnedSemaphorePermit>),
    /// A peer that the access list shut out; it has been closed.
    Denied(Endpoint),
    /// A peer beyond the limit; it has been closed.
    Refused(Endpoint),
    /// A peer whose PROXY header was wrong or did not come, with the reason in words; it has been closed.
    Unintroduced(Endpoint, String),
    /// The system had no descriptor or memory to give; the acceptor goes on by itself after a moment.
    /// Told once until the next peer is accepted.
    Exhausted(io::Error),
}

/// Accepts connections under an [`Admission`].
pub struct Acceptor {
    door: Door,
    introduction: Option<Duration>,
    /// Those whose header is being waited for.
    introductions: JoinSet<Accepted>,
}

impl Acceptor {
    /// Puts `listener` under `admission`.
    pub fn new(listener: Box<dyn Listener>, admission: Admission) -> Self {
        let Admission { max, full, access, introduction } = admission;
        let places = max.map(|max| Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))));
        let door = Door { listener, access, full, places, place: None, exhausted: None };
        Self { door, introduction, introductions: JoinSet::new() }
    }

    /// Where it listens.
    pub fn local(&self) -> Vec<Endpoint> {
        self.door.listener.local()
    }

    /// The next thing that happens; an error ends the listener. Cancel safe.
    pub async fn accept(&mut self) -> io::Result<Accepted> {
        let Some(limit) = self.introduction else { return self.door.accept().await };
        loop {
            tokio::select! {
                Some(introduced) = self.introductions.join_next() => {
                    return Ok(introduced.expect("it neither panics nor is cancelled"));
                }
                accepted = self.door.accept(), if self.introductions.len() < INTRODUCTIONS => match accepted? {
                    Accepted::Connection(connection, place) => {
                        self.introductions.spawn(introduce(connection, place, limit));
                    }
                    other => return Ok(other),
                },
            }
        }
    }
}

/// Waits for the header of the PROXY protocol.
async fn introduce(connection: Connection, place: Option<OwnedSemaphorePermit>, limit: Duration) -> Accepted {
    let proxy = connection.peer();
    match introduced(connection, limit).await {
        Ok(connection) => Accepted::Connection(connection, place),
        Err(reason) => Accepted::Unintroduced(proxy, reason),
    }
}

/// Where connections come in.
struct Door {
    listener: Box<dyn Listener>,
    access: Access,
    full: Full,
    places: Option<Arc<Semaphore>>,
    /// A place taken for a peer that has not come yet.
    place: Option<OwnedSemaphorePermit>,
    /// Since the system ran out: when to ask it again.
    exhausted: Option<Instant>,
}

impl Door {
    /// The next peer, or why there is none. Cancel safe.
    async fn accept(&mut self) -> io::Result<Accepted> {
        if let (Full::Wait, None, Some(places)) = (self.full, &self.place, &self.places) {
            let place = Arc::clone(places).acquire_owned().await;
            self.place = Some(place.expect("the semaphore is never closed"));
        }
        loop {
            if let Some(until) = self.exhausted {
                tokio::time::sleep_until(until).await;
            }
            match std::future::poll_fn(|cx| self.listener.poll_accept(cx)).await {
                Ok(connection) => {
                    self.exhausted = None;
                    return Ok(self.admit(connection));
                }
                Err(error) if is_exhaustion(&error) => {
                    let known = self.exhausted.replace(clock::now() + PAUSE).is_some();
                    if !known {
                        return Ok(Accepted::Exhausted(error));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn admit(&mut self, connection: Connection) -> Accepted {
        let peer = connection.peer();
        if !self.access.permits(&peer) {
            return Accepted::Denied(peer);
        }
        let Some(places) = &self.places else { return Accepted::Connection(connection, None) };
        let place = self.place.take().or_else(|| Arc::clone(places).try_acquire_owned().ok());
        match place {
            Some(place) => Accepted::Connection(connection, Some(place)),
            None => Accepted::Refused(peer),
        }
    }
}
