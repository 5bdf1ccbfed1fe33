//! Orders: what is said to a flow that runs. A listener passes them on to its connections, and those to come begin as
//! it stands.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::options::{self, words};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::session::Session;
use crate::language::signature::Parameter;
use crate::net::flow::{Gate, Gates};

/// `[up|down]`
pub(super) const WAY: Parameter = options::maybe(
    "WAY",
    words!("up", "down"),
    "`up` is what comes from whoever connected, `down` what goes back; both when left out",
);

/// What an order does to one session.
pub(super) enum Addressed {
    /// A listener: how connections to come begin.
    Pattern(Arc<Session>, Arc<Gates>),
    /// A connection.
    Connection(Arc<Session>, Arc<Gates>),
}

impl Addressed {
    /// What takes the orders.
    pub(super) fn gates(&self) -> &Gates {
        let (Self::Pattern(_, gates) | Self::Connection(_, gates)) = self;
        gates
    }

    /// The listener or the connection.
    pub(super) fn session(&self) -> &Session {
        let (Self::Pattern(session, _) | Self::Connection(session, _)) = self;
        session
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.session().name()
    }

    /// Gives the order to the ways that the statement names.
    pub(super) fn order(&self, invocation: &Invocation<'_>, order: impl Fn(&Gate)) {
        let (way, gates) = (invocation.text("WAY"), self.gates());
        for (name, gate) in [("up", &gates.up), ("down", &gates.down)] {
            if way.as_deref().is_none_or(|way| way == name) {
                order(gate);
            }
        }
    }
}

/// Gives an order to whom the statement addresses: connections, and listeners, each before its connections. With
/// `waiting` a listener's first connection is waited for.
pub(super) async fn each(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    waiting: bool,
    mut order: impl FnMut(&Addressed) -> Result<(), Problem>,
) -> Result<(), Problem> {
    for session in evaluator.addressed(invocation).await? {
        let takes_none = || no_orders(&session);
        if !matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
            let gates = lock(&session.gates).clone().ok_or_else(takes_none)?;
            order(&Addressed::Connection(Arc::clone(&session), gates))?;
            continue;
        }
        {
            // Locked meanwhile: a connection that begins now begins either before the order, and is found below, or
            // after it.
            let pattern = lock(&session.gates);
            order(&Addressed::Pattern(Arc::clone(&session), pattern.clone().ok_or_else(takes_none)?))?;
        }
        if waiting && session.accepted.load(Ordering::Relaxed) == 0 {
            evaluator.conversation(Arc::clone(&session)).await?;
        }
        for connection in evaluator.shared().connections(&session) {
            // One that has none yet takes those of its listener.
            let gates = lock(&connection.gates).clone();
            if let Some(gates) = gates {
                order(&Addressed::Connection(connection, gates))?;
            }
        }
    }
    Ok(())
}

fn no_orders(session: &Session) -> Problem {
    let name = session.name();
    Problem::usage(format!("`{name}` takes no orders: no relay and no handler made of stages serves it"))
}
