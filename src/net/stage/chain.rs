//! Chains: transforming stages one behind the other, in one direction of one conversation.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::transform::{Cut, Output, Transform};

/// The stages of one direction and what has come out of them.
#[derive(Default)]
pub struct Chain {
    stages: Vec<Box<dyn Transform>>,
    output: Output,
    /// How many stages have been told of the end; `None` before it.
    ended: Option<usize>,
}

impl Chain {
    pub(super) fn new(stages: Vec<Box<dyn Transform>>) -> Self {
        Self { stages, ..Self::default() }
    }

    /// Whether there is no stage: bytes need not go through it.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Takes a piece, or one datagram.
    pub fn push(&mut self, piece: BytesMut) {
        self.run(0, VecDeque::from([piece]));
    }

    /// The input has ended.
    pub fn end(&mut self) {
        if self.ended.is_none() {
            self.ended = Some(0);
            self.pass_end();
        }
    }

    /// Wakes the stages that are due.
    pub fn wake(&mut self, now: Instant) {
        for index in 0..self.stages.len() {
            if self.stages[index].due().is_some_and(|due| due <= now) {
                let mut output = Output::default();
                self.stages[index].wake(now, &mut output);
                self.follow(index, output);
            }
        }
        self.pass_end();
    }

    /// When a stage wants to be woken.
    pub fn due(&self) -> Option<Instant> {
        self.stages.iter().filter_map(|stage| stage.due()).min()
    }

    /// Whether all stages take more.
    pub fn is_ready(&self) -> bool {
        self.stages.iter().all(|stage| stage.is_ready())
    }

    /// The next piece that has come out.
    pub fn pop(&mut self) -> Option<BytesMut> {
        self.output.pieces.pop_front()
    }

    /// What the stages have shown since the last call.
    pub fn shown(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.output.shown)
    }

    /// Whether a stage has ended the conversation; what came out before counts still.
    pub fn cut(&self) -> Option<Cut> {
        self.output.cut
    }

    /// Whether the end has come through all stages.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some_and(|told| told == self.stages.len())
    }

    /// Takes the pieces through the stages from `first` on.
    fn run(&mut self, first: usize, mut pieces: VecDeque<BytesMut>) {
        for stage in &mut self.stages[first..] {
            if self.output.cut.is_some() {
                return;
            }
            let mut output = Output::default();
            for piece in pieces {
                stage.apply(piece, &mut output);
            }
            self.output.shown.append(&mut output.shown);
            self.output.cut = self.output.cut.or(output.cut);
            pieces = output.pieces;
            if pieces.is_empty() {
                return;
            }
        }
        self.output.pieces.append(&mut pieces);
    }

    /// Takes what the stage at `index` gave through those behind it.
    fn follow(&mut self, index: usize, mut output: Output) {
        self.output.shown.append(&mut output.shown);
        self.run(index + 1, output.pieces);
        self.output.cut = self.output.cut.or(output.cut);
    }

    /// Tells the stages of the end, each when the one before has nothing left.
    fn pass_end(&mut self) {
        let Some(mut told) = self.ended else { return };
        while told < self.stages.len() && (told == 0 || self.stages[told - 1].due().is_none()) {
            let mut output = Output::default();
            self.stages[told].end(&mut output);
            self.follow(told, output);
            told += 1;
        }
        self.ended = Some(told);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::clock;

    const DELAY: Duration = Duration::from_secs(1);

    /// Keeps one piece at a time back for a while.
    #[derive(Default)]
    struct Late(Option<(Instant, BytesMut)>);

    impl Transform for Late {
        fn apply(&mut self, piece: BytesMut, _: &mut Output) {
            self.0 = Some((clock::now() + DELAY, piece));
        }

        fn due(&self) -> Option<Instant> {
            self.0.as_ref().map(|(due, _)| *due)
        }

        fn wake(&mut self, _: Instant, output: &mut Output) {
            if let Some((_, piece)) = self.0.take() {
                output.emit(piece);
            }
        }

        fn is_ready(&self) -> bool {
            self.0.is_none()
        }
    }

    /// Says so when the end has come.
    struct Ending;

    impl Transform for Ending {
        fn apply(&mut self, piece: BytesMut, output: &mut Output) {
            if piece == "cut" {
                output.cut(Cut::Reset);
            }
            output.emit(piece);
        }

        fn end(&mut self, output: &mut Output) {
            output.emit(BytesMut::from("end"));
        }
    }

    #[test]
    fn the_end_waits_for_what_is_late() {
        let mut chain = Chain::new(vec![Box::<Late>::default(), Box::new(Ending)]);
        assert!(chain.is_ready() && chain.due().is_none());
        chain.push(BytesMut::from("a"));
        assert!(!chain.is_ready() && chain.pop().is_none());
        chain.end();
        assert!(!chain.is_ended() && chain.pop().is_none());
        chain.wake(clock::now());
        assert!(chain.pop().is_none(), "it is not due yet");
        chain.wake(clock::now() + DELAY);
        assert_eq!(std::iter::from_fn(|| chain.pop()).collect::<Vec<_>>(), ["a", "end"]);
        assert!(chain.is_ended() && chain.due().is_none());
    }

    #[test]
    fn nothing_follows_a_cut() {
        let mut chain = Chain::new(vec![Box::new(Ending)]);
        for piece in ["a", "cut", "b"] {
            chain.push(BytesMut::from(piece));
        }
        assert_eq!(std::iter::from_fn(|| chain.pop()).collect::<Vec<_>>(), ["a", "cut"]);
        assert_eq!(chain.cut(), Some(Cut::Reset));
    }
}
