//! `drop`: some of what comes goes no further.

use bytes::BytesMut;

use super::random::{Chance, Random, SEED};
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "drop",
    summary: "loses datagrams, or single bytes of a stream, by chance",
    parameters: &[Parameter::needed("P", Kind::Share, "how likely each datagram or byte is lost")],
    options: &[SEED],
    ends: false,
    build: Build::Transform(|call| {
        let (chance, random) = (Chance::of(call.share(0)), Random::maker(call));
        Ok(Box::new(move |framing| Box::new(Drop { chance, random: random(), framing })))
    }),
};

struct Drop {
    chance: Chance,
    random: Random,
    framing: Framing,
}

impl Transform for Drop {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        match self.framing {
            Framing::Datagram if self.chance.hits(&mut self.random) => {}
            Framing::Datagram => output.emit(piece),
            // One draw for each byte: which are lost depends on where they stand, not on how the stream is cut.
            Framing::Stream => {
                let kept = piece.iter().copied().filter(|_| !self.chance.hits(&mut self.random));
                output.emit_some(kept.collect());
            }
        }
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.chance = Chance::of(call.share(0));
        self.random.change(call);
    }
}
