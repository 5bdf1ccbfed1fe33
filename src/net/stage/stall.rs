//! `stall`: so many bytes and then nothing, not even the end; for good or for a while. Nothing is received meanwhile.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::limit::Limit;
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "stall",
    summary: "passes on so many bytes and then nothing more, not even the end",
    parameters: &[Parameter::needed("AFTER", Kind::Size, "how many bytes pass before")],
    options: &[Parameter::optional("for", Kind::Duration, "how long nothing passes; else for good")],
    ends: false,
    build: Build::Transform(|call| {
        let (after, pause) = (call.size(0), pause(call));
        Ok(Box::new(move |framing| Box::new(Stall::new(clock::now(), after, pause, framing))))
    }),
};

/// Longer than anybody waits.
const FOR_GOOD: Duration = Duration::from_hours(24 * 365 * 30);

fn pause(call: &Call) -> Duration {
    call.span("for").unwrap_or(FOR_GOOD)
}

struct Stall {
    framing: Framing,
    pause: Duration,
    state: State,
    held: VecDeque<BytesMut>,
}

enum State {
    /// So much passes yet.
    Before(Limit),
    /// Nothing does until then.
    Stalled(Instant),
    /// Everything does.
    After,
}

impl Stall {
    fn new(now: Instant, after: u64, pause: Duration, framing: Framing) -> Self {
        let limit = Limit::new(after, framing);
        let state = if limit.is_reached() { State::Stalled(now + pause) } else { State::Before(limit) };
        Self { framing, pause, state, held: VecDeque::new() }
    }

    fn take(&mut self, now: Instant, mut piece: BytesMut, output: &mut Output) {
        match &mut self.state {
            State::After => output.emit(piece),
            State::Stalled(_) => self.held.push_back(piece),
            State::Before(limit) => {
                let passing = limit.take(&mut piece);
                if limit.is_reached() {
                    self.state = State::Stalled(now + self.pause);
                }
                if passing.is_none() || !piece.is_empty() {
                    self.held.push_back(piece);
                }
                output.pieces.extend(passing);
            }
        }
    }
}

impl Transform for Stall {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        self.take(clock::now(), piece, output);
    }

    fn due(&self) -> Option<Instant> {
        match self.state {
            State::Stalled(until) => Some(until),
            State::Before(_) | State::After => None,
        }
    }

    fn wake(&mut self, _: Instant, output: &mut Output) {
        self.state = State::After;
        output.pieces.extend(self.held.drain(..));
    }

    fn is_ready(&self) -> bool {
        !matches!(self.state, State::Stalled(_))
    }

    fn change(&mut self, call: &Call, output: &mut Output) {
        let now = clock::now();
        let framing = self.framing;
        *self = Self { held: std::mem::take(&mut self.held), ..Self::new(now, call.size(0), pause(call), framing) };
        for piece in std::mem::take(&mut self.held) {
            self.take(now, piece, output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stalls_at_the_byte_and_goes_on_where_it_was() {
        let (now, pause) = (clock::now(), Duration::from_secs(1));
        let mut stall = Stall::new(now, 4, pause, Framing::Stream);
        let mut output = Output::default();
        stall.take(now, BytesMut::from("abc"), &mut output);
        assert!(stall.is_ready() && stall.due().is_none());
        stall.take(now, BytesMut::from("def"), &mut output);
        assert!(!stall.is_ready());
        stall.take(now, BytesMut::from("ghi"), &mut output);
        assert_eq!(output.pieces.drain(..).collect::<Vec<_>>(), ["abc", "d"]);
        assert_eq!(stall.due(), Some(now + pause));
        stall.wake(now + pause, &mut output);
        stall.take(now, BytesMut::from("j"), &mut output);
        assert_eq!(output.pieces, ["ef", "ghi", "j"]);
        assert!(stall.is_ready() && stall.due().is_none());
    }

    #[test]
    fn datagrams_are_not_cut_and_nothing_may_pass_at_all() {
        let mut output = Output::default();
        let mut stall = Stall::new(clock::now(), 4, FOR_GOOD, Framing::Datagram);
        for piece in ["", "abc", "def", "x"] {
            stall.take(clock::now(), BytesMut::from(piece), &mut output);
        }
        assert_eq!(output.pieces, ["", "abc"]);
        assert_eq!(stall.held, ["def", "x"]);
        assert!(!Stall::new(clock::now(), 0, FOR_GOOD, Framing::Stream).is_ready());
    }
}
