//! `hex`: bytes as text, `68 65 6c 6c 6f 0a`. A line of it ends after an LF in the input, after 32 bytes, at the end,
//! and with each datagram.

use bytes::{BufMut, BytesMut};

use super::{Build, Output, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "hex",
    summary: "writes bytes as hexadecimal text",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Hex { framing, column: 0 })))),
};

const WIDTH: usize = 32;

/// Two hexadecimal digits.
pub(super) fn digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

struct Hex {
    framing: Framing,
    column: usize,
}

impl Transform for Hex {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        let whole = self.framing == Framing::Datagram;
        let mut text = BytesMut::with_capacity(3 * piece.len() + 1);
        for byte in piece {
            if self.column > 0 {
                text.put_u8(b' ');
            }
            text.put_slice(&digits(byte));
            self.column += 1;
            if !whole && (byte == b'\n' || self.column == WIDTH) {
                text.put_u8(b'\n');
                self.column = 0;
            }
        }
        if whole {
            text.put_u8(b'\n');
            self.column = 0;
        }
        output.emit(text);
    }

    fn end(&mut self, output: &mut Output) {
        if std::mem::take(&mut self.column) > 0 {
            output.emit(BytesMut::from(&b"\n"[..]));
        }
    }
}
