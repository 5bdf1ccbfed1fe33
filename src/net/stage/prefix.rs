//! `prefix`: a text before each line of a stream, or before each datagram.

use bytes::{Bytes, BytesMut};

use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "prefix",
    summary: "puts a text before each line or datagram",
    parameters: &[Parameter { name: "TEXT", kind: Kind::Text, optional: false, summary: "the text" }],
    options: &[],
    ends: false,
    build: Build::Transform(|call| {
        let text = call.text(0);
        Ok(Box::new(move |framing| Box::new(Prefix { text: text.clone(), framing, inside: false })))
    }),
};

struct Prefix {
    text: Bytes,
    framing: Framing,
    /// Whether the line has begun already.
    inside: bool,
}

impl Transform for Prefix {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        let mut prefixed = BytesMut::with_capacity(piece.len() + self.text.len());
        if self.framing == Framing::Datagram {
            prefixed.extend_from_slice(&self.text);
            prefixed.extend_from_slice(&piece);
            return output.emit(prefixed);
        }
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            if !self.inside {
                prefixed.extend_from_slice(&self.text);
            }
            prefixed.extend_from_slice(line);
            self.inside = !line.ends_with(b"\n");
        }
        output.emit_some(prefixed);
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.text = call.text(0);
    }
}
