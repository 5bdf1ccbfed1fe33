//! Gates: what a person's orders do to a direction of a flow: hold it, let so much pass, release it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::net::clock;
use crate::net::socket::Framing;
use crate::net::stage::{Changes, Pipeline};

/// What takes the orders of one conversation: a gate in each direction, and the stages.
#[derive(Debug, Default)]
pub struct Gates {
    /// Of what comes from the peer, behind the stages.
    pub up: Gate,
    /// Of what goes to the peer.
    pub down: Gate,
    /// What is changed of the stages.
    pub changes: Arc<Changes>,
    /// Whether an order resets the conversation.
    resets: AtomicBool,
}

impl Gates {
    /// Open gates behind the stages of that pipeline.
    pub fn behind(pipeline: &Pipeline) -> Self {
        Self { changes: Arc::new(Changes::of(pipeline)), ..Self::default() }
    }

    /// Open gates whose stages follow the same changes.
    pub(in crate::net) fn following(changes: &Arc<Changes>) -> Self {
        Self { changes: Arc::clone(changes), ..Self::default() }
    }

    /// Other gates that stand as these do now.
    #[must_use]
    pub fn alike(&self) -> Self {
        let changes = Arc::new(self.changes.alike());
        Self { up: self.up.alike(), down: self.down.alike(), changes, resets: AtomicBool::default() }
    }

    /// Has whatever else the conversation has opened closed with a reset, too.
    pub fn reset(&self) {
        self.resets.store(true, Ordering::Release);
    }

    /// Whether an order resets the conversation.
    pub(in crate::net) fn resets(&self) -> bool {
        self.resets.load(Ordering::Acquire)
    }
}

/// A gate that whatever moves in one direction comes through. It is open at first.
#[derive(Debug, Default)]
pub struct Gate {
    /// Whether it is held; changed only with the state.
    held: AtomicBool,
    /// Made by the first order: most gates never get one, and every connection has two.
    lock: OnceLock<Box<Lock>>,
}

/// What orders change.
#[derive(Debug, Default)]
struct Lock {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Open,
    Held {
        /// How many bytes of a stream, or datagrams, may pass all the same.
        passing: u64,
        /// When it opens by itself.
        until: Option<Instant>,
    },
}

impl Gate {
    /// Whether everything passes, so that nobody needs to ask.
    pub fn is_open(&self) -> bool {
        !self.held.load(Ordering::Acquire)
    }

    /// Holds everything back, up to a time if one is given. What [`Gate::pass`] allowed before and has not been used
    /// is forgotten.
    pub fn hold(&self, until: Option<Instant>) {
        self.set(State::Held { passing: 0, until });
    }

    /// Lets so many bytes of a stream, or so many datagrams, pass, more than were allowed before; then it holds.
    pub fn pass(&self, count: u64) {
        let lock = self.lock();
        let mut state = lock.state();
        let (passing, until) = match *state {
            State::Open => (0, None),
            State::Held { passing, until } => (passing, until),
        };
        self.change(lock, &mut state, State::Held { passing: passing.saturating_add(count), until });
    }

    /// How it stands, in words; none where everything passes.
    pub fn words(&self) -> Option<String> {
        let State::Held { passing, until } = *self.lock.get()?.state() else { return None };
        let left = until.map(|until| until.saturating_duration_since(clock::now()));
        match (passing, left) {
            (_, Some(Duration::ZERO)) => None,
            (0, None) => Some("held".to_owned()),
            (0, Some(left)) => Some(format!("held for {} ms more", left.as_millis())),
            (passing, _) => Some(format!("pass {passing} left")),
        }
    }

    /// Opens it.
    pub fn release(&self) {
        self.set(State::Open);
    }

    fn alike(&self) -> Self {
        let Some(lock) = self.lock.get() else { return Self::default() };
        let state = *lock.state();
        let held = AtomicBool::new(matches!(state, State::Held { .. }));
        Self { held, lock: OnceLock::from(Box::new(Lock { state: Mutex::new(state), changed: Notify::new() })) }
    }

    fn lock(&self) -> &Lock {
        self.lock.get_or_init(Box::default)
    }

    fn set(&self, new: State) {
        let lock = self.lock();
        self.change(lock, &mut lock.state(), new);
    }

