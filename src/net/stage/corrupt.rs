//! `corrupt`: a flipped bit here and there.

use bytes::BytesMut;

use super::random::{Chance, Random, SEED};
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "corrupt",
    summary: "flips one bit of a datagram, or of a byte of a stream, by chance",
    parameters: &[Parameter::needed("P", Kind::Share, "how likely each datagram or byte is hit")],
    options: &[SEED],
    ends: false,
    build: Build::Transform(|call| {
        let (chance, random) = (Chance::of(call.share(0)), Random::maker(call));
        Ok(Box::new(move |framing| Box::new(Corrupt { chance, random: random(), framing })))
    }),
};

struct Corrupt {
    chance: Chance,
    random: Random,
    framing: Framing,
}

impl Corrupt {
    /// Flips one bit of these bytes, if chance has it. The same draws for the same length.
    fn strike(&mut self, bytes: &mut [u8]) {
        if self.chance.hits(&mut self.random) && !bytes.is_empty() {
            let bit = usize::try_from(self.random.below(bytes.len() as u64 * 8)).expect("a bit of a slice");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

impl Transform for Corrupt {
    fn apply(&mut self, mut piece: BytesMut, output: &mut Output) {
        match self.framing {
            Framing::Datagram => self.strike(&mut piece),
            // Byte by byte: which are hit depends on where they stand, not on how the stream is cut.
            Framing::Stream => piece.chunks_mut(1).for_each(|byte| self.strike(byte)),
        }
        output.emit(piece);
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.chance = Chance::of(call.share(0));
        self.random.change(call);
    }
}
