//! Bodies: the content of an answer, given to hyper piece by piece.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, pread};

use super::disturbance::{Disturbance, Disturbed};
use super::encoding::Encoder;
use super::lane::{self, Lane};
use super::live::Events;
use super::meter::Meter;
use super::pace::{Pace, Turn};
use crate::net::pending::{self, Work};

/// Files up to this size leave together with the head, in one call.
const TINY: u64 = 16 * 1024;
/// Files up to this size are read in place: that takes less than handing them to another thread.
pub(super) const SMALL: u64 = 128 * 1024;
/// How much of larger ones is read at a time. Each slow reader holds as much.
const PIECE: usize = 64 * 1024;

/// The content of an answer.
#[derive(Default)]
pub struct Body {
    pieces: VecDeque<Piece>,
    /// How many bytes are still to come, where that is known.
    left: Option<u64>,
    work: Option<Work<Worked>>,
    turn: Option<Turn>,
    lane: Option<Arc<Lane>>,
    meter: Option<Box<Meter>>,
    disturbed: Option<Box<Disturbed>>,
}

/// What reading came to: bytes, and what is left of the piece.
type Worked = io::Result<(Bytes, Option<Piece>)>;

enum Piece {
    Memory(Bytes),
    File(Arc<File>, Range<u64>),
    Encoded(Box<Encoder>),
    Events(Events),
}

impl Piece {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Memory(bytes) => Some(bytes.len() as u64),
            Self::File(_, range) => Some(range.end - range.start),
            Self::Encoded(_) | Self::Events(_) => None,
        }
    }
}

impl Body {
    /// No content.
    pub fn empty() -> Self {
        Self { left: Some(0), ..Self::default() }
    }

