//! Limits: how long a connection may rest, take for a head, or not take what it is sent.
//!
//! Whoever moves bytes only notes what it does. The time of it is that of the last look, so that no request asks the
//! clock, and each limit has a look more.

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
/// How often is looked while a request is answered.
const LOOK: Duration = Duration::from_secs(1);
/// How often is looked otherwise, and after how long without a request there is nothing to look at.
const GLANCE: Duration = Duration::from_millis(100);

/// What a connection does, in milliseconds since it opened, plus one; 0 for what it does not do.
pub(super) struct Limits {
    rest: Duration,
    opened: Instant,
    /// When was looked.
    now: AtomicU64,
    answering: AtomicUsize,
    rested: AtomicU64,
    heard: AtomicU64,
    stuck: AtomicU64,
    /// Whether anything has come, gone or been answered since the last look.
    moved: AtomicBool,
    /// Whether its bytes are frames that may come at any time.
    framed: AtomicBool,
}

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// Nothing is coming, going or being answered.
    Rests,
    /// A request did not come in all the time of rest; only of HTTP/2, which is never left alone.
    Rested,
    /// A head did not come to its end.
    Unheard,
    /// The peer took nothing.
    Stalled,
}

impl Limits {
    /// Those of a connection that has just opened; `rest` instead of the usual one.
    pub(super) fn new(rest: Option<Duration>) -> Self {
        Self {
            rest: rest.unwrap_or(REST),
            opened: clock::now(),
            now: AtomicU64::new(1),
            answering: AtomicUsize::new(0),
            rested: AtomicU64::new(1),
            heard: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
            moved: AtomicBool::new(false),
            framed: AtomicBool::new(false),
        }
    }

    /// When a connection that rests has done so for too long.
    pub(super) fn rests_until(&self) -> Instant {
        self.opened + Duration::from_millis(self.rested.load(Ordering::Relaxed)) + self.rest
    }

    /// It speaks HTTP/2.
    pub(super) fn is_framed(&self) {
        self.framed.store(true, Ordering::Relaxed);
    }

    /// Bytes came.
    pub(super) fn hear(&self) {
        self.moved.store(true, Ordering::Relaxed);
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
        self.moved.store(true, Ordering::Relaxed);
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
        self.moved.store(true, Ordering::Relaxed);
        if self.stuck.load(Ordering::Relaxed) != 0 {
            self.stuck.store(0, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Looks at the clock.
    pub(super) fn look(&self) {
        let now = clock::now().duration_since(self.opened).as_millis();
        self.now.store(1 + u64::try_from(now).unwrap_or(u64::MAX - 1), Ordering::Relaxed);
    }

    /// Looks until it rests, or something took too long. It rests when nothing at all has moved between two looks, so
    /// that there was a time for whoever talks to take what had come and to send what was written.
    pub(super) async fn looked(&self) -> Looked {
        loop {
            let busy = self.answering.load(Ordering::Relaxed) > 0;
            tokio::time::sleep(if busy { LOOK } else { GLANCE }).await;
            self.look();
            if let Some(looked) = self.judge(self.moved.swap(false, Ordering::Relaxed)) {
                return looked;
            }
        }
    }

    fn judge(&self, moved: bool) -> Option<Looked> {
        let longer = |since: &AtomicU64, limit: Duration| {
            let since = since.load(Ordering::Relaxed);
            since != 0 && u128::from(self.now() - since) >= limit.as_millis()
        };
        if longer(&self.stuck, STALL + LOOK) {
            return Some(Looked::Stalled);
        }
        if self.answering.load(Ordering::Relaxed) > 0 {
            return None;
        }
        if self.framed.load(Ordering::Relaxed) {
            return longer(&self.rested, self.rest + GLANCE).then_some(Looked::Rested);
        }
        if longer(&self.heard, HEAD + LOOK) {
            return Some(Looked::Unheard);
        }
        let still = [&self.heard, &self.stuck].into_iter().all(|since| since.load(Ordering::Relaxed) == 0);
        (still && !moved).then_some(Looked::Rests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_when_nothing_moved_between_two_looks() {
        let limits = Limits::new(None);
        let looks = || limits.judge(limits.moved.swap(false, Ordering::Relaxed));
        limits.hear();
        limits.begin();
        limits.end();
        assert_eq!(looks(), None);
        assert_eq!(looks(), Some(Looked::Rests));
        limits.stick();
        limits.go();
        assert_eq!(looks(), None);
        assert_eq!(looks(), Some(Looked::Rests));
    }
}
