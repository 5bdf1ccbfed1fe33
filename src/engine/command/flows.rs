//! `flows`: what moves through relays and served connections, and how fast.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::options::word;
use super::{Command, Purpose, address};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, SessionKind, What};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::open;
use crate::engine::rates::{Look, Rate};
use crate::engine::session::Session;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::clock;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "flows",
        summary: "list relays and what is served, with their rates",
        parameters: &[],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "IN came from clients, OUT went to them. Bytes and rates of a relay or listener are those of all its connections, also of the ones that are over; \
              a rate is since the last `flows`, or since it opened, in bytes a second. LATELY draws the last rates of \
              both directions together, each as high as it is of the highest. With `for` or `every` the table comes \
              again and again.",
    examples: &[
        Example {
            script: "listen tcp 0 echo as srv\nrelay 0 -> upper -> 127.0.0.1:$srv.port as r\n\
                     connect $r as a\na: send \"hi\"\na: expect \"HI\"\nflows",
            shows: "a relay and its target",
        },
        Example { script: "listen tcp 0 echo as srv\nflows for 50ms every 20ms", shows: "a server, again and again" },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    word("for", Shape::Duration, "once; until Ctrl-C with `every`", "how long the table comes again"),
    word("every", Shape::Duration, "1s", "how often"),
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let (time, every) = (invocation.duration("for")?, invocation.duration("every")?);
    if let (Some(Duration::ZERO), Some((_, span))) = (every, invocation.option("every")) {
        return Err(Problem::usage("`every` is longer than nothing").at(span));
    }
    show(evaluator);
    if time.is_none() && every.is_none() {
        return Ok(());
    }
    let again = async {
        let every = every.unwrap_or(Duration::from_secs(1));
        loop {
            tokio::time::sleep(every).await;
            show(evaluator);
        }
    };
    match time {
        Some(time) => tokio::time::timeout_at(open::deadline(time), again).await.unwrap_or(Ok(())),
        None => again.await,
    }
}

/// The columns that a narrow terminal goes without, in this order.
const SPARE: &[&str] = &["LATELY", "CONNECTIONS", "OUT", "IN", "ROUTE"];

/// Shows the table as it is now.
fn show(evaluator: &Evaluator) {
    let flows = flows(evaluator);
    let now = clock::now();
    let rows = {
        let mut rates = lock(&evaluator.shared().rates);
        // The table is in the order of ids.
        rates.retain(|id| flows.binary_search_by_key(&id, |flow| flow.session.tag.id).is_ok());
        let rows = flows.iter().map(|flow| {
            let look = Look { at: now, received: flow.received, sent: flow.sent };
            let lately: Vec<Rate> = rates.look(flow.session.tag.id, flow.session.opened, look).collect();
            row(flow, &lately)
        });
        rows.collect()
    };
    let headings = vec!["NAME", "ROUTE", "IN", "OUT", "IN/S", "OUT/S", "CONNECTIONS", "LATELY"];
    evaluator.emit(None, What::Report(Report::Table { headings, rows, spare: SPARE }));
}

/// A relay, a listener or a connection, with what it has moved in all.
struct Flow {
    session: Arc<Session>,
    received: u64,
    sent: u64,
}

/// What is open and served, oldest first.
fn flows(evaluator: &Evaluator) -> Vec<Flow> {
    let table = lock(&evaluator.shared().table);
    let served = |session: &&Arc<Session>| session.is_open() && !session.opening.serves.is_empty();
    let flow = |session: &Arc<Session>| {
        let mut moved = (0, 0);
        let mut add = |session: &Session| {
            moved.0 += session.counters.received.load(Ordering::Relaxed);
            moved.1 += session.counters.sent.load(Ordering::Relaxed);
        };
        if listens(session) {
            table.connections(session.tag.id).iter().filter(|session| session.is_open()).for_each(|each| add(each));
            moved.0 += session.past.received.load(Ordering::Relaxed);
            moved.1 += session.past.sent.load(Ordering::Relaxed);
        } else {
            add(session);
        }
        Flow { session: Arc::clone(session), received: moved.0, sent: moved.1 }
    };
    table.all().filter(served).map(flow).collect()
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
        Cell::Text(session.opening.serves.to_string()),
        Cell::Bytes(flow.received),
        Cell::Bytes(flow.sent),
        Cell::Bytes(rate.received),
        Cell::Bytes(rate.sent),
        if listens(session) { Cell::Count(address::live(session)) } else { Cell::Text(String::new()) },
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
