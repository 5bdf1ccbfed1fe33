//! `suffix`: a text after each line of a stream, before its ending, or so in each datagram.

use bytes::{Bytes, BytesMut};

use super::lines::split_ending;
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "suffix",
    summary: "puts a text after each line or datagram, before its line ending",
    parameters: &[Parameter { name: "TEXT", kind: Kind::Text, optional: false, summary: "the text" }],
    options: &[],
    ends: false,
    build: Build::Transform(|call| {
        let text = call.text(0);
        let suffix = move |framing| Suffix { text: text.clone(), framing, inside: false, held_cr: false };
        Ok(Box::new(move |framing| Box::new(suffix(framing))))
    }),
};

struct Suffix {
    text: Bytes,
    framing: Framing,
    /// Whether a line has begun that has not ended.
    inside: bool,
    /// Whether a CR came last, which may belong to the line's ending.
    held_cr: bool,
}

impl Suffix {
    fn add_line(&mut self, line: &[u8], into: &mut BytesMut) {
        let (content, ending) = split_ending(line);
        if self.held_cr && !(content.is_empty() && ending == b"\n") {
            into.extend_from_slice(b"\r");
            self.held_cr = false;
        }
        if ending.is_empty() {
            self.inside = true;
            self.held_cr = content.ends_with(b"\r");
            return into.extend_from_slice(content.strip_suffix(b"\r").unwrap_or(content));
        }
        into.extend_from_slice(content);
        into.extend_from_slice(&self.text);
        into.extend_from_slice(if std::mem::take(&mut self.held_cr) { b"\r\n" } else { ending });
        self.inside = false;
    }
}

impl Transform for Suffix {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        let mut suffixed = BytesMut::with_capacity(piece.len() + self.text.len());
        if self.framing == Framing::Datagram {
            let (content, ending) = split_ending(&piece);
            for part in [content, &self.text, ending] {
                suffixed.extend_from_slice(part);
            }
            return output.emit(suffixed);
        }
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            self.add_line(line, &mut suffixed);
        }
        output.emit_some(suffixed);
    }

    fn end(&mut self, output: &mut Output) {
        if std::mem::take(&mut self.inside) {
            let mut last = BytesMut::from(if std::mem::take(&mut self.held_cr) { &b"\r"[..] } else { b"" });
            last.extend_from_slice(&self.text);
            output.emit_some(last);
        }
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.text = call.text(0);
    }
}
