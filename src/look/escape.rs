//! Escaping: bytes from anywhere made safe to show, so that nothing a peer sends acts on the terminal.

use std::fmt::Write as _;

/// Which characters that move the cursor are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// None: everything stays on one line.
    OneLine,
    /// Line feeds and tabs: a text of several lines.
    Lines,
    /// Those, and what moves within a line: carriage returns and backspaces.
    Keys,
}

/// `bytes` on one line: printable text as it is, `␊ ␍ ␉` for line feed, carriage return and tab, `\xNN` for every
/// other control and for bytes that are not UTF-8, `\u{…}` for invisible and direction-changing characters.
pub(crate) fn one_line(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 8);
    append(&mut out, bytes, Layout::OneLine);
    out
}

/// `bytes` as lines: as [`one_line`], but line feeds (also after a carriage return) and tabs act.
pub(crate) fn lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 8);
    append(&mut out, bytes, Layout::Lines);
    out
}

/// Escapes a stream as [`lines`] does, piece by piece: a character cut in two by a piece's end is put together.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    held: Vec<u8>,
    /// Whether carriage returns and backspaces act.
    moves: bool,
}

impl Stream {
    /// One in which carriage returns and backspaces act too: they move within the line.
    pub(crate) fn moving() -> Self {
        Self { held: Vec::new(), moves: true }
    }

    fn shown(&self, bytes: &[u8]) -> String {
        if !self.moves {
            return lines(bytes);
        }
        let mut out = String::with_capacity(bytes.len() + 8);
        append(&mut out, bytes, Layout::Keys);
        out
    }

    /// The part of the stream up to here that is certain.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let certain = all.len() - if self.moves { started(&all) } else { uncertain(&all) };
        self.held = all.split_off(certain);
        self.shown(&all)
    }

    /// What was held back, now that no more comes.
    pub(crate) fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        self.shown(&held)
    }
}

/// How many bytes at the end may mean something else once more come: a lone carriage return, a started character.
fn uncertain(bytes: &[u8]) -> usize {
    if bytes.last() == Some(&b'\r') { 1 } else { started(bytes) }
}

/// How many bytes at the end are a character that has only started.
fn started(bytes: &[u8]) -> usize {
    let back = bytes.iter().rev().take(3).position(|byte| byte & 0xc0 != 0x80);
    let Some(back) = back else { return 0 };
    let started = &bytes[bytes.len() - back - 1..];
    match std::str::from_utf8(started) {
        Err(error) if error.error_len().is_none() => started.len(),
        _ => 0,
    }
}

fn append(out: &mut String, bytes: &[u8], layout: Layout) {
    for chunk in bytes.utf8_chunks() {
        let mut characters = chunk.valid().chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\n' | '\t' if layout != Layout::OneLine => out.push(c),
                '\r' | '\x08' if layout == Layout::Keys => out.push(c),
                '\r' if layout == Layout::Lines && characters.peek() == Some(&'\n') => {}
                '\n' => out.push('␊'),
                '\r' => out.push('␍'),
                '\t' => out.push('␉'),
                c if c.is_ascii_control() => hex(out, c as u8),
                c if is_treacherous(c) => {
                    let _ = write!(out, "\\u{{{:x}}}", c as u32);
                }
                c => out.push(c),
            }
        }
        for &byte in chunk.invalid() {
            hex(out, byte);
        }
    }
}

fn hex(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}");
}

/// Whether a character beyond ASCII is a control, changes the direction of text, or is invisible
/// (categories Cc, Cf, Zl and Zp of Unicode 17, the fillers, and what is no character).
pub(crate) fn is_treacherous(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_text_passes() {
        assert_eq!(one_line("bonjour, ça va ? 你好 🎉 \\ \"".as_bytes()), "bonjour, ça va ? 你好 🎉 \\ \"");
    }

    #[test]
    fn controls_are_spelled_out() {
        assert_eq!(one_line(b"a\r\n\tb\0\x1b[2J\x7f\x07"), "a␍␊␉b\\x00\\x1b[2J\\x7f\\x07");
        assert_eq!(one_line("\u{9b}31m\u{85}".as_bytes()), "\\u{9b}31m\\u{85}");
    }

    #[test]
    fn direction_and_invisible_characters_are_spelled_out() {
        assert_eq!(one_line("\u{202e}a\u{200b}b\u{feff}".as_bytes()), "\\u{202e}a\\u{200b}b\\u{feff}");
    }

    #[test]
    fn bytes_that_are_not_text_are_hexadecimal() {
        assert_eq!(one_line(b"\xff\xc3(\xe2\x82"), "\\xff\\xc3(\\xe2\\x82");
    }

    #[test]
    fn lines_keep_line_feeds_and_tabs_only() {
        assert_eq!(lines(b"a\tb\r\nc\rd\x1b]0;t\x07\n"), "a\tb\nc␍d\\x1b]0;t\\x07\n");
    }

    #[test]
    fn what_moves_within_a_line_may_act_key_by_key() {
        let mut stream = Stream::moving();
        assert_eq!(stream.push(b"$ a\x08b\r\n\x1b[2J\xc3"), "$ a\x08b\r\n\\x1b[2J");
        assert_eq!(stream.push(b"\xa9\r") + &stream.finish(), "é\r");
    }

    #[test]
    fn every_byte_alone_shows_nothing_that_acts() {
        for byte in 0..=255_u8 {
            assert!(!one_line(&[byte]).chars().any(char::is_control), "{byte:#x}");
        }
    }

    #[test]
    fn a_stream_is_the_same_however_it_is_cut() {
        let text = "é\r\n你\x1b[m🎉\r".as_bytes();
        for cut in 0..=text.len() {
            let mut stream = Stream::default();
            let shown = stream.push(&text[..cut]) + &stream.push(&text[cut..]) + &stream.finish();
            assert_eq!(shown, lines(text), "cut at {cut}");
        }
        let mut stream = Stream::default();
        assert_eq!(stream.push(b"\xe2\x82") + &stream.finish(), "\\xe2\\x82");
    }
}
