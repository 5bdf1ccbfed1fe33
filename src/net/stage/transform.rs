//! What a transforming stage is, and what it may do with the bytes it is given.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::Call;

/// A transforming stage in one direction of one conversation.
///
/// Of a stream it gets pieces whose boundaries mean nothing; its output, joined, must not depend on them. Of
/// datagrams it gets each as a piece, and each piece it emits is one. It may emit at once, later, never, or more
/// than it was given.
pub trait Transform: Send {
    /// Takes one piece.
    fn apply(&mut self, piece: BytesMut, output: &mut Output);

    /// The input has ended: what was kept goes out, now or when it is due.
    fn end(&mut self, _output: &mut Output) {}

    /// When it wants to be woken; after [`Transform::end`], `None` means that everything is out.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// The time it asked for has come.
    fn wake(&mut self, _now: Instant, _output: &mut Output) {}

    /// It has the arguments of this call from here on, which fits it. What it keeps is not lost. Every stage that has
    /// parameters does so.
    fn change(&mut self, _call: &Call, _output: &mut Output) {}

    /// Whether it takes more. While it does not, it must be due some time, and nothing is received: what a stage
    /// keeps is bounded by the stage itself.
    fn is_ready(&self) -> bool {
        true
    }
}

/// How a stage ends a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// As if the peer had finished.
    Close,
    /// With a reset.
    Reset,
}

/// What a stage gives.
#[derive(Debug, Default)]
pub struct Output {
    pub(super) pieces: VecDeque<BytesMut>,
    pub(super) shown: Vec<Bytes>,
    pub(super) cut: Option<Cut>,
}

impl Output {
    /// Passes a piece on. An empty one means something only as a datagram.
    pub fn emit(&mut self, piece: BytesMut) {
        self.pieces.push_back(piece);
    }

    /// Passes bytes of a stream on, if there are any.
    pub fn emit_some(&mut self, piece: BytesMut) {
        if !piece.is_empty() {
            self.emit(piece);
        }
    }

    /// Shows bytes to whoever looks.
    pub fn show(&mut self, bytes: Bytes) {
        self.shown.push(bytes);
    }

    /// Ends the conversation after what was emitted so far; the stages behind see the end of the input.
    pub fn cut(&mut self, cut: Cut) {
        self.cut.get_or_insert(cut);
    }
}
