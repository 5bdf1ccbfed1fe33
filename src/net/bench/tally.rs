//! The tally: what the connections of a load have counted so far.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Outcome;
use super::timetable::Timetable;

/// The counts of a load, shared by its connections.
#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    outcome: Outcome,
    last: Option<Instant>,
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request leaves.
    pub(super) fn sent(&self) {
        self.counts().outcome.sent += 1;
    }

    /// It came back as it was, `latency` after it was due.
    pub(super) fn answered(&self, now: Instant, latency: Duration) {
        let mut counts = self.counts();
        counts.last = Some(now);
        counts.outcome.answered += 1;
        counts.outcome.latencies.record(latency);
    }

    /// It came back as something else.
    pub(super) fn wrong(&self) {
        self.counts().outcome.wrong += 1;
    }

    /// It did not come back in time.
    pub(super) fn lost(&self) {
        self.counts().outcome.lost += 1;
    }

    /// Its connection broke.
    pub(super) fn broken(&self, reason: String) {
        let mut counts = self.counts();
        counts.outcome.broken += 1;
        counts.outcome.reason.get_or_insert(reason);
    }

    /// Everything, now that nothing more comes.
    pub(super) fn outcome(&self, timetable: &Timetable, now: Instant) -> Outcome {
        let counts = self.counts();
        let mut outcome = counts.outcome.clone();
        let settled = outcome.answered + outcome.wrong + outcome.broken + outcome.lost;
        outcome.lost += outcome.sent.saturating_sub(settled);
        outcome.unsent = timetable.scheduled().unwrap_or(0).saturating_sub(outcome.sent);
        let end = counts.last.unwrap_or(timetable.start).max(now.min(timetable.end));
        outcome.took = end - timetable.start;
        outcome
    }
}
