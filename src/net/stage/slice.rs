//! `slice`: small pieces, at once or with time between them.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::held::compact;
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;

pub(super) static SPEC: Spec = Spec {
    name: "slice",
    summary: "cuts what comes into pieces or datagrams of at most so many bytes",
    parameters: &[Parameter::needed("N", Kind::Size, "the longest piece")],
    options: &[Parameter::optional("every", Kind::Duration, "the time from one piece to the next")],
    ends: false,
    build: Build::Transform(|call| {
        let length = usize::try_from(call.size(0)).unwrap_or(usize::MAX);
        if length == 0 {
            return Err("N of `slice` must be more than 0".into());
        }
        let every = call.span("every").unwrap_or_default();
        Ok(Box::new(move |_| Box::new(Slice { length, every, next: clock::now(), held: VecDeque::new(), bytes: 0 })))
    }),
};

/// How many bytes wait before it takes no more, and how many pieces.
const BOUND: (usize, usize) = (64 * 1024, 1024);

struct Slice {
    length: usize,
    every: Duration,
    /// When the next slice may go.
    next: Instant,
    held: VecDeque<BytesMut>,
    bytes: usize,
}

impl Slice {
    /// The next slice of what is held.
    fn cut(&mut self) -> Option<BytesMut> {
        let piece = self.held.front_mut()?;
        let slice = piece.split_to(piece.len().min(self.length));
        if piece.is_empty() {
            self.held.pop_front();
        }
        self.bytes -= slice.len();
        Some(slice)
    }

    fn take(&mut self, now: Instant, piece: BytesMut, output: &mut Output) {
        self.bytes += piece.len();
        self.held.push_back(compact(piece));
        self.go(now, output);
    }

    /// Lets go of what is due.
    fn go(&mut self, now: Instant, output: &mut Output) {
        while self.next <= now
            && let Some(slice) = self.cut()
        {
            output.emit(slice);
            if !self.every.is_zero() {
                self.next = now + self.every;
            }
        }
    }
}

impl Transform for Slice {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        self.take(clock::now(), piece, output);
    }

    fn due(&self) -> Option<Instant> {
        (!self.held.is_empty()).then_some(self.next)
    }

    fn wake(&mut self, now: Instant, output: &mut Output) {
        self.go(now, output);
    }

    fn is_ready(&self) -> bool {
        self.bytes < BOUND.0 && self.held.len() < BOUND.1
    }

    fn change(&mut self, call: &Call, output: &mut Output) {
        self.length = usize::try_from(call.size(0)).unwrap_or(usize::MAX);
        self.every = call.span("every").unwrap_or_default();
        self.next = self.next.min(clock::now() + self.every);
        self.go(clock::now(), output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_keep_their_distance() {
        let (now, every) = (clock::now(), Duration::from_millis(10));
        let mut slice = Slice { length: 2, every, next: now, held: VecDeque::new(), bytes: 0 };
        let mut left = Vec::new();
        let mut output = Output::default();
        slice.take(now, BytesMut::from("abcde"), &mut output);
        while let Some(due) = slice.due() {
            left.extend(output.pieces.drain(..).map(|piece| piece.to_vec()));
            left.push(format!("{:?}", due - now).into_bytes());
            slice.wake(due, &mut output);
        }
        left.extend(output.pieces.drain(..).map(|piece| piece.to_vec()));
        assert_eq!(left, [&b"ab"[..], b"10ms", b"cd", b"20ms", b"e"]);
        assert!(slice.is_ready() && slice.bytes == 0);
    }
}
