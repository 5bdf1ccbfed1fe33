//! `crlf`: line endings as network protocols want them. An LF that has its CR already stays as it is.

use bytes::BytesMut;

use super::{Build, Output, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "crlf",
    summary: "turns LF into CRLF",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Crlf::new(framing))))),
};

/// The stage; `exec` uses it for what its program says.
pub(super) struct Crlf {
    framing: Framing,
    after_cr: bool,
}

impl Crlf {
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, after_cr: false }
    }
}

impl Transform for Crlf {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        if self.framing == Framing::Datagram {
            self.after_cr = false;
        }
        if !piece.contains(&b'\n') {
            self.after_cr = piece.last().map_or(self.after_cr, |last| *last == b'\r');
            return output.emit(piece);
        }
        let mut converted = BytesMut::with_capacity(piece.len() + piece.len() / 16 + 1);
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            let Some(content) = line.strip_suffix(b"\n") else {
                converted.extend_from_slice(line);
                self.after_cr = line.ends_with(b"\r");
                continue;
            };
            let has_cr = if content.is_empty() { self.after_cr } else { content.ends_with(b"\r") };
            converted.extend_from_slice(content);
            converted.extend_from_slice(if has_cr { b"\n" } else { b"\r\n" });
            self.after_cr = false;
        }
        output.emit(converted);
    }
}
