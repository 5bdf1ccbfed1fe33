//! Traces: what passed in one direction, in bounded memory: its beginning, to be shown, and a digest of all of it.

use ring::digest::{Context, Digest, SHA256};

use super::veil::Veil;
use crate::record::ports::Ports;

/// How many bytes of one trace are kept to be shown.
pub(super) const MOST_KEPT: usize = 64 << 10;
/// How many bytes of all traces of a run.
const MOST_IN_ALL: usize = 64 << 20;
/// What a line or message takes beside its bytes.
const PIECE: usize = 32;
/// Where the first digest of a beginning is taken, in bytes; every further one is twice as far.
const FIRST_MARK: u64 = 2 * MOST_KEPT as u64;

/// How much room is left for what is kept.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MOST_IN_ALL)
    }
}

/// What passed, without what no two runs share.
pub(super) struct Trace {
    veil: Veil,
    all: Context,
    /// How many bytes went into the digest.
    length: u64,
    /// The digests of beginnings.
    marks: Vec<Digest>,
    /// The digest of all of it, once it has ended.
    whole: Option<Digest>,
    /// How many bytes passed, as they were.
    pub(super) bytes: u64,
    /// The first lines of a stream, or the first messages.
    pub(super) pieces: Vec<Vec<u8>>,
    /// What they take, in bytes.
    kept: usize,
    /// Whether that is all there is.
    pub(super) is_all: bool,
    /// Whether the last line goes on.
    open: bool,
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            veil: Veil::default(),
            all: Context::new(&SHA256),
            length: 0,
            marks: Vec::new(),
            whole: None,
            bytes: 0,
            pieces: Vec::new(),
            kept: 0,
            is_all: true,
            open: false,
        }
    }
}

impl Trace {
    /// Adds the next part of a stream.
    pub(super) fn add(&mut self, part: &[u8], ports: &Ports, room: &mut Room) {
        self.bytes += part.len() as u64;
        let mut veiled = Vec::with_capacity(part.len());
        self.veil.pass(part, ports, &mut veiled);
        self.join(&veiled, room);
    }

    /// Adds a datagram or message, whose boundaries are kept.
    pub(super) fn add_message(&mut self, message: &[u8], ports: &Ports, room: &mut Room) {
        self.bytes += message.len() as u64;
        let (mut veil, mut veiled) = (Veil::default(), Vec::with_capacity(message.len()));
        veil.pass(message, ports, &mut veiled);
        veil.end(ports, &mut veiled);
        self.digest(&(veiled.len() as u64).to_be_bytes());
        self.digest(&veiled);
        self.begin_piece(room);
        self.keep(&veiled, room);
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, ports: &Ports, room: &mut Room) {
        let mut veiled = Vec::new();
        self.veil.end(ports, &mut veiled);
        self.join(&veiled, room);
        self.whole = Some(self.all.clone().finish());
    }

    fn join(&mut self, veiled: &[u8], room: &mut Room) {
        self.digest(veiled);
        for line in veiled.split_inclusive(|&byte| byte == b'\n') {
            if !self.open {
                self.begin_piece(room);
            }
            self.keep(line, room);
            self.open = !line.ends_with(b"\n");
        }
    }

    fn begin_piece(&mut self, room: &mut Room) {
        self.is_all &= self.kept + PIECE <= MOST_KEPT && room.0 >= PIECE;
        if self.is_all {
            self.pieces.push(Vec::new());
            self.kept += PIECE;
            room.0 -= PIECE;
        }
    }

    /// Keeps a part of the last piece, as far as there is room.
    fn keep(&mut self, part: &[u8], room: &mut Room) {
        let fits = if self.is_all { part.len().min(MOST_KEPT - self.kept).min(room.0) } else { 0 };
        self.is_all &= fits == part.len();
        if let Some(last) = self.pieces.last_mut() {
            last.extend_from_slice(&part[..fits]);
            self.kept += fits;
            room.0 -= fits;
        }
    }

