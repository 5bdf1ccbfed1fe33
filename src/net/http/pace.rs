//! Pace: so many bytes a second for all that one connection is sent.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::net::clock;

/// Bytes leave in slices of this part of a second.
const SLICES: u64 = 20;
const NANOSECONDS: u64 = 1_000_000_000;

/// The line of one connection.
pub(super) struct Pace {
    rate: u64,
    /// When it has carried what it was given.
    free: Mutex<Instant>,
}

impl Pace {
    /// A line of `rate` bytes a second.
    pub(super) fn new(rate: u64) -> Arc<Self> {
        Arc::new(Self { rate: rate.max(1), free: Mutex::new(clock::now()) })
    }
}

/// One answer's use of the line.
pub(super) struct Turn {
    pace: Arc<Pace>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Turn {
    /// A use of `pace`.
    pub(super) fn new(pace: Arc<Pace>) -> Self {
        Self { pace, sleep: None }
    }

    /// How many bytes may go, as soon as some may.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
            let free = *self.pace.free.lock().unwrap_or_else(PoisonError::into_inner);
            if free <= clock::now() {
                return Poll::Ready(usize::try_from(self.pace.rate / SLICES).unwrap_or(usize::MAX).max(1));
            }
            self.sleep = Some(Box::pin(tokio::time::sleep_until(free)));
        }
    }

    /// Notes that so many bytes go.
    pub(super) fn spend(&self, bytes: usize) {
        let nanoseconds = u128::from(NANOSECONDS) * bytes as u128 / u128::from(self.pace.rate);
        let mut free = self.pace.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(clock::now()) + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX >> 1));
    }
}
