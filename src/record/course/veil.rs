//! Veils: what no two runs share is taken out of bytes while they pass, in whatever pieces they come.
//!
//! That are ports that the system chose, the values of some fields of HTTP, and whatever is encrypted or masked: records
//! of TLS (RFC 8446, 5.1) and frames of WebSocket (RFC 6455, 5.3) on their way through a relay.

use crate::record::ports::Ports;
use crate::record::volatile::{self, LONGEST_HEADER, MASK, is_header};

/// What stands for a port that the system chose. Which one it is, is not told: a name may be known too late.
const PORT: &[u8] = b"<port>";
/// What a client's or server's first record of TLS begins with, before the minor number of its version.
const RECORD: &[u8] = &[22, 3];
/// What the fields begin with by which a connection becomes one of WebSocket.
const UPGRADE: &[u8] = b"sec-websocket-";
/// The most digits of a port.
const DIGITS: usize = 5;

/// Veils one stream.
#[derive(Debug)]
pub(super) struct Veil {
    /// The letters that a line begins with, while they may be a field's name.
    start: Option<Vec<u8>>,
    gate: Gate,
    /// The digits of a number that may go on.
    number: Vec<u8>,
    /// Whether the last byte was part of a word, so that digits behind it are no number.
    in_word: bool,
    /// Whether nothing stands on the line yet, and on the one before.
    empty: (bool, bool),
    /// Whether what follows the head is WebSocket.
    upgrades: bool,
}

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// Everything.
    Open,
    /// Nothing on this line: it is the value of a field.
    Hides,
    /// Nothing any more.
    Shut,
}

impl Default for Veil {
    fn default() -> Self {
        Self {
            start: Some(Vec::new()),
            gate: Gate::Open,
            number: Vec::new(),
            in_word: false,
            empty: (true, true),
            upgrades: false,
        }
    }
}

