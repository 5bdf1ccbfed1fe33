//! The tally: what the connections of a load have counted so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Outcome;
use super::timetable::Timetable;

/// How many reasons are told apart: some may hold what a peer said.
const REASONS: usize = 16;

/// The counts of a load, shared by its connections.
#[derive(Default)]
pub(super) struct Tally {
    counts: Mutex<Counts>,
    received: AtomicU64,
}

#[derive(Default)]
struct Counts {
    outcome: Outcome,
    last: Option<Instant>,
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many bytes came.
    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// An answer has that status.
    pub(super) fn status(&self, status: u16) {
        let class = usize::from(status / 100).wrapping_sub(1).min(5);
        self.counts().outcome.statuses[class] += 1;
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
        let reasons = &mut counts.outcome.reasons;
        let reason = if reasons.len() < REASONS { reason } else { "other reasons".to_owned() };
        *reasons.entry(reason).or_default() += 1;
    }

    /// Everything, now that nothing more comes.
    pub(super) fn outcome(&self, timetable: &Timetable, now: Instant) -> Outcome {
        let counts = self.counts();
        let mut outcome = counts.outcome.clone();
        outcome.received = self.received.load(Ordering::Relaxed);
        let settled = outcome.answered + outcome.wrong + outcome.broken + outcome.lost;
        outcome.lost += outcome.sent.saturating_sub(settled);
        outcome.unsent = timetable.scheduled().unwrap_or(0).saturating_sub(outcome.sent);
        let end = counts.last.unwrap_or(timetable.start).max(now.min(timetable.end));
        outcome.took = end - timetable.start;
        outcome
    }
}
