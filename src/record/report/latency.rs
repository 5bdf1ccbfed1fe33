//! Latencies: how long answers took, from what a session sends to the next that it receives.

use std::collections::HashMap;

use hdrhistogram::Histogram;

/// How many are kept one by one.
const MOST: usize = 2000;

/// The longest that is told from longer ones: a day, in microseconds.
const LONGEST: u64 = 24 * 3600 * 1_000_000;

/// How long answers took.
#[derive(Debug)]
pub(super) struct Latencies {
    /// Since when sessions wait for an answer.
    asked: HashMap<u64, u64>,
    /// When the first of them were asked, and how long they took, in microseconds.
    pub(super) each: Vec<(u64, u64)>,
    all: Histogram<u64>,
}

impl Default for Latencies {
    fn default() -> Self {
        let all = Histogram::new_with_max(LONGEST, 3).expect("the bounds are those of the library");
        Self { asked: HashMap::new(), each: Vec::new(), all }
    }
}

impl Latencies {
    /// A session sends something.
    pub(super) fn sent(&mut self, session: u64, at: u64) {
        self.asked.entry(session).or_insert(at);
    }

    /// A session receives something.
    pub(super) fn received(&mut self, session: u64, at: u64) {
        if let Some(since) = self.asked.remove(&session) {
            self.note(since, at.saturating_sub(since));
        }
    }

    /// A session is over.
    pub(super) fn closed(&mut self, session: u64) {
        self.asked.remove(&session);
    }

    /// Something asked then took so long.
    pub(super) fn note(&mut self, since: u64, took: u64) {
        self.all.saturating_record(took);
        if self.each.len() < MOST {
            self.each.push((since, took));
        }
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.all.len()
    }

    /// What that share of them took at most, in microseconds.
    pub(super) fn quantile(&self, share: f64) -> u64 {
        self.all.value_at_quantile(share).min(self.all.max())
    }
}