    fn change(&self, lock: &Lock, state: &mut State, new: State) {
        *state = new;
        self.held.store(matches!(new, State::Held { .. }), Ordering::Release);
        lock.changed.notify_waiters();
    }

    /// Waits until some of a piece of `length` bytes, or the datagram, may pass, and says how much of it. Cancel safe.
    pub(in crate::net) async fn admit(&self, framing: Framing, length: usize) -> usize {
        if self.is_open() {
            return length;
        }
        let count = if framing == Framing::Datagram { 1 } else { length as u64 };
        // In a box of its own, so that what waits here seldom takes no room in what is always there.
        let admitted = Box::pin(self.until(|passing| (passing > 0).then(|| passing.min(count)))).await;
        match admitted {
            Some(admitted) if admitted < count => usize::try_from(admitted).unwrap_or(length),
            _ => length,
        }
    }

    /// Waits until everything passes. Cancel safe.
    pub(in crate::net) async fn opened(&self) {
        if !self.is_open() {
            Box::pin(self.until(|_| None)).await;
        }
    }

    /// Waits until it is open, which is `None`, or `take` takes some of what may pass.
    async fn until(&self, take: impl Fn(u64) -> Option<u64>) -> Option<u64> {
        let lock = self.lock();
        loop {
            let mut changed = std::pin::pin!(lock.changed.notified());
            changed.as_mut().enable();
            let until = {
                let mut state = lock.state();
                let State::Held { passing, until } = &mut *state else { return None };
                if let Some(taken) = take(*passing) {
                    *passing -= taken;
                    return Some(taken);
                }
                let until = *until;
                if until.is_some_and(|until| until <= clock::now()) {
                    self.change(lock, &mut state, State::Open);
                    return None;
                }
                until
            };
            match until {
                None => changed.await,
                // Whichever it was, the state says what holds now.
                Some(until) => drop(tokio::time::timeout_at(until, changed).await),
            }
        }
    }
}

impl Lock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;

    fn poll<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
        std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn so_much_passes_and_no_more() {
        let gate = Gate::default();
        let admit = |framing, length| poll(&mut pin!(gate.admit(framing, length)));
        assert!(gate.is_open());
        assert_eq!(admit(Framing::Stream, 10), Poll::Ready(10));
        gate.hold(None);
        assert!(!gate.is_open());
        assert_eq!(admit(Framing::Stream, 10), Poll::Pending);
        gate.pass(3);
        gate.pass(2);
        assert_eq!(admit(Framing::Stream, 4), Poll::Ready(4));
        assert_eq!(admit(Framing::Stream, 4), Poll::Ready(1));
        assert_eq!(admit(Framing::Stream, 3), Poll::Pending);
        gate.pass(1);
        assert_eq!(admit(Framing::Datagram, 1000), Poll::Ready(1000), "a datagram is whole");
        assert_eq!(admit(Framing::Datagram, 0), Poll::Pending);
        assert_eq!(poll(&mut pin!(gate.opened())), Poll::Pending);
        gate.release();
        assert_eq!(poll(&mut pin!(gate.opened())), Poll::Ready(()));
        assert_eq!(admit(Framing::Stream, 10), Poll::Ready(10));
    }

    #[test]
    fn whoever_waits_learns_of_an_order_and_takes_nothing_when_it_gives_up() {
        let gate = Gate::default();
        gate.pass(0);
        let mut waiting = pin!(gate.admit(Framing::Stream, 10));
        assert_eq!(poll(&mut waiting), Poll::Pending);
        {
            let mut gives_up = pin!(gate.admit(Framing::Stream, 10));
            assert_eq!(poll(&mut gives_up), Poll::Pending);
            gate.pass(4);
        }
        assert_eq!(poll(&mut waiting), Poll::Ready(4));
    }

    #[tokio::test]
    async fn a_stall_ends_by_itself() {
        let gate = Gate::default();
        gate.hold(Some(clock::now() + Duration::from_millis(20)));
        let start = clock::now();
        assert_eq!(gate.admit(Framing::Stream, 10).await, 10);
        assert!(gate.is_open() && start.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn new_gates_stand_as_their_pattern_does() {
        let pattern = Gates::default();
        pattern.up.hold(None);
        let gates = pattern.alike();
        assert!(!gates.up.is_open() && gates.down.is_open());
        pattern.up.release();
        assert!(!gates.up.is_open(), "each is its own");
    }
}
