//! Bridges: sessions that talk to each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;

use super::{Arrival, broken, finish, next};
use crate::engine::event::What;
use crate::engine::fault::Problem;
use crate::engine::session::{Ending, Session};
use crate::engine::shared::Shared;

/// Joins two sessions from here on: what one receives the other sends, half-closes included, until both directions
/// have ended.
pub(crate) fn bridge(shared: &Arc<Shared>, one: &Arc<Session>, other: &Arc<Session>) {
    let (shared, one, other) = (Arc::clone(shared), Arc::clone(one), Arc::clone(other));
    one.served.store(true, Ordering::Relaxed);
    other.served.store(true, Ordering::Relaxed);
    // Not owned by either session: it ends them both.
    tokio::spawn(async move {
        let (there, back) = tokio::join!(carry(&shared, &one, &other), carry(&shared, &other, &one));
        for (session, outcome) in [(&one, there), (&other, back)] {
            if let Err(problem) = outcome {
                shared.emit(Some(session), What::Notice(problem.diagnostic.message));
            }
            shared.end(session, Ending::Orderly);
        }
    });
}

async fn carry(shared: &Arc<Shared>, from: &Arc<Session>, to: &Arc<Session>) -> Result<(), Problem> {
    loop {
        match next(from).await {
            Arrival::Bytes(bytes) => to.send(bytes).await.map_err(|ending| broken(to, &ending))?,
            Arrival::End(Ending::Orderly | Ending::Exited(_)) => return finish(shared, to).await,
            Arrival::End(ending) => {
                if let Some(connection) = to.connection() {
                    // The reset travels on: the other peer shall not take it for an orderly end.
                    let _ = connection.reset();
                }
                shared.end(to, Ending::Reset);
                return Err(broken(from, &ending));
            }
        }
    }
}

/// Joins all connections of a listener, those to come included, with one session: what any of them says goes to it,
/// what it says goes to all of them. When it ends they are closed and the listener with them.
pub(crate) fn bridge_all(shared: &Arc<Shared>, listener: &Arc<Session>, upstream: &Arc<Session>) {
    let (shared, listener, upstream) = (Arc::clone(shared), Arc::clone(listener), Arc::clone(upstream));
    upstream.served.store(true, Ordering::Relaxed);
    tokio::spawn(async move {
        tokio::select! {
            () = collect(&shared, &listener, &upstream) => {}
            () = spread(&shared, &listener, &upstream) => {}
        }
        for connection in shared.connections(&listener) {
            shared.end(&connection, Ending::Orderly);
        }
        shared.end(&listener, Ending::Orderly);
        shared.end(&upstream, Ending::Orderly);
    });
}

/// Passes on what the connections say, until the listener ends.
async fn collect(shared: &Arc<Shared>, listener: &Arc<Session>, upstream: &Arc<Session>) {
    let mut speakers = JoinSet::new();
    let mut heard = 0;
    loop {
        let known = heard;
        for connection in shared.connections(listener).into_iter().filter(|connection| connection.tag.id > known) {
            heard = connection.tag.id;
            connection.served.store(true, Ordering::Relaxed);
            let (shared, upstream) = (Arc::clone(shared), Arc::clone(upstream));
            speakers.spawn(async move {
                while let Arrival::Bytes(bytes) = next(&connection).await {
                    if upstream.send(bytes).await.is_err() {
                        return;
                    }
                }
                shared.end(&connection, Ending::Orderly);
            });
        }
        if !listener.is_open() {
            return;
        }
        let grown = listener.until_visited(|listener| {
            !listener.is_open() || shared.connections(listener).last().is_some_and(|newest| newest.tag.id > heard)
        });
        tokio::select! {
            () = grown => {}
            Some(_) = speakers.join_next() => {}
        }
    }
}

/// Passes on what the upstream session says to every connection, until it ends.
async fn spread(shared: &Arc<Shared>, listener: &Arc<Session>, upstream: &Arc<Session>) {
    while let Arrival::Bytes(bytes) = next(upstream).await {
        for connection in shared.connections(listener) {
            // One peer that is gone must not keep the others from hearing it.
            let _ = connection.send(bytes.clone()).await;
        }
    }
}
