//! Flows: what moves through relays and served connections, as a table.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::event::{Cell, Report, SessionKind};
use super::lock;
use super::rates::{Look, Rate};
use super::session::{Session, Table};
use super::shared::Shared;
use crate::net::clock;
use crate::net::flow::Counters;

/// The columns that a narrow terminal goes without, in this order.
const SPARE: &[&str] = &["OUT", "IN", "ROUTE", "OPEN", "LATELY", "OUT/S", "IN/S"];

/// The table as it is now: relays and listeners that are served, each with its connections if `connections`.
/// Looking is what rates count from.
pub(super) fn table(shared: &Shared, connections: bool) -> Report {
    let flows = flows(shared);
    let now = clock::now();
    let rows: Vec<Vec<Cell>> = {
        let mut rates = lock(&shared.rates);
        // The flows are in the order of ids.
        rates.retain(|id| flows.binary_search_by_key(&id, |flow| flow.session.tag.id).is_ok());
        let shown = flows.iter().filter(|flow| connections || listens(&flow.session));
        let rows = shown.map(|flow| {
            let look = Look { at: now, received: flow.received, sent: flow.sent };
            let lately: Vec<Rate> = rates.look(flow.session.tag.id, flow.session.opened, look).collect();
            row(flow, &lately)
        });
        rows.collect()
    };
    Report::table(&["NAME", "ROUTE", "IN/S", "OUT/S", "OPEN", "IN", "OUT", "LATELY"], rows, SPARE)
}

/// What a relay or listener has moved in all, and in a second since the last look.
pub(super) fn fields(shared: &Shared, session: &Session) -> [(&'static str, Cell); 4] {
    let table = lock(&shared.table);
    let (received, sent) = moved(&table, session);
    let look = Look { at: clock::now(), received, sent };
    let mut rates = lock(&shared.rates);
    rates.retain(|id| table.by_id(id).is_some());
    let rate = rates.look(session.tag.id, session.opened, look).last();
    let rate = rate.unwrap_or(Rate { received: 0, sent: 0 });
    [
        ("received", Cell::Bytes(received)),
        ("sent", Cell::Bytes(sent)),
        ("receiving", Cell::Rate(rate.received)),
        ("sending", Cell::Rate(rate.sent)),
    ]
}

/// A relay, a listener or a connection, with what it has moved in all.
struct Flow {
    session: Arc<Session>,
    received: u64,
    sent: u64,
}

/// What is open and served, oldest first.
fn flows(shared: &Shared) -> Vec<Flow> {
    let table = lock(&shared.table);
    let served = |session: &&Arc<Session>| session.is_open() && !session.serves().is_empty();
    let flow = |session: &Arc<Session>| {
        let (received, sent) = moved(&table, session);
        Flow { session: Arc::clone(session), received, sent }
    };
    table.all().filter(served).map(flow).collect()
}

/// Bytes that a session has received and sent in all; those of a relay or listener are its connections', also of the
/// ones that are over.
pub(super) fn moved(table: &Table, session: &Session) -> (u64, u64) {
    let both =
        |received: &AtomicU64, sent: &AtomicU64| (received.load(Ordering::Relaxed), sent.load(Ordering::Relaxed));
    let of = |counters: &Counters| both(&counters.received, &counters.sent);
    if !listens(session) {
        return of(&session.counters);
    }
    let connections = table.connections(session.tag.id);
    let open = connections.iter().filter(|connection| connection.is_open());
    open.fold(both(&session.past.received, &session.past.sent), |(received, sent), connection| {
        let (more_received, more_sent) = of(&connection.counters);
        (received + more_received, sent + more_sent)
    })
}

fn listens(session: &Session) -> bool {
    matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay)
}

fn row(flow: &Flow, lately: &[Rate]) -> Vec<Cell> {
    let session = &flow.session;
    let rate = lately.last().copied().unwrap_or(Rate { received: 0, sent: 0 });
    let both: Vec<u64> = lately.iter().map(|rate| rate.received.saturating_add(rate.sent)).collect();
    vec![
        Cell::Text(session.name().to_owned()),
        Cell::Text(session.serves().to_string()),
        Cell::Bytes(rate.received),
        Cell::Bytes(rate.sent),
        if listens(session) {
            Cell::Count(session.live.load(Ordering::Relaxed) as u64)
        } else {
            Cell::Text(String::new())
        },
        Cell::Bytes(flow.received),
        Cell::Bytes(flow.sent),
        Cell::Text(sparkline(&both)),
    ]
}

/// One letter for each number, as high as it is of the greatest.
fn sparkline(numbers: &[u64]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = numbers.iter().copied().max().unwrap_or_default().max(1);
    let level = |&number: &u64| u128::from(number) * 7 / u128::from(most);
    numbers.iter().map(|number| LEVELS[usize::try_from(level(number)).unwrap_or_default()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_reaches_from_nothing_to_the_greatest() {
        assert_eq!(sparkline(&[0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[0, 0]), "▁▁");
        assert_eq!(sparkline(&[u64::MAX, u64::MAX / 2]), "█▄");
        assert_eq!(sparkline(&[]), "");
    }
}
