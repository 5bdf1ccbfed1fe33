//! Patience: waiting for what must happen, with a limit that only a failure reaches.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before the test fails. No test that passes comes near it.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// Asks again and again until `ready` gives something; fails with `what` after [`LONG`].
#[track_caller]
pub(crate) fn until<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(start.elapsed() < LONG, "waited {LONG:?} for {what}");
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Waits until `measure` gives the same value for `calm` on end, and gives it.
#[track_caller]
pub(crate) fn settled<T: PartialEq>(what: &str, calm: Duration, mut measure: impl FnMut() -> T) -> T {
    let start = Instant::now();
    let mut last = measure();
    let mut since = Instant::now();
    while since.elapsed() < calm {
        assert!(start.elapsed() < LONG, "waited {LONG:?} for {what} to settle");
        thread::sleep(Duration::from_millis(20));
        let now = measure();
        if now != last {
            last = now;
            since = Instant::now();
        }
    }
    last
}
