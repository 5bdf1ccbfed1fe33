//! The clock: the one place that asks the time.

use tokio::time::Instant;

/// The monotonic time, for timeouts and ages.
pub fn now() -> Instant {
    Instant::now()
}
