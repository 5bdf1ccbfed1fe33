//! Limits: how long a connection may rest, take for a head, or not take what it is sent.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::net::clock;

/// How long a connection may rest between requests.
const REST: Duration = Duration::from_secs(75);
/// How long the head of a request may take from its first byte.
const HEAD: Duration = Duration::from_secs(10);
/// How long a peer may take nothing of what it is sent.
const STALL: Duration = Duration::from_mins(1);
/// How often is looked.
const LOOK: Duration = Duration::from_secs(4);

/// What a connection does, in milliseconds since it opened, plus one; 0 for what it does not do.
pub(super) struct Limits {
    rest: Duration,
    opened: Instant,
    answering: AtomicUsize,
    rested: AtomicU64,
    heard: AtomicU64,
    stuck: AtomicU64,
    /// Whether its bytes are frames that may come at any time.
    framed: AtomicBool,
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// No request came.
    Rest,
    /// A head did not come to its end.
    Head,
    /// The peer took nothing.
    Stall,
}

impl Limits {
    /// Those of a connection that has just opened; `rest` instead of the usual one.
    pub(super) fn new(rest: Option<Duration>) -> Self {
        Self {
            rest: rest.unwrap_or(REST),
            opened: clock::now(),
            answering: AtomicUsize::new(0),
            rested: AtomicU64::new(1),
            heard: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
            framed: AtomicBool::new(false),
        }
    }

    /// It speaks HTTP/2.
    pub(super) fn is_framed(&self) {
        self.framed.store(true, Ordering::Relaxed);
    }

    /// Bytes came.
    pub(super) fn hear(&self) {
        if self.answering.load(Ordering::Relaxed) == 0 && self.heard.load(Ordering::Relaxed) == 0 {
            self.heard.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A request has come whole.
    pub(super) fn begin(&self) {
        self.answering.fetch_add(1, Ordering::Relaxed);
        self.heard.store(0, Ordering::Relaxed);
    }

    /// Its answer is over.
    pub(super) fn end(&self) {
        if self.answering.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.rested.store(self.now(), Ordering::Relaxed);
        }
    }

    /// The peer takes nothing now.
    pub(super) fn stick(&self) {
        if self.stuck.load(Ordering::Relaxed) == 0 {
            self.stuck.store(self.now(), Ordering::Relaxed);
        }
    }

    /// It took something.
    pub(super) fn go(&self) {
        if self.stuck.load(Ordering::Relaxed) != 0 {
            self.stuck.store(0, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        1 + u64::try_from(clock::now().duration_since(self.opened).as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// Waits until something took too long.
    pub(super) async fn overdue(&self) -> Overdue {
        loop {
            tokio::time::sleep((self.rest / 4).clamp(Duration::from_millis(1), LOOK)).await;
            if let Some(overdue) = self.look() {
                return overdue;
            }
        }
    }

    fn look(&self) -> Option<Overdue> {
        let now = self.now();
        let longer = |since: &AtomicU64, limit: Duration| {
            let since = since.load(Ordering::Relaxed);
            since != 0 && u128::from(now.saturating_sub(since)) >= limit.as_millis()
        };
        if longer(&self.stuck, STALL) {
            return Some(Overdue::Stall);
        }
        if self.answering.load(Ordering::Relaxed) > 0 {
            return None;
        }
        if !self.framed.load(Ordering::Relaxed) && longer(&self.heard, HEAD) {
            return Some(Overdue::Head);
        }
        longer(&self.rested, self.rest).then_some(Overdue::Rest)
    }
}
