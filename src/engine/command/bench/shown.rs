//! What a load came to, as people read it: figures, a histogram and remarks.

use std::fmt::Write as _;
use std::time::Duration;

use crate::engine::event::Cell;
use crate::net::bench::{Ask, Load, Outcome};

/// What was asked for, as far as it is shown.
pub(super) struct Manner {
    connections: usize,
    /// Bytes of a request that comes back; none for HTTP.
    size: Option<usize>,
    rate: Option<u64>,
}

impl Manner {
    /// That of a load.
    pub(super) fn of(load: &Load) -> Self {
        let size = match load.ask {
            Ask::Echo(size) => Some(size),
            Ask::Http(_) => None,
        };
        Self { connections: load.connections, size, rate: load.rate }
    }

    /// What it means that nothing was answered.
    pub(super) fn failure(&self) -> &'static str {
        if self.size.is_some() { "no request came back as it was" } else { "no request was answered" }
    }
}

/// Names of the classes of status.
const CLASSES: [&str; 6] = ["status 1xx", "status 2xx", "status 3xx", "status 4xx", "status 5xx", "other status"];

/// The figures, one a line.
pub(super) fn fields(outcome: &Outcome, manner: &Manner) -> Vec<(String, Cell)> {
    let mut fields = vec![("connections", Cell::Count(manner.connections as u64))];
    if let Some(size) = manner.size {
        fields.push(("size", Cell::Bytes(size as u64)));
    }
    fields.push(("took", Cell::Text(figures(outcome.took))));
    fields.push(("requests", Cell::Count(outcome.answered)));
    if let Some(rate) = manner.rate {
        fields.push(("asked/s", Cell::Count(rate)));
    }
    fields.push(("requests/s", Cell::Count(whole(outcome.rate()))));
    if let Some(size) = manner.size {
        fields.push(("bytes/s", Cell::Bytes(whole(outcome.rate() * size_of_request(size)))));
    } else {
        fields.push(("received", Cell::Bytes(outcome.received)));
        fields.push(("received/s", Cell::Bytes(whole(outcome.bytes_rate()))));
        let classes = CLASSES.into_iter().zip(outcome.statuses).filter(|(_, count)| *count > 0);
        fields.extend(classes.map(|(name, count)| (name, Cell::Count(count))));
    }
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
        fields.push((name, Cell::Text(figures(outcome.latencies.quantile(share)))));
    }
    fields.push(("max", Cell::Text(figures(outcome.latencies.max()))));
    fields.push(("errors", Cell::Count(outcome.wrong + outcome.broken)));
    fields.push(("lost", Cell::Count(outcome.lost)));
    fields.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a size is at most 1 MiB")]
fn size_of_request(size: usize) -> f64 {
    size as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are positive and cut where huge")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// How many answers took how long.
pub(super) fn histogram(outcome: &Outcome) -> Vec<(String, u64)> {
    let buckets = outcome.latencies.buckets();
    buckets.into_iter().map(|bucket| (format!("≤ {}", figures(bucket.limit)), bucket.count)).collect()
}

/// What has to be said about the numbers; each sentence on its line.
pub(super) fn remarks(outcome: &Outcome, manner: &Manner) -> String {
    let mut text = String::new();
    let counted = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    if outcome.wrong > 0 {
        let _ = writeln!(text, "{} not what was sent", counted(outcome.wrong, "answer was", "answers were"));
    }
    for (reason, count) in &outcome.reasons {
        let _ = match manner.size {
            Some(_) => writeln!(text, "{} broke: {reason}", counted(*count, "connection", "connections")),
            None => writeln!(text, "{} failed: {reason}", counted(*count, "request", "requests")),
        };
    }
    if outcome.lost > 0 && manner.size.is_none() {
        let _ = writeln!(text, "{} not answered in time", counted(outcome.lost, "request was", "requests were"));
    }
    if outcome.unsent > 0 {
        let were = counted(outcome.unsent, "request was", "requests were");
        let _ = writeln!(text, "{were} due but not sent before the end");
    }
    text += if manner.rate.is_some() {
        "open loop: latencies count from when requests were due"
    } else {
        "closed loop: latencies hide what a stalled peer delays"
    };
    text
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
    use std::collections::BTreeMap;

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
    fn what_went_wrong_is_said() {
        let outcome = Outcome {
            wrong: 1,
            broken: 2,
            reasons: BTreeMap::from([("timed out".to_owned(), 2)]),
            ..Outcome::default()
        };
        assert_eq!(
            remarks(&outcome, &Manner { connections: 2, size: Some(64), rate: None }),
            "1 answer was not what was sent\n2 connections broke: timed out\n\
             closed loop: latencies hide what a stalled peer delays"
        );
    }
}
