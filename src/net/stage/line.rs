//! `line`: cuts a stream into its lines, so that each goes on as one piece: one datagram, one message, one record.

use bytes::BytesMut;

use super::lines::Lines;
use super::{Build, Output, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "line",
    summary: "passes on whole lines, each by itself (at most 64 KiB)",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Line { framing, lines: Lines::default() })))),
};

struct Line {
    framing: Framing,
    lines: Lines,
}

impl Transform for Line {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        if self.framing == Framing::Datagram && piece.is_empty() {
            return output.emit(piece);
        }
        self.lines.push(piece);
        while let Some(line) = self.lines.pop() {
            output.emit(line);
        }
        if self.framing == Framing::Datagram {
            self.end(output);
        }
        self.lines.settle();
    }

    fn end(&mut self, output: &mut Output) {
        if let Some(line) = self.lines.rest() {
            output.emit(line);
        }
    }
}
