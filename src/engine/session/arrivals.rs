//! Arrivals: in which turn what is unread came, so that a saved session can expect it in the right place.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::net::clock;

/// The number of the statement that runs, or ran last; counts up from 1 at a prompt.
pub(crate) type Turn = u64;

/// What is unread, by the turn it came in. Its bytes and datagrams are those of the buffer that it belongs to.
#[derive(Debug)]
pub struct Arrivals {
    turn: Arc<AtomicU64>,
    marks: VecDeque<Mark>,
    taken: Turn,
    ended: Option<Turn>,
}

/// What came in one turn and is unread.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// The turn.
    pub turn: Turn,
    /// When the last of it came.
    pub at: Instant,
    /// How many bytes.
    pub bytes: usize,
    /// How many datagrams, empty ones included.
    pub datagrams: usize,
}

impl Arrivals {
    /// Nothing has come yet; `turn` tells which turn it is.
    pub const fn new(turn: Arc<AtomicU64>) -> Self {
        Self { turn, marks: VecDeque::new(), taken: 0, ended: None }
    }

    fn now(&self) -> Turn {
        self.turn.load(Ordering::Relaxed)
    }

    /// Notes that `bytes` came, as one datagram or as a piece of a stream.
    pub fn note(&mut self, bytes: usize, datagram: bool) {
        let (turn, at, datagrams) = (self.now(), clock::now(), usize::from(datagram));
        match self.marks.back_mut() {
            Some(last) if last.turn == turn => {
                last.at = at;
                last.bytes += bytes;
                last.datagrams += datagrams;
            }
            _ => self.marks.push_back(Mark { turn, at, bytes, datagrams }),
        }
    }

    /// Notes that so much was taken, oldest first.
    pub fn take(&mut self, mut bytes: usize, mut datagrams: usize) {
        self.taken = self.now();
        while let Some(first) = self.marks.front_mut() {
            let (taken, whole) = (bytes.min(first.bytes), datagrams.min(first.datagrams));
            first.bytes -= taken;
            first.datagrams -= whole;
            bytes -= taken;
            datagrams -= whole;
            if first.bytes > 0 || first.datagrams > 0 {
                return;
            }
            self.marks.pop_front();
        }
    }

    /// Notes that nothing more will come.
    pub fn end(&mut self) {
        let now = self.now();
        self.ended.get_or_insert(now);
    }

    /// What is unread, oldest first. What came before a statement took something is marked with the turn of that
    /// statement: only then was it what comes next.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.iter().map(|mark| Mark { turn: mark.turn.max(self.taken), ..*mark })
    }

    /// The turn in which the end came, unless a statement has taken something since, which saw it too.
    pub fn end_unseen(&self) -> Option<Turn> {
        self.ended.filter(|&ended| ended > self.taken || self.taken == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turn, bytes, datagrams.
    fn marks(arrivals: &Arrivals) -> Vec<(Turn, usize, usize)> {
        arrivals.marks().map(|mark| (mark.turn, mark.bytes, mark.datagrams)).collect()
    }

    #[test]
    fn what_is_unread_belongs_to_the_turn_it_came_in() {
        let turn = Arc::new(AtomicU64::new(1));
        let mut arrivals = Arrivals::new(Arc::clone(&turn));
        arrivals.note(3, false);
        arrivals.note(4, false);
        turn.store(2, Ordering::Relaxed);
        arrivals.note(5, false);
        assert_eq!(marks(&arrivals), [(1, 7, 0), (2, 5, 0)]);
        turn.store(3, Ordering::Relaxed);
        arrivals.take(8, 0);
        assert_eq!(marks(&arrivals), [(3, 4, 0)]);
    }

    #[test]
    fn empty_datagrams_count() {
        let turn = Arc::new(AtomicU64::new(1));
        let mut arrivals = Arrivals::new(turn);
        arrivals.note(0, true);
        arrivals.note(2, true);
        assert_eq!(marks(&arrivals), [(1, 2, 2)]);
        arrivals.take(0, 1);
        assert_eq!(marks(&arrivals), [(1, 2, 1)]);
        arrivals.take(2, 1);
        assert_eq!(marks(&arrivals), []);
    }

    #[test]
    fn an_end_is_unseen_until_something_is_taken_behind_it() {
        let turn = Arc::new(AtomicU64::new(1));
        let mut arrivals = Arrivals::new(Arc::clone(&turn));
        arrivals.end();
        assert_eq!(arrivals.end_unseen(), Some(1));
        turn.store(2, Ordering::Relaxed);
        arrivals.take(0, 0);
        assert_eq!(arrivals.end_unseen(), None);
    }
}
