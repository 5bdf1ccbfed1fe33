//! Traffic: what has moved between a relay and one of its targets, over all connections so far.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The counts of a target.
#[derive(Debug, Default)]
pub struct Traffic {
    open: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    losses: AtomicU64,
    /// Whether the last that was heard of it is that it was lost.
    lost: AtomicBool,
}

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// A connection to it is open.
    Open,
    /// None is, and it was not lost when one was last wanted.
    Idle,
    /// It could not be reached, or died, when one was last wanted.
    Lost,
}

impl Traffic {
    /// It was reached.
    pub(super) fn note_reached(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.lost.store(false, Ordering::Relaxed);
    }

    /// A connection to it is over.
    pub(super) fn note_left(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// It could not be reached, or died, or refused a datagram.
    pub(super) fn note_lost(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
        self.lost.store(true, Ordering::Relaxed);
    }

    /// So many bytes went to it.
    pub(super) fn note_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// So many bytes came from it.
    pub(super) fn note_received(&self, count: usize) {
        self.received.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// How it stands.
    pub fn state(&self) -> TargetState {
        match (self.lost.load(Ordering::Relaxed), self.open()) {
            (true, _) => TargetState::Lost,
            (false, 0) => TargetState::Idle,
            (false, _) => TargetState::Open,
        }
    }

    /// How many connections to it are open.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// Bytes that went to it.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes that came from it.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// How often it could not be reached, died, or refused a datagram.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }
}
