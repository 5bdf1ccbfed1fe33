//! What a session has received, as the statements that expect it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::engine::session::Session;
use crate::language::quote;
use crate::net::Endpoint;

/// How exactly a saved script expects what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Line by line, whatever ends the lines; the ports that the system chose may be others.
    Line,
    /// These bytes and no others.
    Exact,
    /// Not at all.
    None,
}

/// What a session received in one turn and nobody took.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// For a datagram session, the lengths of its datagrams.
    pub datagrams: Vec<usize>,
    /// How long an `expect` behind the statement has to wait; none for as long as it waits anyway.
    pub within: Option<Duration>,
}

/// Up to how many bytes are written out; of more only the number is expected.
const MOST_BYTES: usize = 4096;
/// Up to how many lines are expected one by one; more are one text.
const MOST_LINES: usize = 8;

/// The statements that expect `piece` on the session called `name`. Numbers that are one of `ports` may be others.
pub(super) fn statements(name: &str, piece: &Piece, detail: Detail, ports: &[u16]) -> Vec<String> {
    if detail == Detail::None {
        return Vec::new();
    }
    let patterns = if piece.datagrams.is_empty() {
        of_stream(&piece.bytes, detail, ports)
    } else {
        of_datagrams(piece, detail, ports)
    };
    let within = piece.within.map_or_else(String::new, |within| format!(" within {}s", within.as_secs()));
    patterns.into_iter().map(|pattern| format!("{name}: expect {pattern}{within}\n")).collect()
}

fn of_datagrams(piece: &Piece, detail: Detail, ports: &[u16]) -> Vec<String> {
    let mut rest = &piece.bytes[..];
    let mut patterns = Vec::new();
    for &length in &piece.datagrams {
        let (datagram, behind) = rest.split_at(length.min(rest.len()));
        rest = behind;
        let pattern = match detail {
            _ if length > MOST_BYTES => format!("{length} bytes"),
            Detail::Line => format!("datagram {}", loosely(datagram, ports, true)),
            _ => format!("datagram {}", quote(datagram)),
        };
        patterns.push(pattern);
    }
    patterns
}

fn of_stream(bytes: &[u8], detail: Detail, ports: &[u16]) -> Vec<String> {
    if bytes.is_empty() {
        return Vec::new();
    }
    if bytes.len() > MOST_BYTES {
        return vec![format!("{} bytes", bytes.len())];
    }
    if detail == Detail::Exact {
        return vec![format!("exactly {}", quote(bytes))];
    }
    let pieces: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    if pieces.len() > MOST_LINES || std::str::from_utf8(bytes).is_err() {
        return vec![loosely(bytes, ports, false)];
    }
    let pattern = |piece: &[u8]| match piece.strip_suffix(b"\n") {
        Some(line) => format!("line {}", loosely(line.strip_suffix(b"\r").unwrap_or(line), ports, true)),
        None => loosely(piece, ports, false),
    };
    pieces.into_iter().map(pattern).collect()
}

/// The ports of sessions that the system chose: those that the script does not name.
pub(in crate::engine) fn chosen_ports<'s>(sessions: impl Iterator<Item = &'s Session>, script: &str) -> Vec<u16> {
    let places = sessions.flat_map(|session| session.opening.at.iter().chain(&session.opening.peer));
    let mut ports: Vec<u16> = places.filter_map(Endpoint::port).filter(|&port| port > 1023).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.retain(|port| !script.contains(&port.to_string()));
    ports
}

/// A text literal for `bytes`; a regular expression where one of `ports` stands in it, for the `whole` of a line or
/// datagram.
pub(in crate::engine) fn loosely(bytes: &[u8], ports: &[u16], whole: bool) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return quote(bytes) };
    let mut pattern = String::new();
    let mut any = false;
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let digits = rest[start..].find(|letter: char| !letter.is_ascii_digit()).map_or(rest.len(), |end| start + end);
        escape(&rest[..start], &mut pattern);
        let number = &rest[start..digits];
        if number.parse().is_ok_and(|number: u16| ports.contains(&number)) {
            pattern.push_str("[0-9]+");
            any = true;
        } else {
            pattern.push_str(number);
        }
        rest = &rest[digits..];
    }
    escape(rest, &mut pattern);
    match (any, whole) {
        (false, _) => quote(bytes),
        (true, false) => format!("/{pattern}/"),
        (true, true) => format!("/^{pattern}$/"),
    }
}

/// Adds `text` to a regular expression, for itself.
fn escape(text: &str, pattern: &mut String) {
    for letter in text.chars() {
        match letter {
            '\n' => pattern.push_str("\\n"),
            '\r' => pattern.push_str("\\r"),
            '\t' => pattern.push_str("\\t"),
            letter if letter.is_control() => _ = write!(pattern, "\\x{{{:x}}}", u32::from(letter)),
            letter if "\\.+*?()|[]{}^$/#&-~".contains(letter) => {
                pattern.push('\\');
                pattern.push(letter);
            }
            letter => pattern.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(bytes: &[u8], detail: Detail, ports: &[u16]) -> String {
        let piece = Piece { bytes: bytes.to_vec(), ..Piece::default() };
        statements("a", &piece, detail, ports).concat()
    }

    #[test]
    fn lines_are_expected_one_by_one() {
        assert_eq!(
            expected(b"one\r\ntwo\nthree", Detail::Line, &[]),
            "\
            a: expect line \"one\"\na: expect line \"two\"\na: expect \"three\"\n"
        );
        assert_eq!(expected(b"\n", Detail::Line, &[]), "a: expect line \"\"\n");
        assert_eq!(expected(&b"x\n".repeat(9), Detail::Line, &[]), format!("a: expect \"{}\"\n", "x\\n".repeat(9)));
    }

    #[test]
    fn exactly_is_every_byte() {
        assert_eq!(expected(b"one\r\ntwo", Detail::Exact, &[80]), "a: expect exactly \"one\\r\\ntwo\"\n");
        assert_eq!(expected(b"\x00\xff", Detail::Exact, &[]), "a: expect exactly x\"00 ff\"\n");
        assert_eq!(expected(b"one", Detail::None, &[]), "");
    }

    #[test]
    fn bytes_that_are_no_text_and_long_ones() {
        assert_eq!(expected(b"\x00\xff\n", Detail::Line, &[]), "a: expect x\"00 ff 0a\"\n");
        assert_eq!(expected(&[b'x'; 5000], Detail::Line, &[]), "a: expect 5000 bytes\n");
    }

    #[test]
    fn ports_that_the_system_chose_may_be_others() {
        assert_eq!(
            expected("[you] 127.0.0.1:40001 é $1 40002\n".as_bytes(), Detail::Line, &[40001]),
            "a: expect line /^\\[you\\] 127\\.0\\.0\\.1:[0-9]+ é \\$1 40002$/\n"
        );
        assert_eq!(expected(b"40001", Detail::Exact, &[40001]), "a: expect exactly \"40001\"\n");
    }

    #[test]
    fn datagrams_keep_their_boundaries() {
        let piece = Piece { bytes: b"onetwo".to_vec(), datagrams: vec![3, 0, 3], within: Some(Duration::from_secs(9)) };
        assert_eq!(
            statements("u", &piece, Detail::Line, &[]).concat(),
            "u: expect datagram \"one\" within 9s\nu: expect datagram \"\" within 9s\nu: expect datagram \"two\" within 9s\n"
        );
    }
}
