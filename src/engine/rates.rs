//! Rates: how fast sessions moved bytes between two looks at them.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// How many looks are remembered of a session.
pub(super) const REMEMBERED: usize = 30;

/// The last looks at sessions, by their ids; as many as there are sessions, at most [`REMEMBERED`] of each.
#[derive(Default)]
pub struct Rates(HashMap<u64, Track>);

/// What a session had moved in all when it was looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// When.
    pub at: Instant,
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
}

/// Bytes a second between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Received.
    pub received: u64,
    /// Sent.
    pub sent: u64,
}

struct Track {
    last: Look,
    rates: VecDeque<Rate>,
}

impl Rates {
    /// Looks at a session and gives its rates so far, the latest last: each is since the look before, the first since
    /// it `opened`.
    pub fn look(&mut self, id: u64, opened: Instant, look: Look) -> impl Iterator<Item = Rate> + '_ {
        let fresh = || Track { last: Look { at: opened, received: 0, sent: 0 }, rates: VecDeque::new() };
        let track = self.0.entry(id).or_insert_with(fresh);
        let time = look.at.saturating_duration_since(track.last.at);
        let rate = Rate {
            received: per_second(look.received.saturating_sub(track.last.received), time),
            sent: per_second(look.sent.saturating_sub(track.last.sent), time),
        };
        if track.rates.len() == REMEMBERED {
            track.rates.pop_front();
        }
        track.rates.push_back(rate);
        track.last = look;
        track.rates.iter().copied()
    }

    /// Forgets the sessions of which that does not hold.
    pub fn retain(&mut self, mut holds: impl FnMut(u64) -> bool) {
        self.0.retain(|id, _| holds(*id));
    }
}

fn per_second(bytes: u64, time: Duration) -> u64 {
    let rate = u128::from(bytes) * 1_000_000_000 / time.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_since_the_look_before() {
        let opened = crate::net::clock::now();
        let mut rates = Rates::default();
        let look = |seconds, received, sent| Look { at: opened + Duration::from_secs(seconds), received, sent };
        assert_eq!(rates.look(1, opened, look(2, 100, 50)).last(), Some(Rate { received: 50, sent: 25 }));
        let all: Vec<Rate> = rates.look(1, opened, look(3, 100, 60)).collect();
        assert_eq!(all, [Rate { received: 50, sent: 25 }, Rate { received: 0, sent: 10 }]);
        rates.retain(|id| id != 1);
        assert_eq!(rates.look(1, opened, look(4, 100, 60)).count(), 1);
    }

    #[test]
    fn the_last_ones_are_remembered() {
        let opened = crate::net::clock::now();
        let mut rates = Rates::default();
        for second in 1..=100 {
            let look = Look { at: opened + Duration::from_secs(second), received: second * second, sent: 0 };
            assert!(rates.look(7, opened, look).count() <= REMEMBERED);
        }
        let look = Look { at: opened + Duration::from_secs(101), received: 101 * 101, sent: 0 };
        assert_eq!(rates.look(7, opened, look).last().map(|rate| rate.received), Some(201));
    }
}