    fn digest(&mut self, mut bytes: &[u8]) {
        while let Some(rest) = self.to_mark().filter(|rest| *rest <= bytes.len()) {
            self.all.update(&bytes[..rest]);
            self.length += rest as u64;
            self.marks.push(self.all.clone().finish());
            bytes = &bytes[rest..];
        }
        self.all.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// How many bytes it is to the next mark.
    fn to_mark(&self) -> Option<usize> {
        let mark = FIRST_MARK.checked_shl(u32::try_from(self.marks.len()).ok()?)?;
        usize::try_from(mark.checked_sub(self.length)?).ok()
    }

    /// The digest of all of it, in hexadecimal digits.
    pub(super) fn fingerprint(&self) -> String {
        self.whole.as_ref().map(|whole| data_encoding::HEXLOWER.encode(whole.as_ref())).unwrap_or_default()
    }

    /// Whether the same passed in two runs, as far as it has to: what may go on in a run may be the beginning of what
    /// passed in the other.
    pub(super) fn agrees(&self, other: &Self, (goes_on, other_goes_on): (bool, bool)) -> bool {
        match self.length.cmp(&other.length) {
            std::cmp::Ordering::Equal => self.same_digest(other),
            std::cmp::Ordering::Less => goes_on && other.begins_with(self),
            std::cmp::Ordering::Greater => other_goes_on && self.begins_with(other),
        }
    }

    fn same_digest(&self, other: &Self) -> bool {
        self.whole.as_ref().map(Digest::as_ref) == other.whole.as_ref().map(Digest::as_ref)
    }

    /// Whether it begins with all of a shorter one, as far as that is known.
    fn begins_with(&self, shorter: &Self) -> bool {
        let marks = shorter.marks.iter().zip(&self.marks).all(|(one, other)| one.as_ref() == other.as_ref());
        let pieces = shorter.pieces.iter().zip(&self.pieces).enumerate();
        let mut known = pieces.map(|(at, (short, long))| {
            let short_goes_on = at + 1 == shorter.pieces.len() && (shorter.open || !shorter.is_all);
            let long_goes_on = at + 1 == self.pieces.len() && !self.is_all;
            short == long || short_goes_on && long.starts_with(short) || long_goes_on && short.starts_with(long)
        });
        marks && known.all(|same| same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(pieces: &[&[u8]]) -> Trace {
        let (ports, mut room) = (Ports::default(), Room::default());
        let mut trace = Trace::default();
        for piece in pieces {
            trace.add(piece, &ports, &mut room);
        }
        trace.end(&ports, &mut room);
        trace
    }

    fn messages(messages: &[&[u8]]) -> Trace {
        let (ports, mut room) = (Ports::default(), Room::default());
        let mut trace = Trace::default();
        for message in messages {
            trace.add_message(message, &ports, &mut room);
        }
        trace.end(&ports, &mut room);
        trace
    }

    #[test]
    fn how_a_stream_was_cut_does_not_count() {
        let (one, other) = (stream(&[b"a\nb1", b"2\n"]), stream(&[b"a", b"\nb", b"12\n"]));
        assert!(one.agrees(&other, (false, false)));
        assert_eq!(one.pieces, [b"a\n".to_vec(), b"b12\n".to_vec()]);
        assert_eq!(one.pieces, other.pieces);
    }

    #[test]
    fn how_messages_were_cut_counts() {
        assert!(!messages(&[b"ab", b"c"]).agrees(&messages(&[b"a", b"bc"]), (true, true)));
        assert!(messages(&[b"ab"]).agrees(&messages(&[b"ab", b"c"]), (true, false)));
        assert!(!messages(&[b"ab"]).agrees(&messages(&[b"abc"]), (true, false)));
    }

    #[test]
    fn only_what_may_go_on_may_be_shorter() {
        let (short, long) = (stream(&[b"one\ntw"]), stream(&[b"one\ntwo\n"]));
        assert!(short.agrees(&long, (true, false)) && long.agrees(&short, (false, true)));
        assert!(!short.agrees(&long, (false, true)) && !long.agrees(&short, (true, false)));
        assert!(!stream(&[b"one\ntx"]).agrees(&long, (true, true)));
        assert!(stream(&[]).agrees(&long, (true, false)));
    }

    #[test]
    fn a_difference_beyond_what_is_kept_is_seen() {
        let mut bytes = vec![b'x'; 3 * MOST_KEPT];
        let one = stream(&[&bytes]);
        bytes[2 * MOST_KEPT - 1] = b'y';
        let other = stream(&[&bytes[..7], &bytes[7..]]);
        assert_eq!(one.pieces, other.pieces);
        assert!(!one.is_all && !one.agrees(&other, (true, true)));
        bytes.push(b'z');
        assert!(!one.agrees(&stream(&[&bytes]), (true, true)), "its beginning has another digest");
        assert!(other.agrees(&stream(&[&bytes]), (true, true)));
    }

    #[test]
    fn what_is_kept_of_all_has_a_bound() {
        let (ports, mut room) = (Ports::default(), Room(2 * PIECE + 5));
        let mut traces = [Trace::default(), Trace::default()];
        for trace in &mut traces {
            trace.add(b"abc", &ports, &mut room);
            trace.end(&ports, &mut room);
        }
        assert_eq!(traces[1].pieces, [b"ab".to_vec()]);
        assert!(traces[0].agrees(&traces[1], (false, false)));
    }
}
