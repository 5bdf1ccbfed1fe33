//! How much may pass yet: so many bytes of a stream, or of datagrams that are whole.

use bytes::BytesMut;

use crate::net::socket::Framing;

/// A count of bytes that runs down.
pub(super) struct Limit {
    left: u64,
    framing: Framing,
}

impl Limit {
    pub(super) fn new(bytes: u64, framing: Framing) -> Self {
        Self { left: bytes, framing }
    }

    /// Counts so many bytes anew.
    pub(super) fn restart(&mut self, bytes: u64) {
        self.left = bytes;
    }

    /// Whether nothing more may pass.
    pub(super) fn is_reached(&self) -> bool {
        self.left == 0
    }

    /// Takes from `piece` what may pass. A datagram that is longer than what is left reaches the limit and stays.
    pub(super) fn take(&mut self, piece: &mut BytesMut) -> Option<BytesMut> {
        if self.is_reached() {
            return None;
        }
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let passing = match self.framing {
            Framing::Stream => piece.len().min(left),
            Framing::Datagram if piece.len() <= left => piece.len(),
            Framing::Datagram => {
                self.left = 0;
                return None;
            }
        };
        self.left -= passing as u64;
        Some(piece.split_to(passing))
    }
}
