//! Lines of a stream: found over the boundaries of pieces, with a bound on how long one may be.

use bytes::{BufMut, BytesMut};

/// Longer lines are cut into units of so many bytes.
pub(super) const LONGEST: usize = 64 * 1024;

/// Collects a stream into lines, each with its ending.
#[derive(Default)]
pub(super) struct Lines {
    held: BytesMut,
    /// How much of what is held is known to have no line ending.
    searched: usize,
}

impl Lines {
    /// Adds a piece of the stream.
    pub(super) fn push(&mut self, piece: BytesMut) {
        if self.held.is_empty() {
            self.held = piece;
        } else {
            self.held.put_slice(&piece);
        }
    }

    /// The next whole line, or a unit of one that is too long.
    pub(super) fn pop(&mut self) -> Option<BytesMut> {
        let window = self.held.len().min(LONGEST);
        let found = self.held[self.searched..window].iter().position(|byte| *byte == b'\n');
        let length = match found {
            Some(offset) => self.searched + offset + 1,
            None if window == LONGEST => LONGEST,
            None => {
                self.searched = window;
                return None;
            }
        };
        self.searched = 0;
        Some(self.held.split_to(length))
    }

    /// The last line, which has no ending; `None` when there is none.
    pub(super) fn rest(&mut self) -> Option<BytesMut> {
        self.searched = 0;
        (!self.held.is_empty()).then(|| std::mem::take(&mut self.held))
    }

    /// Lets go of a large buffer of which little is needed.
    pub(super) fn settle(&mut self) {
        self.held = BytesMut::from(&self.held[..]);
    }
}

/// A line's content and its ending: LF, CRLF or nothing.
pub(super) fn split_ending(line: &[u8]) -> (&[u8], &[u8]) {
    let content = match line {
        [content @ .., b'\r', b'\n'] | [content @ .., b'\n'] => content.len(),
        _ => line.len(),
    };
    line.split_at(content)
}
