//! Data: what a session sent or received while one statement ran, in whatever pieces it came.

use bytes::Bytes;

use crate::engine::event::{Form, SessionTag};
use crate::look::words::{self, Gauge};
use crate::look::{Paint, table};

/// How many bytes are kept to be shown.
const MOST_KEPT: usize = 16 << 10;
/// How many lines of them, or messages, are shown one by one.
const MOST_SHOWN: usize = 8;

/// The bytes of one session in one direction, joined: no two runs cut a stream into the same pieces. Datagrams and
/// messages stay apart.
#[derive(Debug, Default)]
pub(super) struct Data {
    form: Form,
    /// Bytes in all.
    bytes: u64,
    /// Lines or messages in all.
    count: u64,
    /// The first of them.
    pieces: Vec<Vec<u8>>,
    kept: usize,
    /// Whether the last line goes on.
    open: bool,
}

impl Data {
    /// Adds a piece: one message, or a part of a stream.
    pub(super) fn add(&mut self, piece: &Bytes, is_message: bool, form: Form) {
        self.form = form;
        self.bytes += piece.len() as u64;
        if is_message {
            self.begin(piece);
            return;
        }
        for line in piece.split_inclusive(|&byte| byte == b'\n') {
            if self.open {
                self.go_on(line);
            } else {
                self.begin(line);
            }
            self.open = !line.ends_with(b"\n");
        }
    }

    fn begin(&mut self, piece: &[u8]) {
        self.count += 1;
        if self.pieces.len() < MOST_SHOWN && self.kept < MOST_KEPT {
            self.pieces.push(Vec::new());
            self.go_on(piece);
        }
    }

    /// Adds to the last piece, if it is kept.
    fn go_on(&mut self, piece: &[u8]) {
        if self.pieces.len() as u64 == self.count
            && let Some(last) = self.pieces.last_mut()
        {
            let room = MOST_KEPT.saturating_sub(self.kept);
            let part = &piece[..piece.len().min(room)];
            last.extend_from_slice(part);
            self.kept += part.len();
        }
    }

    /// How many rows it takes.
    pub(super) fn widen(&self, session: &SessionTag, gauge: Gauge) -> Gauge {
        self.pieces.iter().fold(gauge, |gauge, piece| gauge.widened(Some(session), piece.len()))
    }

    /// Its lines.
    pub(super) fn rows(&self, session: &SessionTag, arrow: char, gauge: Gauge, paint: Paint, width: usize) -> String {
        if self.form == Form::Hex {
            let kept = Bytes::from(self.pieces.concat());
            return words::headline(Some(session), arrow, self.whole(), gauge, paint)
                + "\n"
                + &table::dump(&kept)
                + &self.rest(session, arrow, gauge, paint);
        }
        let row = |piece: &Vec<u8>| {
            words::data(Some(session), arrow, &Bytes::from(piece.clone()), gauge, paint, Some(width)) + "\n"
        };
        self.pieces.iter().map(row).collect::<String>() + &self.rest(session, arrow, gauge, paint)
    }

    fn whole(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }

    /// The line about what is not shown.
    fn rest(&self, session: &SessionTag, arrow: char, gauge: Gauge, paint: Paint) -> String {
        let bytes = self.bytes - self.kept as u64;
        if bytes == 0 && self.count == self.pieces.len() as u64 {
            return String::new();
        }
        words::more(session, arrow, bytes, self.count - self.pieces.len() as u64, gauge, paint) + "\n"
    }
}
