//! The idle limit: ends a conversation in which nothing moved for so long, in either direction.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::{Conversation, DATAGRAM_IDLE};
use crate::net::clock;
use crate::net::error::timed_out;
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

/// When something moved last; shared by both directions.
#[derive(Debug)]
pub(in crate::net) struct Activity {
    start: Instant,
    /// Microseconds since the start.
    last: AtomicU64,
    /// Whether something moved since the clock was read last.
    moved: AtomicBool,
}

impl Activity {
    pub(in crate::net) fn touch(&self) {
        self.moved.store(true, Ordering::Relaxed);
    }

    /// Reads the clock if something moved: once for everything that a task did in one go.
    fn settle(&self) {
        if !self.moved.swap(false, Ordering::Relaxed) {
            return;
        }
        let elapsed = u64::try_from((clock::now() - self.start).as_micros()).unwrap_or(u64::MAX);
        self.last.store(elapsed, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_micros(self.last.load(Ordering::Relaxed))
    }
}

/// Watches over a conversation's idle limit; costs nothing where there is none.
pub(in crate::net) struct Watch {
    limit: Option<(Duration, Arc<Activity>)>,
    /// Whether the limit is ours, and running out an orderly end.
    orderly: bool,
}

impl Watch {
    /// The conversation's limit, or [`DATAGRAM_IDLE`] for datagrams without one.
    pub(in crate::net) fn of(conversation: &Conversation) -> Self {
        let datagrams = conversation.connection.framing() == Framing::Datagram;
        let limit = conversation.idle.or(datagrams.then_some(DATAGRAM_IDLE));
        let activity =
            || Arc::new(Activity { start: clock::now(), last: AtomicU64::new(0), moved: AtomicBool::new(false) });
        Self { limit: limit.map(|limit| (limit, activity())), orderly: conversation.idle.is_none() }
    }

    /// What each direction touches when something moves.
    pub(in crate::net) fn activity(&self) -> Option<Arc<Activity>> {
        self.limit.as_ref().map(|(_, activity)| Arc::clone(activity))
    }

    /// `work`, ended when the limit runs out; the same box where there is no limit.
    pub(in crate::net) fn over(self, work: BoxFuture<'static, io::Result<()>>) -> BoxFuture<'static, io::Result<()>> {
        if self.limit.is_none() {
            return work;
        }
        Box::pin(async move { self.guard(work).await })
    }

    /// Runs `work` until it ends or the limit runs out.
    pub(in crate::net) async fn guard(&self, work: impl Future<Output = io::Result<()>>) -> io::Result<()> {
        let Some((limit, activity)) = &self.limit else { return work.await };
        let mut work = pin!(work);
        let mut timer = pin!(tokio::time::sleep(*limit));
        std::future::poll_fn(|cx| {
            if let Poll::Ready(outcome) = work.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            activity.settle();
            while timer.as_mut().poll(cx).is_ready() {
                let due = activity.last() + *limit;
                if due <= clock::now() {
                    return Poll::Ready(if self.orderly { Ok(()) } else { Err(timed_out(*limit)) });
                }
                timer.as_mut().reset(due);
            }
            Poll::Pending
        })
        .await
    }
}
