//! Chains: transforming stages one behind the other, in one direction of one conversation.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::transform::{Cut, Output, Transform};
use super::{Call, Changes, Way};

/// The stages of one direction and what has come out of them.
#[derive(Default)]
pub struct Chain {
    stages: Vec<Box<dyn Transform>>,
    names: Vec<&'static str>,
    way: Way,
    /// How many changes it has followed.
    changes: u64,
    output: Output,
    /// How many stages have been told of the end; `None` before it.
    ended: Option<usize>,
    /// What a stage has cut: for those behind it that is the end; it and those before it are out.
    severed: Option<Cut>,
    /// How many stages are out.
    out: usize,
}

impl Chain {
    pub(super) fn new(stages: Vec<(&'static str, Box<dyn Transform>)>, way: Way) -> Self {
        let (names, stages) = stages.into_iter().unzip();
        Self { stages, names, way, ..Self::default() }
    }

    /// Follows what has been changed since it did so last.
    pub(in crate::net) fn follow_changes(&mut self, changes: &Changes) {
        if !changes.are_more(self.changes) {
            return;
        }
        let (count, calls) = changes.since(self.changes, self.way);
        self.changes = count;
        for call in calls {
            let call = if self.way == Way::Down { call.returning() } else { Call::clone(&call) };
            for index in self.out..self.stages.len() {
                if self.names[index] == call.name {
                    let mut output = Output::default();
                    self.stages[index].change(&call, &mut output);
                    self.follow(index, output);
                }
            }
        }
        self.pass_end();
    }

    /// How many changes it has followed.
    pub(in crate::net) fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether there is no stage: bytes need not go through it.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Takes a piece, or one datagram.
    pub fn push(&mut self, piece: BytesMut) {
        self.run(0, VecDeque::from([piece]));
        self.pass_end();
    }

    /// The input has ended.
    pub fn end(&mut self) {
        self.ended.get_or_insert(0);
        self.pass_end();
    }

    /// Wakes the stages that are due.
    pub fn wake(&mut self, now: Instant) {
        for index in 0..self.stages.len() {
            if index >= self.out && self.stages[index].due().is_some_and(|due| due <= now) {
                let mut output = Output::default();
                self.stages[index].wake(now, &mut output);
                self.follow(index, output);
            }
        }
        self.pass_end();
    }

    /// When a stage wants to be woken.
    pub fn due(&self) -> Option<Instant> {
        self.stages[self.out..].iter().filter_map(|stage| stage.due()).min()
    }

    /// Whether all stages take more.
    pub fn is_ready(&self) -> bool {
        self.severed.is_none() && self.stages.iter().all(|stage| stage.is_ready())
    }

    /// The next piece that has come out.
    pub fn pop(&mut self) -> Option<BytesMut> {
        self.output.pieces.pop_front()
    }

    /// What the stages have shown since the last call.
    pub fn shown(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.output.shown)
    }

    /// How a stage has ended the conversation, once everything before that has come out.
    pub fn cut(&self) -> Option<Cut> {
        self.severed.filter(|_| self.is_ended())
    }

    /// Whether the end has come through all stages.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some_and(|told| told == self.stages.len()) && self.due().is_none()
    }

    /// Takes the pieces through the stages from `first` on.
    fn run(&mut self, first: usize, mut pieces: VecDeque<BytesMut>) {
        for index in first..self.stages.len() {
            if index < self.out || pieces.is_empty() {
                return;
            }
            let mut output = Output::default();
            for piece in pieces {
                self.stages[index].apply(piece, &mut output);
            }
            self.note(index, &mut output);
            pieces = output.pieces;
        }
        self.output.pieces.append(&mut pieces);
    }

    /// Takes what the stage at `index` gave through those behind it.
    fn follow(&mut self, index: usize, mut output: Output) {
        self.note(index, &mut output);
        self.run(index + 1, output.pieces);
    }

    /// Notes what the stage at `index` gave besides pieces.
    fn note(&mut self, index: usize, output: &mut Output) {
        self.output.shown.append(&mut output.shown);
        if let Some(cut) = output.cut {
            self.severed = Some(cut);
            self.out = index + 1;
            self.ended = Some(self.ended.map_or(self.out, |told| told.max(self.out)));
        }
    }

    /// Tells the stages of the end, each when the one before has nothing left.
    fn pass_end(&mut self) {
        while let Some(told) = self.ended
            && told < self.stages.len()
            && (told == self.out || self.stages[told - 1].due().is_none())
        {
            self.ended = Some(told + 1);
            let mut output = Output::default();
            self.stages[told].end(&mut output);
            self.follow(told, output);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::clock;

    const DELAY: Duration = Duration::from_secs(1);

    fn chain(stages: Vec<Box<dyn Transform>>) -> Chain {
        Chain::new(stages.into_iter().map(|stage| ("", stage)).collect(), Way::Up)
    }

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
        let mut chain = chain(vec![Box::<Late>::default(), Box::new(Ending)]);
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
    fn the_last_stage_may_be_late_too() {
        let mut chain = chain(vec![Box::<Late>::default()]);
        chain.push(BytesMut::from("a"));
        chain.end();
        assert!(!chain.is_ended() && chain.due().is_some());
        chain.wake(clock::now() + DELAY);
        assert_eq!(chain.pop(), Some(BytesMut::from("a")));
        assert!(chain.is_ended());
    }

    #[test]
    fn what_came_before_a_cut_goes_through_the_stages_behind_it() {
        let mut chain = chain(vec![Box::new(Ending), Box::<Late>::default(), Box::new(Ending)]);
        chain.push(BytesMut::from("cut"));
        chain.push(BytesMut::from("b"));
        assert!(!chain.is_ready() && chain.cut().is_none() && chain.pop().is_none());
        chain.wake(clock::now() + DELAY);
        assert_eq!(chain.pop(), Some(BytesMut::from("cut")), "which cuts again");
        assert_eq!((chain.pop(), chain.cut()), (None, Some(Cut::Reset)));
    }

    #[test]
    fn nothing_follows_a_cut() {
        let mut chain = chain(vec![Box::new(Ending)]);
        for piece in ["a", "cut", "b"] {
            chain.push(BytesMut::from(piece));
        }
        assert_eq!(std::iter::from_fn(|| chain.pop()).collect::<Vec<_>>(), ["a", "cut"]);
        assert_eq!(chain.cut(), Some(Cut::Reset));
    }
}