/// A text of ours without what no two runs share.
pub(super) fn text(text: &str, ports: &Ports) -> String {
    let (mut veil, mut out) = (Veil::default(), Vec::with_capacity(text.len()));
    veil.pass(volatile::text(text).as_bytes(), ports, &mut out);
    veil.end(ports, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

impl Veil {
    /// Passes bytes on to `out`.
    pub(super) fn pass(&mut self, bytes: &[u8], ports: &Ports, out: &mut Vec<u8>) {
        for &byte in bytes {
            match self.gate {
                Gate::Shut => return,
                Gate::Hides if byte != b'\n' => continue,
                _ => self.gate = Gate::Open,
            }
            if !self.begin(byte, ports, out) {
                self.go_on(byte, ports, out);
            }
            self.end_line(byte, out);
        }
    }

    fn end_line(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte != b'\n' {
            self.empty.0 &= byte == b'\r';
            return;
        }
        self.start = Some(Vec::new());
        self.empty = (true, self.empty.0);
        if self.empty.1 && self.upgrades {
            self.shut(out);
        }
    }

    fn shut(&mut self, out: &mut Vec<u8>) {
        self.gate = Gate::Shut;
        self.start = None;
        out.extend_from_slice(MASK.as_bytes());
    }

    /// Passes on what was held back; nothing more comes.
    pub(super) fn end(&mut self, ports: &Ports, out: &mut Vec<u8>) {
        self.release(ports, out);
        self.number(false, ports, out);
    }

    /// Takes a byte of the name that a line begins with, if it still may be one: whether it was taken.
    fn begin(&mut self, byte: u8, ports: &Ports, out: &mut Vec<u8>) -> bool {
        let Some(start) = &mut self.start else { return false };
        if (byte.is_ascii_alphabetic() || byte == b'-') && start.len() < LONGEST_HEADER {
            start.push(byte);
            return true;
        }
        if self.empty.1 && RECORD.starts_with(start) {
            if RECORD.get(start.len()) == Some(&byte) {
                start.push(byte);
                return true;
            }
            if start == RECORD {
                self.shut(out);
                return true;
            }
        }
        let hides = byte == b':' && is_header(start);
        self.upgrades |= hides && start.to_ascii_lowercase().starts_with(UPGRADE);
        self.release(ports, out);
        if hides {
            self.gate = Gate::Hides;
            out.extend_from_slice(b": ");
            out.extend_from_slice(MASK.as_bytes());
        }
        hides
    }

    fn release(&mut self, ports: &Ports, out: &mut Vec<u8>) {
        for byte in self.start.take().unwrap_or_default() {
            self.go_on(byte, ports, out);
        }
    }

    fn go_on(&mut self, byte: u8, ports: &Ports, out: &mut Vec<u8>) {
        let is_word = byte.is_ascii_alphanumeric() || !byte.is_ascii();
        if byte.is_ascii_digit() && !self.in_word {
            self.number.push(byte);
            if self.number.len() > DIGITS {
                out.append(&mut self.number);
                self.in_word = true;
            }
            return;
        }
        self.number(is_word, ports, out);
        out.push(byte);
        self.in_word = is_word;
    }

    /// Passes on the number that has ended; it is none where a word goes on behind it.
    fn number(&mut self, goes_on: bool, ports: &Ports, out: &mut Vec<u8>) {
        if self.number.is_empty() {
            return;
        }
        let value = str::from_utf8(&self.number).ok().and_then(|digits| digits.parse().ok());
        if !goes_on && value.is_some_and(|port| ports.is_chosen(port)) {
            out.extend_from_slice(PORT);
        } else {
            out.extend_from_slice(&self.number);
        }
        self.number.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{SessionKind, SessionTag, What};
    use crate::net::Endpoint;

    fn ports() -> Ports {
        let mut ports = Ports::default();
        let at = vec![Endpoint::Inet(([127, 0, 0, 1], 40_001).into())];
        let listening =
            What::Listening { protocol: "tcp".into(), at, serves: String::new(), public: false, facts: [].into() };
        ports.note(&SessionTag { id: 1, name: "srv".into(), kind: SessionKind::Listen }, &listening);
        ports
    }

    const TEXT: &str =
        "40001 x40001 140001 40001x é40001 localhost:40001\r\nDate: Sat\r\nX-Date: Sat\r\ndated: x\r\n\r\nE-tag: 40001";
    const VEILED: &str =
        "<port> x40001 140001 40001x é40001 localhost:<port>\r\nDate: …\nX-Date: Sat\r\ndated: x\r\n\r\nE-tag: <port>";

    fn veiled(pieces: &[&[u8]]) -> String {
        let (ports, mut veil, mut out) = (ports(), Veil::default(), Vec::new());
        for piece in pieces {
            veil.pass(piece, &ports, &mut out);
        }
        veil.end(&ports, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn what_is_encrypted_does_not_pass() {
        assert_eq!(veiled(&[b"\x16", b"\x03\x01\x02\0 40001\n\n", b"x"]), "…");
        assert_eq!(veiled(&[b"CONNECT a:40001 HTTP/1.1\r\n\r\n\x16\x03\x01x"]), "CONNECT a:<port> HTTP/1.1\r\n\r\n…");
        assert_eq!(veiled(&[b"a\n\x16\x03\x01", b"\n\n\x16"]), "a\n\x16\x03\x01\n\n\x16");
    }

    #[test]
    fn what_is_masked_does_not_pass() {
        let head = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: abc\r\nx: y\r\n\r\n";
        assert_eq!(veiled(&[head, b"\x81\x80abcd"]), "GET / HTTP/1.1\r\nSec-WebSocket-Key: …\nx: y\r\n\r\n…");
    }

    #[test]
    fn ports_and_dates_do_not_pass_in_whatever_pieces_they_come() {
        let ports = ports();
        for size in 1..TEXT.len() {
            let (mut veil, mut out) = (Veil::default(), Vec::new());
            for piece in TEXT.as_bytes().chunks(size) {
                veil.pass(piece, &ports, &mut out);
            }
            veil.end(&ports, &mut out);
            assert_eq!(String::from_utf8(out).expect("text"), VEILED, "pieces of {size}");
        }
    }
}
