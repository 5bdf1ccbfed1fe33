//! `dump`: shows a hex dump of what comes, each piece or datagram at its offset, and passes the bytes on.

use bytes::{BufMut, BytesMut};

use super::hex::digits;
use super::{Build, Output, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "dump",
    summary: "shows a hex dump and passes the bytes on",
    parameters: &[],
    options: &[],
    ends: false,
    build: Build::Transform(|_| Ok(Box::new(|framing| Box::new(Dump { framing, offset: 0 })))),
};

const WIDTH: usize = 16;

struct Dump {
    framing: Framing,
    /// Of the next byte in the stream; always 0 for datagrams.
    offset: u64,
}

/// One line: offset, 16 bytes in two groups, and the printable ones as text.
fn row(offset: u64, bytes: &[u8], into: &mut BytesMut) {
    into.put_slice(format!("{offset:08x} ").as_bytes());
    for column in 0..WIDTH {
        into.put_slice(if column == WIDTH / 2 { b"  " } else { b" " });
        into.put_slice(&bytes.get(column).map_or(*b"  ", |byte| digits(*byte)));
    }
    into.put_slice(b"  |");
    let printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    into.extend(bytes.iter().map(|byte| if printable(*byte) { *byte } else { b'.' }));
    into.put_slice(b"|\n");
}

impl Transform for Dump {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        let mut text = BytesMut::new();
        for bytes in piece.chunks(WIDTH) {
            row(self.offset, bytes, &mut text);
            self.offset += bytes.len() as u64;
        }
        if self.framing == Framing::Datagram {
            if piece.is_empty() {
                row(0, &[], &mut text);
            }
            self.offset = 0;
        }
        output.show(text.freeze());
        output.emit(piece);
    }
}
