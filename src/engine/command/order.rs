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
    Pattern(Arc<Gates>),
    /// A connection.
    Connection(Arc<Session>, Arc<Gates>),
}

impl Addressed {
    /// Gives the order to the ways that the statement names.
    pub(super) fn order(&self, invocation: &Invocation<'_>, order: impl Fn(&Gate)) {
        let (Self::Pattern(gates) | Self::Connection(_, gates)) = self;
        let way = invocation.text("WAY");
        for (name, gate) in [("up", &gates.up), ("down", &gates.down)] {
            if way.as_deref().is_none_or(|way| way == name) {
                order(gate);
            }
        }
    }
}

/// Whom a statement orders: the connections it addresses and those of the listeners it addresses, each after its
/// listener. With `waiting` a listener's first connection is waited for.
pub(super) async fn addressed(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    waiting: bool,
) -> Result<Vec<Addressed>, Problem> {
    let mut all = Vec::new();
    for session in evaluator.addressed(invocation).await? {
        if !matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
            all.push(Addressed::Connection(Arc::clone(&session), gates(&session)?));
            continue;
        }
        all.push(Addressed::Pattern(gates(&session)?));
        if waiting && session.accepted.load(Ordering::Relaxed) == 0 {
            evaluator.conversation(Arc::clone(&session)).await?;
        }
        for connection in evaluator.shared().connections(&session) {
            // One that has none yet takes those of its listener.
            let gates = lock(&connection.gates).clone();
            all.extend(gates.map(|gates| Addressed::Connection(connection, gates)));
        }
    }
    Ok(all)
}

fn gates(session: &Session) -> Result<Arc<Gates>, Problem> {
    let gates = lock(&session.gates).clone();
    gates.ok_or_else(|| {
        Problem::usage(format!(
            "`{}` takes no orders: no relay and no handler made of stages serves it",
            session.name()
        ))
    })
}
