//! `upper` and `lower`: letters of UTF-8 text, whatever the pieces; bytes that are no text pass as they are.
//!
//! Each character is mapped by itself (`é` → `É`, `ß` → `SS`), so that where a stream was cut does not matter.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};

use super::{Build, Output, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static UPPER: Spec = Spec {
    name: "upper",
    summary: "upper-case letters",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Letters::new(framing, Case::Upper))))),
};

pub(super) static LOWER: Spec = Spec {
    name: "lower",
    summary: "lower-case letters",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Letters::new(framing, Case::Lower))))),
};

#[derive(Clone, Copy)]
enum Case {
    Upper,
    Lower,
}

struct Letters {
    case: Case,
    framing: Framing,
    /// The beginning of a character whose rest has not come yet.
    held: BytesMut,
}

impl Letters {
    fn new(framing: Framing, case: Case) -> Self {
        Self { case, framing, held: BytesMut::new() }
    }

    fn map_ascii(&self, bytes: &mut [u8]) {
        match self.case {
            Case::Upper => bytes.make_ascii_uppercase(),
            Case::Lower => bytes.make_ascii_lowercase(),
        }
    }

    fn map(&mut self, bytes: &[u8], whole: bool) -> BytesMut {
        let mut mapped = BytesMut::with_capacity(bytes.len() + bytes.len() / 8);
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for character in chunk.valid().chars() {
                // Writing into a buffer that grows cannot fail.
                let _ = match self.case {
                    Case::Upper => write!(mapped, "{}", character.to_uppercase()),
                    Case::Lower => write!(mapped, "{}", character.to_lowercase()),
                };
            }
            let invalid = chunk.invalid();
            if !whole && chunks.peek().is_none() && is_unfinished(invalid) {
                self.held = BytesMut::from(invalid);
            } else {
                mapped.put_slice(invalid);
            }
        }
        mapped
    }
}

/// Whether these bytes begin a character that may still be completed.
fn is_unfinished(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

impl Transform for Letters {
    fn apply(&mut self, mut piece: BytesMut, output: &mut Output) {
        if self.held.is_empty() && piece.is_ascii() {
            self.map_ascii(&mut piece);
            return output.emit(piece);
        }
        let mut joined = std::mem::take(&mut self.held);
        joined.unsplit(piece);
        match self.framing {
            Framing::Datagram | Framing::Message => output.emit(self.map(&joined, true)),
            Framing::Stream => output.emit_some(self.map(&joined, false)),
        }
    }

    fn end(&mut self, output: &mut Output) {
        output.emit_some(std::mem::take(&mut self.held));
    }
}
