//! What a stage keeps back: pieces in order, each until its time, up to a bound.

use std::collections::VecDeque;

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::Output;

/// How much a stage keeps before it takes no more.
const BOUND: usize = 8 * 1024 * 1024;
/// What a piece costs besides its bytes.
const OVERHEAD: usize = 128;

/// Pieces that wait, the oldest first.
#[derive(Default)]
pub(super) struct Held {
    pieces: VecDeque<(Instant, BytesMut)>,
    cost: usize,
}

impl Held {
    /// Keeps a piece until `due`, or until the one before it has left.
    pub(super) fn push(&mut self, due: Instant, piece: BytesMut) {
        let due = self.pieces.back().map_or(due, |(before, _)| due.max(*before));
        self.cost += piece.len() + OVERHEAD;
        self.pieces.push_back((due, compact(piece)));
    }

    /// Moves what waits from one delay to another.
    pub(super) fn shift(&mut self, from: Duration, to: Duration) {
        for (due, _) in &mut self.pieces {
            *due = (*due + to).checked_sub(from).unwrap_or(*due);
        }
    }

    /// When the next piece is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.pieces.front().map(|(due, _)| *due)
    }

    /// Lets go of what is due.
    pub(super) fn release(&mut self, now: Instant, output: &mut Output) {
        while let Some((_, piece)) = self.pieces.pop_front_if(|(due, _)| *due <= now) {
            self.cost -= piece.len() + OVERHEAD;
            output.emit(piece);
        }
    }

    /// Whether it has reached the bound.
    pub(super) fn is_full(&self) -> bool {
        self.cost >= BOUND
    }
}

/// The same bytes in a buffer of their size, where much of theirs is unused.
pub(super) fn compact(piece: BytesMut) -> BytesMut {
    if piece.len() < piece.capacity() / 2 { BytesMut::from(&piece[..]) } else { piece }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::clock;

    #[test]
    fn pieces_leave_in_order_and_none_early() {
        let (mut held, now) = (Held::default(), clock::now());
        let at = |milliseconds| now + Duration::from_millis(milliseconds);
        for (due, piece) in [(5, "a"), (3, "b"), (9, "c")] {
            held.push(at(due), BytesMut::from(piece));
        }
        let mut left = |time| {
            let mut output = Output::default();
            held.release(at(time), &mut output);
            output.pieces.into_iter().map(|piece| piece.to_vec()).collect::<Vec<_>>().concat()
        };
        assert_eq!([left(4), left(5), left(8), left(9)], [&b""[..], b"ab", b"", b"c"]);
        assert_eq!((held.due(), held.cost), (None, 0));
    }

    #[test]
    fn it_is_bounded_in_bytes_and_in_pieces() {
        for piece in [&[0; 4096][..], &[]] {
            let mut held = Held::default();
            let most = (0..).take_while(|_| {
                held.push(clock::now(), BytesMut::from(piece));
                !held.is_full()
            });
            assert!(most.count() * (piece.len() + OVERHEAD) <= BOUND);
        }
    }
}
