//! The timetable: when a load begins and ends, and when each request of an open loop is due.

use std::time::Duration;

use tokio::time::Instant;

use super::super::clock;
use super::Load;

/// What a timer may be late: tokio and epoll(7) both count in milliseconds, and round up.
const TICK: Duration = Duration::from_millis(3);

/// When the requests of a load are due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timetable {
    /// When it begins.
    pub(super) start: Instant,
    /// When no more is sent.
    pub(super) end: Instant,
    connections: u64,
    rate: Option<u64>,
}

impl Timetable {
    /// That of a load which begins at `start`.
    pub(super) fn new(start: Instant, load: &Load) -> Self {
        Self { start, end: start + load.time, connections: load.connections as u64, rate: load.rate }
    }

    /// When the request of that number is due on that connection; `None` in a closed loop. The connections take
    /// turns.
    pub(super) fn due(&self, connection: u64, number: u64) -> Option<Instant> {
        let rate = self.rate?;
        let place = u128::from(number) * u128::from(self.connections) + u128::from(connection);
        let nanoseconds = place * 1_000_000_000 / u128::from(rate);
        Some(self.start + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)))
    }

    /// How many requests are due before the end; `None` in a closed loop.
    pub(super) fn scheduled(&self) -> Option<u64> {
        let all = (self.end - self.start).as_nanos() * u128::from(self.rate?);
        Some(u64::try_from(all.div_ceil(1_000_000_000)).unwrap_or(u64::MAX))
    }
}

/// Waits until `due`, exactly: a timer goes off late by milliseconds, which would count as latency of the peer.
pub(super) async fn until(due: Instant) {
    if let Some(early) = due.checked_sub(TICK)
        && early > clock::now()
    {
        tokio::time::sleep_until(early).await;
    }
    while clock::now() < due {
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timetable(rate: Option<u64>) -> Timetable {
        let start = clock::now();
        Timetable { start, end: start + Duration::from_millis(25), connections: 2, rate }
    }

    #[test]
    fn connections_take_turns() {
        let timetable = timetable(Some(100));
        let due = |connection, number| timetable.due(connection, number).unwrap() - timetable.start;
        assert_eq!(due(0, 0), Duration::ZERO);
        assert_eq!(due(1, 0), Duration::from_millis(10));
        assert_eq!(due(0, 1), Duration::from_millis(20));
        assert_eq!(timetable.scheduled(), Some(3));
    }

    #[test]
    fn a_closed_loop_has_none() {
        assert_eq!(timetable(None).due(0, 0), None);
        assert_eq!(timetable(None).scheduled(), None);
    }
}
