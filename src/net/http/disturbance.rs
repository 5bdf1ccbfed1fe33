//! Disturbances: content that comes slowly, breaks off, or is not as long as its head says.

use std::io;
use std::task::{Context, Poll, ready};

use super::pace::{Pace, Turn};
use crate::net::socket::Connection;

/// How the content of an answer is disturbed on its way.
#[derive(Default)]
pub struct Disturbance {
    /// So many bytes a second.
    pub drip: Option<u64>,
    /// The connection ends after so many bytes.
    pub cut: Option<u64>,
    /// The length that the head says.
    pub length: Option<u64>,
    /// The connection that is reset, not closed, where the content breaks off.
    pub reset: Option<Connection>,
}

/// A disturbance at work.
pub(super) struct Disturbed {
    turn: Option<Turn>,
    /// How many bytes may still pass.
    left: Option<u64>,
    length: Option<u64>,
    reset: Option<Connection>,
    /// How many bytes have passed.
    passed: u64,
    /// Whether what has passed was let go on before the end.
    flushed: bool,
}

impl Disturbed {
    /// What comes of a disturbance.
    pub(super) fn new(how: Disturbance) -> Self {
        let cut = how.cut.or(how.reset.as_ref().map(|_| 0));
        let turn = how.drip.map(|rate| Turn::new(Pace::new(rate)));
        Self { turn, left: cut, length: how.length, reset: how.reset, passed: 0, flushed: false }
    }

    /// The length that the head says, where it is another one.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// How many bytes may pass; an error where it breaks off.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.left == Some(0) {
            return self.poll_break(cx).map(Err);
        }
        let room = match &mut self.turn {
            Some(turn) => ready!(turn.poll_room(cx)),
            None => usize::MAX,
        };
        let left = self.left.and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX);
        Poll::Ready(Ok(room.min(left)))
    }

    /// Notes that so many bytes pass.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.passed += bytes as u64;
        self.left = self.left.map(|left| left.saturating_sub(bytes as u64));
        if let Some(turn) = &self.turn {
            turn.spend(bytes);
        }
    }

    /// The end of the content: an error where the head says that more is to come.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_whole() { Poll::Ready(Ok(())) } else { self.poll_break(cx).map(Err) }
    }

    /// Whether nothing is missing when the content ends now.
    pub(super) fn is_whole(&self) -> bool {
        self.left.is_none() && self.length.is_none_or(|length| self.passed >= length)
    }

    /// Breaks off, when what has passed has been sent on: hyper sends what it holds when there is nothing more to take,
    /// and drops it when there is an error.
    fn poll_break(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let sends_nothing = self.reset.is_some() && self.passed == 0;
        if !self.flushed && !sends_nothing {
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(connection) = self.reset.take() {
            let _ = connection.reset();
        }
        Poll::Ready(io::Error::other("broke off its answer, as asked"))
    }
}
