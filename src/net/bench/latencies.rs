//! Latencies: how long answers took, kept to three figures in little memory (HDR histogram, G. Tene).

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest that is told apart, in nanoseconds: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// The shortest that is told apart, in nanoseconds.
const SHORTEST: u64 = 100;

/// How many answers took how long.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

/// The answers that took at most `limit` and more than the limit of the bucket before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The longest in it.
    pub limit: Duration,
    /// How many.
    pub count: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(SHORTEST, LONGEST, 3).expect("the bounds are apart and three figures allowed"))
    }
}

impl Latencies {
    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(LONGEST));
    }

    /// What that share of all (0 to 1) did not exceed; zero when there are none.
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_nanos(if self.0.is_empty() { 0 } else { self.0.value_at_quantile(share) })
    }

    /// The longest; zero when there are none.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(if self.0.is_empty() { 0 } else { self.0.max() })
    }

    /// All of them in buckets whose limits grow as 1, 2, 5, 10, from the first to the last that is not empty.
    pub fn buckets(&self) -> Vec<Bucket> {
        let mut limits = limits();
        let mut buckets: Vec<Bucket> = Vec::new();
        let mut limit = limits.next().unwrap_or(u64::MAX);
        for step in self.0.iter_recorded() {
            while step.value_iterated_to() > limit {
                limit = limits.next().unwrap_or(u64::MAX);
                if !buckets.is_empty() {
                    buckets.push(Bucket { limit: Duration::from_nanos(limit), count: 0 });
                }
            }
            if buckets.is_empty() {
                buckets.push(Bucket { limit: Duration::from_nanos(limit), count: 0 });
            }
            if let Some(bucket) = buckets.last_mut() {
                bucket.count += step.count_at_value();
            }
        }
        buckets
    }
}

/// 1, 2 and 5 times every power of ten nanoseconds from a microsecond on.
fn limits() -> impl Iterator<Item = u64> {
    (3..=14).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_u64.pow(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies(microseconds: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for &each in microseconds {
            latencies.record(Duration::from_micros(each));
        }
        latencies
    }

    #[test]
    fn quantiles_are_right_to_three_figures() {
        let all: Vec<u64> = (1..=1000).collect();
        let latencies = latencies(&all);
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0), (0.999, 999.0), (1.0, 1000.0)] {
            let microseconds = latencies.quantile(share).as_secs_f64() * 1e6;
            assert!((microseconds - expected).abs() <= expected / 1000.0 * 2.0, "{share}: {microseconds}");
        }
        assert!(latencies.max() >= latencies.quantile(0.999));
    }

    #[test]
    fn buckets_hold_everything_once() {
        let buckets = latencies(&[15, 16, 40, 4000, 7]).buckets();
        let shown: Vec<(u128, u64)> = buckets.iter().map(|bucket| (bucket.limit.as_micros(), bucket.count)).collect();
        assert_eq!(shown, [(10, 1), (20, 2), (50, 1), (100, 0), (200, 0), (500, 0), (1000, 0), (2000, 0), (5000, 1)]);
    }

    #[test]
    fn nothing_has_no_buckets() {
        assert!(Latencies::default().buckets().is_empty());
        assert_eq!(Latencies::default().quantile(0.5), Duration::ZERO);
        assert_eq!(Latencies::default().max(), Duration::ZERO);
    }

    #[test]
    fn what_is_longer_than_an_hour_counts_as_an_hour() {
        let latencies = latencies(&[u64::MAX / 1000]);
        assert_eq!(latencies.buckets().iter().map(|bucket| bucket.count).sum::<u64>(), 1);
    }
}
