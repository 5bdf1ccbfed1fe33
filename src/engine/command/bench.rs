//! `bench`: how fast a peer echoes.

use std::fmt::Write as _;
use std::time::Duration;

use super::options::{self, setting, word};
use super::{Command, Purpose, address};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, What};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::value::Value;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::Framing;
use crate::net::bench::{self, Bucket, Load, Outcome};
use crate::net::transport::ConnectOptions;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "bench",
        summary: "measure how many requests a second a peer echoes, and how soon",
        parameters: &[
            options::maybe("PROTO", Shape::Protocol, "the transport; tcp when left out"),
            options::one("WHERE", Shape::Endpoint, "HOST PORT, an address, $listener, or tcp://HOST:PORT"),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Probing,
    details: "Each connection sends a request and waits until as many bytes came back; what comes back as something \
              else is an error. Without `rate` that is a closed loop: while the peer stalls nothing is sent, so its \
              stall counts once. With `rate` requests have a timetable, and latency counts from when each was due. A \
              datagram without an answer within 1 s is lost. Fails when nothing came back as it was. With `as` the \
              requests a second become a number and nothing is shown.",
    examples: &[
        Example { script: "listen tcp 0 echo as srv\nbench $srv connections=2 for 50ms", shows: "a closed loop" },
        Example {
            script: "listen udp 0 echo as srv\nbench udp $srv connections=2 size=100 rate=500 for 50ms as speed\n\
                     assert $speed > 0",
            shows: "an open loop, as a number",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    setting("connections", Shape::Integer, "64", "how many connections send, 10000 at most"),
    setting("size", Shape::Size, "64", "bytes of a request, 1 MiB at most"),
    word("for", Shape::Duration, "5s", "how long"),
    setting("rate", Shape::Integer, "as many as the peer answers", "requests a second of all connections together"),
    options::IP,
    word("as", Shape::NewVariable, "shown", "a variable that takes the requests a second"),
];

/// The longest payload of a UDP datagram over IPv4 (RFC 768, RFC 791).
const LONGEST_DATAGRAM: u64 = 65_507;

/// The longest load.
const LONGEST: Duration = Duration::from_hours(24);

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let load = load(evaluator, invocation)?;
    let (connections, size, rate) = (load.connections, load.size, load.rate);
    let outcome = bench::run(load).await?;
    if let Some(name) = invocation.option_text("as") {
        evaluator.scope().set(name, Value::Float(outcome.rate()));
    } else {
        let fields = fields(&outcome, connections, size, rate);
        let fields = fields.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect();
        evaluator.emit(None, What::Report(Report::Fields(fields)));
        let text = drawn(&outcome.latencies.buckets()) + &remarks(&outcome, rate.is_some());
        if !text.is_empty() {
            evaluator.emit(None, What::Report(Report::Text(text)));
        }
    }
    if outcome.answered > 0 {
        return Ok(());
    }
    let problem = Problem::refused("no request came back as it was");
    Err(match outcome.reason {
        Some(reason) => problem.note(reason),
        None if outcome.wrong > 0 => problem.hint("`bench` wants a peer that echoes: `listen tcp 0 echo`"),
        None => problem,
    })
}

fn load(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Load, Problem> {
    let (transport, place) = address::endpoint(evaluator, invocation)?;
    let most = match transport.framing() {
        Framing::Stream => 1024 * 1024,
        Framing::Datagram => LONGEST_DATAGRAM,
    };
    let count = |key, default, most| bounded(invocation, key, most).map(|given| given.unwrap_or(default));
    let time = invocation.duration("for")?.unwrap_or(Duration::from_secs(5));
    if time.is_zero() || time > LONGEST {
        let problem = Problem::usage("`for` is longer than nothing and at most 24 h");
        return Err(invocation.option("for").map_or(problem.clone(), |(_, span)| problem.at(span)));
    }
    Ok(Load {
        transport,
        place,
        connect: ConnectOptions {
            family: options::family(invocation),
            timeout: lock(&evaluator.shared().settings).connect_timeout,
            ..ConnectOptions::default()
        },
        connections: count("connections", 64, 10_000)?,
        size: count("size", 64, most)?,
        time,
        rate: bounded(invocation, "rate", 10_000_000)?.map(|rate| rate as u64),
    })
}

/// An option that is a count from 1 to `most`.
fn bounded(invocation: &Invocation<'_>, key: &str, most: u64) -> Result<Option<usize>, Problem> {
    let Some(count) = invocation.count(key)? else { return Ok(None) };
    let wrong = || {
        let problem = Problem::usage(format!("`{key}` is from 1 to {most}"));
        invocation.option(key).map_or(problem.clone(), |(_, span)| problem.at(span))
    };
    let count = Some(count).filter(|count| (1..=most).contains(count)).ok_or_else(wrong)?;
    usize::try_from(count).map(Some).map_err(|_| wrong())
}

fn fields(outcome: &Outcome, connections: usize, size: usize, rate: Option<u64>) -> Vec<(&'static str, Cell)> {
    let mut fields = vec![
        ("connections", Cell::Count(connections as u64)),
        ("size", Cell::Bytes(size as u64)),
        ("took", Cell::Text(figures(outcome.took))),
        ("requests", Cell::Count(outcome.answered)),
    ];
    if let Some(rate) = rate {
        fields.push(("asked/s", Cell::Count(rate)));
    }
    let rate = whole(outcome.rate());
    fields.push(("requests/s", Cell::Count(rate)));
    fields.push(("bytes/s", Cell::Bytes(whole(outcome.rate() * size_of_request(size)))));
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
        fields.push((name, Cell::Text(figures(outcome.latencies.quantile(share)))));
    }
    fields.push(("max", Cell::Text(figures(outcome.latencies.max()))));
    fields.push(("errors", Cell::Count(outcome.wrong + outcome.broken)));
    fields.push(("lost", Cell::Count(outcome.lost)));
    fields
}

#[expect(clippy::cast_precision_loss, reason = "a size is at most 1 MiB")]
fn size_of_request(size: usize) -> f64 {
    size as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are positive and cut where huge")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// What has to be said about the numbers; each sentence on its line.
fn remarks(outcome: &Outcome, open: bool) -> String {
    let mut text = String::new();
    let counted = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    if outcome.wrong > 0 {
        let _ = writeln!(text, "{} not what was sent", counted(outcome.wrong, "answer was", "answers were"));
    }
    if outcome.broken > 0 {
        let reason = outcome.reason.as_deref().unwrap_or("for no reason");
        let _ = writeln!(text, "{} broke: {reason}", counted(outcome.broken, "connection", "connections"));
    }
    if outcome.unsent > 0 {
        let were = counted(outcome.unsent, "request was", "requests were");
        let _ = writeln!(text, "{were} due but not sent before the end");
    }
    text += if open {
        "open loop: latencies count from when requests were due"
    } else {
        "closed loop: latencies hide what a stalled peer delays"
    };
    text
}

/// Columns of a whole bar.
const BAR: u64 = 30;

/// A histogram: each bucket a line of at most 60 columns, its bar in eighths of a column.
fn drawn(buckets: &[Bucket]) -> String {
    let (all, most) = buckets.iter().fold((0, 1), |(all, most), bucket| (all + bucket.count, most.max(bucket.count)));
    let mut text = String::new();
    for bucket in buckets {
        let share = u128::from(bucket.count) * 1000 / u128::from(all.max(1));
        let share = format!("{}.{}", share / 10, share % 10);
        let limit = figures(bucket.limit);
        let _ = writeln!(text, "≤ {limit:>7} {:<30} {:>10} {share:>5} %", bar(bucket.count, most), bucket.count);
    }
    text
}

/// A bar that is as long as `count` is of `most`; what is there is seen.
fn bar(count: u64, most: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(count) * u128::from(BAR * 8)).div_ceil(u128::from(most.max(1)));
    let eighths = usize::try_from(eighths).unwrap_or_default();
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

/// A duration to three figures: `850 ns`, `12.3 µs`, `1.02 ms`, `5 s`.
fn figures(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let (unit, size) = match nanoseconds {
        0..1_000 => ("ns", 1),
        1_000..1_000_000 => ("µs", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => ("s", 1_000_000_000),
    };
    let hundredths = nanoseconds * 100 / size;
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match whole {
        _ if rest == 0 => format!("{whole} {unit}"),
        0..10 if rest.is_multiple_of(10) => format!("{whole}.{} {unit}", rest / 10),
        0..10 => format!("{whole}.{rest:02} {unit}"),
        10..100 if rest >= 10 => format!("{whole}.{} {unit}", rest / 10),
        _ => format!("{whole} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_figures() {
        let shown = [0, 850, 1_000, 1_020, 12_345, 123_456, 1_500_000, 99_999_999, 5_000_000_000, 75_300_000_000]
            .map(|nanoseconds| figures(Duration::from_nanos(nanoseconds)));
        assert_eq!(
            shown,
            ["0 ns", "850 ns", "1 µs", "1.02 µs", "12.3 µs", "123 µs", "1.5 ms", "99.9 ms", "5 s", "75.3 s"]
        );
    }

    #[test]
    fn a_histogram_fits_sixty_columns() {
        let bucket = |limit, count| Bucket { limit: Duration::from_micros(limit), count };
        let text = drawn(&[bucket(500, 1_234_567_890), bucket(1000, 0), bucket(2000, 3)]);
        assert_eq!(
            text,
            "\
≤  500 µs ██████████████████████████████ 1234567890  99.9 %
≤    1 ms                                         0   0.0 %
≤    2 ms ▏                                       3   0.0 %
"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }

    #[test]
    fn what_went_wrong_is_said() {
        let outcome = Outcome { wrong: 1, broken: 2, reason: Some("timed out".to_owned()), ..Outcome::default() };
        assert_eq!(
            remarks(&outcome, false),
            "1 answer was not what was sent\n2 connections broke: timed out\n\
             closed loop: latencies hide what a stalled peer delays"
        );
    }
}
