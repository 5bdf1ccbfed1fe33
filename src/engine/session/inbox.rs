//! The inbox: what a session has received and nobody has taken yet. It is bounded; a full one is not filled
//! further, so that the peer feels it (back-pressure).

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use super::{Arrivals, Ending};
use crate::engine::lock;
use crate::net::{Received, Socket};

/// The received bytes of one session; datagrams keep their boundaries.
#[derive(Debug)]
pub struct Inbox {
    buffer: Mutex<Buffer>,
    arrived: Notify,
    limit: usize,
}

/// How much may be unread while a statement waits for something in it, in bytes.
pub(crate) const PATIENT_LIMIT: usize = 64 << 20;

/// The most that a statement may ask for at once, in bytes.
const LARGEST_LIMIT: usize = 1 << 30;

/// Room beyond the inbox's own bound, as long as this lives.
pub struct Room<'a> {
    inbox: &'a Inbox,
    limit: usize,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut buffer = lock(&self.inbox.buffer);
        if let Some(index) = buffer.wanted.iter().position(|wanted| *wanted == self.limit) {
            buffer.wanted.swap_remove(index);
        }
    }
}

/// What is unread, as an expectation sees it.
#[derive(Debug, Default)]
pub struct Buffer {
    /// The unread bytes, oldest first.
    pub bytes: BytesMut,
    /// For a datagram session: the lengths of the datagrams that `bytes` is made of.
    pub datagrams: VecDeque<usize>,
    /// Nothing more will come, because of this.
    pub end: Option<Ending>,
    /// Set when a datagram that was sent found nobody; taken by `expect refused`.
    pub refused: bool,
    /// In which turns the unread came, where a journal asks.
    pub arrivals: Option<Arrivals>,
    /// The bounds that statements which wait now have asked for.
    wanted: Vec<usize>,
    /// Whoever fills the buffer, waiting for room.
    filler: Option<Waker>,
}

/// How many datagrams may wait, so that empty ones are bounded too.
const MOST_DATAGRAMS: usize = 4096;

impl Buffer {
    /// Takes the first `count` bytes; for datagrams, those that lie wholly within them.
    pub fn take(&mut self, count: usize) -> Bytes {
        let mut left = count;
        let datagrams = self.datagrams.len();
        while left > 0
            && let Some(&length) = self.datagrams.front()
        {
            if length > left {
                if let Some(first) = self.datagrams.front_mut() {
                    *first -= left;
                }
                break;
            }
            left -= length;
            self.datagrams.pop_front();
        }
        self.note_taken(count, datagrams - self.datagrams.len());
        self.bytes.split_to(count).freeze()
    }

    /// Takes the oldest datagram.
    pub fn take_datagram(&mut self) -> Option<Bytes> {
        let length = self.datagrams.pop_front()?;
        self.note_taken(length, 1);
        Some(self.bytes.split_to(length).freeze())
    }

    fn note_taken(&mut self, bytes: usize, datagrams: usize) {
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.take(bytes, datagrams);
        }
        self.wake_filler();
    }

    fn wake_filler(&mut self) {
        if let Some(waker) = self.filler.take() {
            waker.wake();
        }
    }
}

impl Inbox {
    /// An empty inbox that holds about `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { buffer: Mutex::default(), arrived: Notify::new(), limit: limit.max(1) }
    }

    /// The same, noting in which turns what it receives comes.
    #[must_use]
    pub fn noting(self, turn: Option<Arc<AtomicU64>>) -> Self {
        lock(&self.buffer).arrivals = turn.map(Arrivals::new);
        self
    }

    /// How many bytes it holds when nothing waits for more.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Lets at least `limit` bytes be unread (1 GiB at most) until what is returned is dropped.
    pub fn room(&self, limit: usize) -> Room<'_> {
        let limit = limit.clamp(1, LARGEST_LIMIT);
        let mut buffer = lock(&self.buffer);
        buffer.wanted.push(limit);
        buffer.wake_filler();
        Room { inbox: self, limit }
    }

    /// Looks at what is unread; `look` may take from it. The lock is held meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&mut Buffer) -> T) -> T {
        look(&mut lock(&self.buffer))
    }

    /// Receives from `socket` once there is room; the new bytes are handed to `seen` before anybody can take them.
    pub async fn fill(&self, socket: &dyn Socket, seen: impl Fn(&[u8])) -> io::Result<Received> {
        let received = std::future::poll_fn(|cx| self.poll_fill(socket, &seen, cx)).await;
        self.arrived.notify_waiters();
        received
    }

    fn poll_fill(
        &self,
        socket: &dyn Socket,
        seen: &impl Fn(&[u8]),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Received>> {
        let mut buffer = lock(&self.buffer);
        let limit = buffer.wanted.iter().copied().max().unwrap_or_default().max(self.limit);
        if buffer.bytes.len() >= limit || buffer.datagrams.len() >= MOST_DATAGRAMS {
            buffer.filler = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let before = buffer.bytes.len();
        let received = socket.poll_receive(cx, &mut buffer.bytes);
        if let Poll::Ready(Ok(Received::Data(length) | Received::Datagram(length))) = received {
            let datagram = matches!(received, Poll::Ready(Ok(Received::Datagram(_))));
            if datagram {
                buffer.datagrams.push_back(length);
            }
            if let Some(arrivals) = &mut buffer.arrivals {
                arrivals.note(length, datagram);
            }
            seen(&buffer.bytes[before..before + length]);
        }
        received
    }

    /// Says that nothing more will come. The first reason stays.
    pub fn end(&self, ending: Ending) {
        let mut buffer = lock(&self.buffer);
        buffer.end.get_or_insert(ending);
        if let Some(arrivals) = &mut buffer.arrivals {
            arrivals.end();
        }
        drop(buffer);
        self.arrived.notify_waiters();
    }

    /// Notes that a datagram found nobody.
    pub fn note_refused(&self) {
        lock(&self.buffer).refused = true;
        self.arrived.notify_waiters();
    }

    /// Waits until `look` finds what it seeks, asking again whenever something arrived. Cancel safe.
    pub async fn until<T>(&self, mut look: impl FnMut(&mut Buffer) -> Option<T>) -> T {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            arrived.as_mut().enable();
            if let Some(found) = look(&mut lock(&self.buffer)) {
                return found;
            }
            arrived.await;
        }
    }
}
