//! The acceptor: a transport's listener with limits, access lists and patience when descriptors run out.

use std::io;

use tokio::sync::OwnedSemaphorePermit;

use super::access::Access;
use super::address::Endpoint;
use super::socket::Connection;
use super::transport::Listener;

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
    /// Who may connect at all.
    pub access: Access,
}

/// What an accept gave.
pub enum Accepted {
    /// A peer that was let in; its place is free again when the permit is dropped.
    Connection(Connection, Option<OwnedSemaphorePermit>),
    /// A peer that the access list shut out; it has been closed.
    Denied(Endpoint),
    /// A peer beyond the limit; it has been closed.
    Refused(Endpoint),
    /// The system had no descriptor or memory to give; the acceptor goes on by itself after a moment.
    Exhausted(io::Error),
}

/// Accepts connections under an [`Admission`].
pub struct Acceptor {
    _listener: Box<dyn Listener>,
}

impl Acceptor {
    /// Puts `listener` under `admission`.
    pub fn new(_listener: Box<dyn Listener>, _admission: Admission) -> Self {
        todo!()
    }

    /// Where it listens.
    pub fn local(&self) -> Vec<Endpoint> {
        todo!()
    }

    /// The next thing that happens; an error ends the listener. Cancel safe.
    pub async fn accept(&mut self) -> io::Result<Accepted> {
        todo!()
    }
}
