//! Settling: waiting until nothing moves any more, so that what one statement has set off is not seen in the next.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::shared::Shared;
use crate::net::quiet::{self, Queues};
use crate::net::{clock, pending};

/// How often every other task has its turn before it counts as having nothing to do.
const TURNS: usize = 16;
/// How long between looks at what moves.
const PAUSE: Duration = Duration::from_millis(1);
/// How long what stands still in the system's buffers is waited for: nobody takes it.
const STUCK: Duration = Duration::from_millis(200);
/// How long it is waited at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until nothing moves in this process nor between its sockets. Whether that came about, with nobody else taking
/// part.
pub(super) async fn settle(shared: &Shared) -> bool {
    let start = clock::now();
    let mut stuck: Option<(Queues, Instant)> = None;
    loop {
        if rests(shared).await {
            let queues = quiet::queues();
            if queues.waiting.is_empty() {
                return !queues.foreign;
            }
            match &stuck {
                Some((same, since)) if *same == queues => {
                    if clock::now().duration_since(*since) >= STUCK {
                        return !queues.foreign;
                    }
                }
                _ => stuck = Some((queues, clock::now())),
            }
        } else {
            stuck = None;
        }
        if clock::now().duration_since(start) >= PATIENCE {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether nothing happens while all tasks have their turns.
async fn rests(shared: &Shared) -> bool {
    let before = shared.happened.load(Ordering::Relaxed);
    for _ in 0..TURNS {
        if pending::is_any() {
            return false;
        }
        tokio::task::yield_now().await;
    }
    !pending::is_any() && shared.happened.load(Ordering::Relaxed) == before
}
