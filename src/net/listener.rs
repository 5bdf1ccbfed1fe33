//! The acceptor: a transport's listener with limits, access lists and patience when descriptors run out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::access::Access;
use super::address::Endpoint;
use super::clock;
use super::error::is_exhaustion;
use super::fact::Fact;
use super::socket::Connection;
use super::transport::{Arrival, HandshakeError, Listener, layer};

/// How long to leave the system alone when it had no descriptor to give.
const PAUSE: Duration = Duration::from_millis(50);

/// How many handshakes run beside each other; further peers wait in the backlog.
const HANDSHAKES: usize = 1024;

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
    /// How long a handshake may take; `None` for the usual time.
    pub patience: Option<Duration>,
}

/// What an accept gave.
pub enum Accepted {
    /// A peer that was let in; its place is free again when the permit is dropped.
    Connection(Connection, Option<OwnedSemaphorePermit>),
    /// A peer that the access list shut out; it has been closed.
    Denied(Endpoint),
    /// A peer beyond the limit; it has been closed.
    Refused(Endpoint),
    /// A peer with whom the transport's handshake failed; it has been closed.
    Failed(Endpoint, HandshakeError),
    /// The system had no descriptor or memory to give; the acceptor goes on by itself after a moment.
    /// Told once until the next peer is accepted.
    Exhausted(io::Error),
}

/// Accepts connections under an [`Admission`]. Handshakes run beside each other and beside further accepts.
pub struct Acceptor {
    listener: Box<dyn Listener>,
    access: Access,
    full: Full,
    places: Option<Arc<Semaphore>>,
    /// A place taken for a peer that has not come yet.
    place: Option<OwnedSemaphorePermit>,
    /// Since the system ran out: when to ask it again.
    exhausted: Option<Instant>,
    /// How long a handshake may take.
    patience: Duration,
    shaking: JoinSet<Accepted>,
}

impl Acceptor {
    /// Puts `listener` under `admission`.
    pub fn new(listener: Box<dyn Listener>, admission: Admission) -> Self {
        let Admission { max, full, access, patience } = admission;
        let places = max.map(|max| Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))));
        let patience = patience.unwrap_or(layer::PATIENCE);
        let shaking = JoinSet::new();
        Self { listener, access, full, places, place: None, exhausted: None, patience, shaking }
    }

    /// Where it listens.
    pub fn local(&self) -> Vec<Endpoint> {
        self.listener.local()
    }

    /// What else there is to tell about the listener.
    pub fn facts(&self) -> Vec<Fact> {
        self.listener.facts()
    }

    /// The next thing that happens; an error ends the listener. Cancel safe.
    pub async fn accept(&mut self) -> io::Result<Accepted> {
        loop {
            // Which of both comes first is not up to the peers: those who shake hands cannot keep others out.
            let next = tokio::select! {
                Some(shaken) = self.shaking.join_next() => Next::Shaken(shaken),
                arrival = next_arrival(
                    &mut self.listener,
                    self.exhausted,
                    Places { full: self.full, all: self.places.as_ref(), taken: &mut self.place },
                ), if self.shaking.len() < HANDSHAKES => Next::Arrival(arrival),
            };
            match next {
                Next::Shaken(Ok(accepted)) => return Ok(accepted),
                Next::Shaken(Err(panicked)) => return Err(io::Error::other(panicked)),
                Next::Arrival(Ok(arrival)) => {
                    self.exhausted = None;
                    if let Some(accepted) = self.admit(arrival) {
                        return Ok(accepted);
                    }
                }
                Next::Arrival(Err(error)) if is_exhaustion(&error) => {
                    let known = self.exhausted.replace(clock::now() + PAUSE).is_some();
                    if !known {
                        return Ok(Accepted::Exhausted(error));
                    }
                }
                Next::Arrival(Err(error)) => return Err(error),
            }
        }
    }

    /// Lets a peer in or not; nothing is said yet of one whose handshake begins.
    fn admit(&mut self, arrival: Arrival) -> Option<Accepted> {
        let peer = arrival.peer().clone();
        if !self.access.permits(&peer) {
            return Some(Accepted::Denied(peer));
        }
        let mut place = None;
        if let Some(places) = &self.places {
            place = self.place.take().or_else(|| Arc::clone(places).try_acquire_owned().ok());
            if place.is_none() {
                return Some(Accepted::Refused(peer));
            }
        }
        match arrival.ready() {
            Ok(connection) => Some(Accepted::Connection(connection, place)),
            Err(handshake) => {
                let patience = self.patience;
                self.shaking.spawn(async move {
                    match layer::run(handshake, patience).await {
                        Ok(connection) => Accepted::Connection(connection, place),
                        Err(error) => Accepted::Failed(peer, error),
                    }
                });
                None
            }
        }
    }
}

enum Next {
    Arrival(io::Result<Arrival>),
    Shaken(Result<Accepted, JoinError>),
}

/// The places of an acceptor that waits for one before it accepts.
struct Places<'a> {
    full: Full,
    all: Option<&'a Arc<Semaphore>>,
    taken: &'a mut Option<OwnedSemaphorePermit>,
}

/// The next peer, when there is a place for it and the system has been left alone for long enough.
async fn next_arrival(
    listener: &mut Box<dyn Listener>,
    exhausted: Option<Instant>,
    places: Places<'_>,
) -> io::Result<Arrival> {
    if let (Full::Wait, None, Some(all)) = (places.full, &places.taken, places.all) {
        let place = Arc::clone(all).acquire_owned().await;
        *places.taken = Some(place.expect("the semaphore is never closed"));
    }
    if let Some(until) = exhausted {
        tokio::time::sleep_until(until).await;
    }
    std::future::poll_fn(|cx| listener.poll_accept(cx)).await
}