    /// Bytes in memory.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let mut body = Self::empty();
        body.push(Piece::Memory(bytes.into()));
        body
    }

    /// A part of a file. A short one is read now, which may wait for a disk but not for anybody.
    pub(super) fn file(file: &Arc<File>, range: Range<u64>) -> io::Result<Self> {
        let mut body = Self::empty();
        body.push_file(file, range)?;
        Ok(body)
    }

    /// A file compressed as it goes.
    pub(super) fn encoded(encoder: Encoder) -> Self {
        let mut body = Self::empty();
        body.push(Piece::Encoded(Box::new(encoder)));
        body
    }

    /// Events as they happen.
    pub(super) fn events(events: Events) -> Self {
        let mut body = Self::empty();
        body.push(Piece::Events(events));
        body
    }

    /// Adds bytes at the end.
    pub(super) fn push_bytes(&mut self, bytes: impl Into<Bytes>) {
        self.push(Piece::Memory(bytes.into()));
    }

    /// Adds a part of a file at the end.
    pub(super) fn push_file(&mut self, file: &Arc<File>, range: Range<u64>) -> io::Result<()> {
        if range.end - range.start > TINY {
            self.push(Piece::File(Arc::clone(file), range));
        } else {
            self.push(Piece::Memory(read(file, &range)?));
        }
        Ok(())
    }

    fn push(&mut self, piece: Piece) {
        self.left = self.left.zip(piece.length()).map(|(left, more)| left + more);
        if piece.length() != Some(0) {
            self.pieces.push_back(piece);
        }
    }

    /// How many bytes are to come, where that is known, or how many the head says.
    pub fn length(&self) -> Option<u64> {
        self.disturbed.as_ref().and_then(|disturbed| disturbed.length()).or(self.left)
    }

    /// The same, disturbed on its way.
    #[must_use]
    pub fn disturbed(self, how: Disturbance) -> Self {
        Self { disturbed: Some(Box::new(Disturbed::new(how))), ..self }
    }

    /// The same as it goes on a connection: paced, by its lane if it has one, and metered.
    pub(super) fn carried(mut self, pace: Option<Arc<Pace>>, lane: Option<Arc<Lane>>, mut meter: Box<Meter>) -> Self {
        self.turn = pace.map(Turn::new);
        self.lane = lane;
        if self.is_over() {
            meter.note_whole();
        }
        self.meter = Some(meter);
        self
    }

    fn is_over(&self) -> bool {
        let whole = self.disturbed.as_ref().is_none_or(|disturbed| disturbed.is_whole());
        self.pieces.is_empty() && self.work.is_none() && whole
    }

    /// The next bytes, at most `room`.
    fn poll_data(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(work) = &mut self.work {
                let done = ready!(Pin::new(work).poll(cx));
                self.work = None;
                let (bytes, rest) = done.map_err(io::Error::other).flatten()?;
                if let Some(rest) = rest {
                    self.pieces.push_front(rest);
                }
                self.pieces.push_front(Piece::Memory(bytes));
            }
            match self.pieces.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Memory(bytes)) if bytes.is_empty() => {}
                Some(Piece::Memory(mut bytes)) => {
                    let taken = bytes.split_to(bytes.len().min(room));
                    if !bytes.is_empty() {
                        self.pieces.push_front(Piece::Memory(bytes));
                    }
                    return Poll::Ready(Some(Ok(taken)));
                }
                Some(Piece::File(file, range)) => {
                    if self.lane.is_none() && range.end - range.start <= SMALL {
                        self.pieces.push_front(Piece::Memory(read(&file, &range)?));
                        continue;
                    }
                    let left = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                    let most = if self.lane.is_some() { lane::LENGTH } else { PIECE };
                    let next = range.start + left.min(room).min(most) as u64;
                    if next < range.end {
                        self.pieces.push_front(Piece::File(Arc::clone(&file), next..range.end));
                    }
                    let part = range.start..next;
                    if let Some(lane) = &self.lane {
                        let count = usize::try_from(part.end - part.start).unwrap_or(usize::MAX);
                        return Poll::Ready(Some(Ok(lane.enqueue(&file, part.start, count))));
                    }
                    self.work = Some(pending::work(move || Ok((read(&file, &part)?, None))));
                }
                Some(Piece::Events(mut events)) => {
                    let next = events.poll_next(cx);
                    if matches!(next, Poll::Ready(None)) {
                        continue;
                    }
                    self.pieces.push_front(Piece::Events(events));
                    return next.map(|bytes| bytes.map(Ok));
                }
                Some(Piece::Encoded(encoder)) => {
                    self.work = Some(pending::work(move || {
                        let (bytes, more) = encoder.step()?;
                        Ok((bytes, more.map(|encoder| Piece::Encoded(Box::new(encoder)))))
                    }));
                }
            }
        }
    }
}

/// A part of a file; one that is no longer there is an error.
fn read(file: &File, range: &Range<u64>) -> io::Result<Bytes> {
    let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let at = range.start + bytes.len() as u64;
        match pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // There may have been more room, and more in the file by now.
    bytes.truncate(length);
    Ok(bytes.into())
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let body = self.get_mut();
        let room = match &mut body.turn {
            Some(turn) => ready!(turn.poll_room(cx)),
            None => usize::MAX,
        };
        let room = match &mut body.disturbed {
            Some(disturbed) => room.min(ready!(disturbed.poll_room(cx))?),
            None => room,
        };
        let Some(data) = ready!(body.poll_data(cx, room)).transpose()? else {
            if let Some(disturbed) = &mut body.disturbed {
                ready!(disturbed.poll_end(cx))?;
            }
            if let Some(meter) = &mut body.meter {
                meter.note_whole();
            }
            return Poll::Ready(None);
        };
        body.left = body.left.map(|left| left.saturating_sub(data.len() as u64));
        if let Some(turn) = &body.turn {
            turn.spend(data.len());
        }
        if let Some(disturbed) = &mut body.disturbed {
            disturbed.spend(data.len());
        }
        let over = body.is_over();
        if let Some(meter) = &mut body.meter {
            meter.note_bytes(data.len());
            if over {
                meter.note_whole();
            }
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
