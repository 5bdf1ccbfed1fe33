//! `duplicate`: some of what comes goes on twice.

use bytes::{BufMut, BytesMut};

use super::random::{Chance, Random, SEED};
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "duplicate",
    summary: "passes on datagrams, or single bytes of a stream, twice by chance",
    parameters: &[Parameter::needed("P", Kind::Share, "how likely each datagram or byte is doubled")],
    options: &[SEED],
    ends: false,
    build: Build::Transform(|call| {
        let (chance, random) = (Chance::of(call.share(0)), Random::maker(call));
        Ok(Box::new(move |framing| Box::new(Duplicate { chance, random: random(), framing })))
    }),
};

struct Duplicate {
    chance: Chance,
    random: Random,
    framing: Framing,
}

impl Transform for Duplicate {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        if self.framing == Framing::Datagram {
            if self.chance.hits(&mut self.random) {
                output.emit(piece.clone());
            }
            return output.emit(piece);
        }
        let mut doubled = BytesMut::with_capacity(piece.len());
        for byte in piece {
            doubled.put_u8(byte);
            if self.chance.hits(&mut self.random) {
                doubled.put_u8(byte);
            }
        }
        output.emit_some(doubled);
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.chance = Chance::of(call.share(0));
        self.random.change(call);
    }
}
