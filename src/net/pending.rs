//! What is pending: bytes that a stage holds for a while, and work on other threads. It goes on by itself, so that whoever
//! waits until nothing moves any more has to wait for it.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::Instant;

use super::clock;

/// How many there are in this process.
static PENDING: AtomicUsize = AtomicUsize::new(0);

/// What is due later than this is not waited for.
const SOON: Duration = Duration::from_secs(2);

/// Something that is pending as long as this lives.
#[derive(Debug)]
pub struct Pending(());

impl Pending {
    fn new() -> Self {
        PENDING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }

    /// Something that goes on at `due`; `None` if that is not soon.
    pub fn until(due: Instant) -> Option<Self> {
        (due.saturating_duration_since(clock::now()) <= SOON).then(Self::new)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether anything is pending in this process.
pub fn is_any() -> bool {
    PENDING.load(Ordering::Relaxed) > 0
}

/// Work on another thread, pending until its result is taken.
#[derive(Debug)]
pub struct Work<T> {
    handle: JoinHandle<T>,
    _pending: Pending,
}

/// Does work that may block on a thread for such work. Must be called on a runtime.
pub fn work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Work<T> {
    Work { _pending: Pending::new(), handle: spawn_blocking(work) }
}

impl<T> Future for Work<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(cx)
    }
}
