//! A listener joined to the console: all its connections at once, or the only one it takes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Arrival, Direction, JoinOptions, Record, broken, join, next, output, problem, send, until_escape};
use crate::engine::fault::Problem;
use crate::engine::session::{Ending, Session};
use crate::engine::shared::Shared;
use crate::net::Framing;

/// Joins a listener to the console: what any of its connections sends is written out as it comes, what is typed
/// goes to all of them. With `once` the first connection is the only one, and its end is the listener's.
pub(crate) async fn join_listener(
    shared: &Arc<Shared>,
    listener: &Arc<Session>,
    options: &JoinOptions,
    within: Option<Duration>,
    once: bool,
) -> Result<(), Problem> {
    wait_first(listener, within).await?;
    if once && listener.opening.framing == Framing::Stream {
        let first = shared.session(&format!("{}.1", listener.name()));
        let Some(first) = first else {
            return listener
                .ending()
                .filter(|ending| *ending != Ending::Orderly)
                .map_or(Ok(()), |ending| Err(broken(listener, &ending)));
        };
        return join(shared, &first, options).await;
    }
    shared.console.attach(Some((&listener.tag, options.manner)));
    let outcome = gather(shared, listener, options).await;
    shared.console.attach(None);
    outcome
}

/// Waits until a first connection has come.
pub(crate) async fn wait_first(listener: &Arc<Session>, within: Option<Duration>) -> Result<(), Problem> {
    let came = listener.until_visited(|listener| !listener.is_open() || listener.accepted.load(Ordering::Relaxed) > 0);
    match within {
        None => came.await,
        Some(limit) => tokio::time::timeout(limit, came).await.map_err(|_| {
            Problem::refused(format!(
                "nobody connected to `{}` within {} (timed out)",
                listener.name(),
                crate::engine::value::spoken(limit)
            ))
        })?,
    }
    Ok(())
}

async fn gather(shared: &Arc<Shared>, listener: &Arc<Session>, options: &JoinOptions) -> Result<(), Problem> {
    let mut readers = JoinSet::new();
    let mut heard = 0;
    let mut input_open = options.only != Some(Direction::Receive);
    loop {
        for connection in shared.connections(listener) {
            if connection.tag.id > heard {
                heard = connection.tag.id;
                let (shared, records) = (Arc::clone(shared), options.records.clone());
                let silent = options.only == Some(Direction::Send);
                let empty_ends = options.empty_ends;
                readers.spawn(async move { write_out(&shared, &connection, &records, silent, empty_ends).await });
            }
        }
        let grown = listener.until_visited(|listener| {
            !listener.is_open() || shared.connections(listener).last().is_some_and(|newest| newest.tag.id > heard)
        });
        tokio::select! {
            () = grown => {
                if !listener.is_open() {
                    while readers.join_next().await.is_some() {}
                    return Ok(());
                }
            }
            Some(done) = readers.join_next() => {
                if let Ok(Err(problem)) = done {
                    return Err(problem);
                }
            }
            input = shared.console.read(), if input_open => {
                let input = input.map_err(|error| problem("standard input", &error))?;
                let (bytes, over) = until_escape(input, options.escape);
                if let Some(bytes) = bytes {
                    for connection in shared.connections(listener) {
                        // One peer that is gone must not keep the line from the others.
                        let _ = send(shared, &connection, options, bytes.clone()).await;
                    }
                }
                input_open = !over;
            }
        }
    }
}

/// Writes out what one connection of a gathered listener sends, until it ends; then it is closed.
async fn write_out(
    shared: &Arc<Shared>,
    connection: &Arc<Session>,
    records: &[Record],
    silent: bool,
    empty_ends: bool,
) -> Result<(), Problem> {
    loop {
        match next(connection).await {
            Arrival::Bytes(bytes) if bytes.is_empty() && empty_ends => {
                if let Some(listener) = &connection.opening.parent {
                    shared.end(listener, Ending::Orderly);
                }
                return Ok(());
            }
            Arrival::Bytes(_) if silent => {}
            Arrival::Bytes(bytes) => {
                for record in records {
                    record.write(Direction::Receive, &bytes)?;
                }
                shared.console.write(bytes).await.map_err(output)?;
            }
            Arrival::End(_) => {
                shared.end(connection, Ending::Orderly);
                return Ok(());
            }
        }
    }
}
