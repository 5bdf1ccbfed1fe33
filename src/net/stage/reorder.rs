//! `reorder`: some of what comes changes places with what comes next.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::random::{Chance, Random, SEED};
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "reorder",
    summary: "lets datagrams, or single bytes of a stream, change places with the next one by chance",
    parameters: &[Parameter::needed("P", Kind::Share, "how likely each datagram or byte is overtaken")],
    options: &[
        SEED,
        Parameter::optional("wait", Kind::Duration, "how long one waits for the next before it goes alone; else 100ms"),
    ],
    ends: false,
    build: Build::Transform(|call| {
        let (chance, random) = (Chance::of(call.share(0)), Random::maker(call));
        let wait = call.span("wait").unwrap_or(WAIT);
        Ok(Box::new(move |framing| Box::new(Reorder { chance, random: random(), framing, wait, late: None })))
    }),
};

/// How long one waits for the next.
const WAIT: Duration = Duration::from_millis(100);

struct Reorder {
    chance: Chance,
    random: Random,
    framing: Framing,
    wait: Duration,
    /// What is to be overtaken, and when it goes all the same.
    late: Option<(Instant, BytesMut)>,
}

impl Reorder {
    /// Takes one datagram or byte. What overtakes is not overtaken itself.
    fn take(&mut self, one: BytesMut, mut emit: impl FnMut(BytesMut)) {
        if let Some((_, late)) = self.late.take() {
            emit(one);
            emit(late);
        } else if self.chance.hits(&mut self.random) {
            self.late = Some((clock::now() + self.wait, one));
        } else {
            emit(one);
        }
    }
}

impl Transform for Reorder {
    fn apply(&mut self, mut piece: BytesMut, output: &mut Output) {
        if self.framing == Framing::Datagram {
            return self.take(piece, |one| output.emit(one));
        }
        let mut passing = BytesMut::with_capacity(piece.len() + 1);
        while !piece.is_empty() {
            self.take(piece.split_to(1), |one| passing.extend_from_slice(&one));
        }
        output.emit_some(passing);
    }

    fn end(&mut self, output: &mut Output) {
        if let Some((_, late)) = self.late.take() {
            output.emit(late);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.late.as_ref().map(|(due, _)| *due)
    }

    fn wake(&mut self, _: Instant, output: &mut Output) {
        self.end(output);
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        (self.chance, self.wait) = (Chance::of(call.share(0)), call.span("wait").unwrap_or(WAIT));
        self.random.change(call);
    }
}
