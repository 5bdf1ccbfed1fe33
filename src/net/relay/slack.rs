//! Slack: the fastest of several targets sets the pace, the others may be behind it so far and no farther.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::Slow;
use super::outlet::{Outlet, Outlets, Progress};
use crate::net::clock;
use crate::net::flow::Source;
use crate::net::socket::MessageKind;

/// How much a target may be behind what the fastest one has taken, in bytes.
const BOUND: usize = 1024 * 1024;
/// What a piece costs besides its bytes.
const OVERHEAD: usize = 128;
/// How long a target may stay that far behind before [`Slow::Close`] closes it. Meanwhile the fastest one waits.
const GRACE: Duration = Duration::from_secs(1);

/// What a target has still to get.
#[derive(Default)]
pub(super) struct Backlog {
    /// Each with the kind of message that it is.
    pieces: VecDeque<(Bytes, MessageKind)>,
    cost: usize,
    /// How much of the first piece it has got.
    progress: Progress,
    /// Since when it is too far behind.
    behind: Option<Instant>,
    /// How many bytes it has missed.
    missed: u64,
}

impl Backlog {
    /// Whether it has room for so many bytes more.
    fn fits(&self, length: usize) -> bool {
        self.pieces.is_empty() || self.cost + length + OVERHEAD <= BOUND
    }

    fn push(&mut self, piece: Bytes, kind: MessageKind) {
        self.cost += piece.len() + OVERHEAD;
        self.pieces.push_back((piece, kind));
    }

    fn pop(&mut self) {
        if let Some((piece, _)) = self.pieces.pop_front() {
            self.cost -= piece.len() + OVERHEAD;
        }
        self.progress = Progress::default();
        if self.pieces.is_empty() {
            self.behind = None;
        }
    }
}

/// Moves the next piece to all that are left, as far as they keep up; `None` at the end.
pub(super) async fn pass(source: &mut Source, outlets: &Outlets<'_>) -> io::Result<Option<()>> {
    let piece = tokio::select! {
        piece = source.next() => piece?,
        never = outlets.catch_up() => match never {},
    };
    let Some(piece) = piece else { return Ok(None) };
    let missed = outlets.offer(own(piece), source.kind()).await;
    source.miss(missed);
    Ok(Some(()))
}

/// The same bytes in memory of their size: they may be kept.
fn own(piece: BytesMut) -> Bytes {
    if piece.len() < piece.capacity() / 2 { Bytes::copy_from_slice(&piece) } else { piece.freeze() }
}

impl Outlets<'_> {
    /// Whether one may be left behind by others, or is behind already.
    pub(super) fn leave_behind(&self) -> bool {
        self.slow != Slow::Wait
            && (self.all.iter().filter(|outlet| !outlet.is_lost()).count() > 1
                || self.all.iter().any(Outlet::is_behind))
    }

    /// Goes on sending to those that are behind, for ever.
    async fn catch_up(&self) -> Infallible {
        poll_fn(|cx| {
            for outlet in &self.all {
                let _ = outlet.poll_catch_up(cx);
            }
            Poll::Pending
        })
        .await
    }

    /// Gives a piece to all that are left; returns when one has taken all of it, with how many bytes others miss.
    async fn offer(&self, piece: Bytes, kind: MessageKind) -> u64 {
        let mut one_has_it = false;
        for outlet in self.all.iter().filter(|outlet| outlet.connection().is_none()) {
            outlet.write(&piece).await;
            one_has_it |= !outlet.is_lost();
        }
        let mut left: Vec<&Outlet<'_>> = self.all.iter().filter(|outlet| outlet.connection().is_some()).collect();
        let mut given: Vec<&Outlet<'_>> = Vec::with_capacity(left.len());
        let mut missed = 0;
        let mut timer = pin!(tokio::time::sleep(GRACE));
        poll_fn(|cx| {
            left.retain(|outlet| {
                let _ = outlet.poll_catch_up(cx);
                let gone = outlet.is_lost() || outlet.give(&piece, kind);
                if gone {
                    let _ = outlet.poll_catch_up(cx);
                    given.push(outlet);
                }
                !gone
            });
            for outlet in &given {
                one_has_it |= outlet.poll_catch_up(cx).is_ready() && !outlet.is_lost();
            }
            if left.is_empty() && given.iter().all(|outlet| outlet.is_lost()) {
                return Poll::Ready(());
            }
            if !one_has_it {
                return Poll::Pending;
            }
            let now = clock::now();
            left.retain(|outlet| match self.slow {
                Slow::Close => !outlet.close_if_behind(now),
                Slow::Drop | Slow::Wait => {
                    outlet.miss(piece.len());
                    missed += piece.len() as u64;
                    false
                }
            });
            let Some(due) = left.iter().filter_map(|outlet| outlet.closes_at()).min() else { return Poll::Ready(()) };
            timer.as_mut().reset(due);
            let _ = timer.as_mut().poll(cx);
            Poll::Pending
        })
        .await;
        missed
    }
}

impl Outlet<'_> {
    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it has still to get something.
    pub(super) fn is_behind(&self) -> bool {
        !self.is_lost() && !self.backlog().pieces.is_empty()
    }

    /// Sends what it has still to get, until it has got it or is lost.
    pub(super) fn poll_catch_up(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut backlog = self.backlog();
        while let Some((piece, kind)) = backlog.pieces.front().filter(|_| !self.is_lost()).cloned() {
            std::task::ready!(self.poll_send(cx, (&piece, kind), &mut backlog.progress));
            backlog.pop();
        }
        Poll::Ready(())
    }

    /// Has it get a piece, if it is not too far behind.
    fn give(&self, piece: &Bytes, kind: MessageKind) -> bool {
        let mut backlog = self.backlog();
        let fits = backlog.fits(piece.len());
        if fits {
            backlog.push(piece.clone(), kind);
        }
        fits
    }

    /// Leaves so many bytes out.
    fn miss(&self, length: usize) {
        let mut backlog = self.backlog();
        let first = backlog.missed == 0;
        backlog.missed += length as u64;
        drop(backlog);
        if first {
            self.tell_behind();
        }
    }

    /// How many bytes it has missed.
    pub(super) fn missed(&self) -> u64 {
        self.backlog().missed
    }

    /// When it will have been too far behind for too long.
    fn closes_at(&self) -> Option<Instant> {
        self.backlog().behind.map(|since| since + GRACE)
    }

    /// Notes that it is too far behind, and gives it up when it has been so for too long; says whether it has.
    fn close_if_behind(&self, now: Instant) -> bool {
        let since = *self.backlog().behind.get_or_insert(now);
        let late = since + GRACE <= now;
        if late {
            let far = format!("{} MiB behind for {} s", BOUND >> 20, GRACE.as_secs());
            self.close(&io::Error::new(io::ErrorKind::TimedOut, far));
        }
        late
    }
}
