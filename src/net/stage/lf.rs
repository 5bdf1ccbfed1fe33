//! `lf`: line endings as Unix wants them. A CR that no LF follows stays.

use bytes::BytesMut;

use super::{Build, Output, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "lf",
    summary: "turns CRLF into LF",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Lf { framing, held_cr: false })))),
};

struct Lf {
    framing: Framing,
    /// Whether a CR came last, which goes unless an LF follows.
    held_cr: bool,
}

impl Transform for Lf {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        if !self.held_cr && !piece.contains(&b'\r') {
            return output.emit(piece);
        }
        let mut converted = BytesMut::with_capacity(piece.len() + 1);
        for part in piece.split_inclusive(|byte| *byte == b'\r') {
            if self.held_cr && part.first() != Some(&b'\n') {
                converted.extend_from_slice(b"\r");
            }
            self.held_cr = part.ends_with(b"\r");
            converted.extend_from_slice(part.strip_suffix(b"\r").unwrap_or(part));
        }
        if self.framing == Framing::Datagram {
            if std::mem::take(&mut self.held_cr) {
                converted.extend_from_slice(b"\r");
            }
            return output.emit(converted);
        }
        output.emit_some(converted);
    }

    fn end(&mut self, output: &mut Output) {
        if std::mem::take(&mut self.held_cr) {
            output.emit(BytesMut::from(&b"\r"[..]));
        }
    }
}
