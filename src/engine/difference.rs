//! Differences: expected against received bytes, as the notes of a failed expectation.

use std::fmt::Write;

/// How many bytes a note shows of each side.
const SHOWN: usize = 16;

/// Two or three lines: the expected bytes, the received ones, and marks under those that differ. Long texts are
/// shown around the first difference.
pub(super) fn notes(expected: &[u8], received: &[u8]) -> Vec<String> {
    let at = first(expected, received);
    let from = at.saturating_sub(SHOWN / 2) / 4 * 4;
    let (expected, received) = (window(expected, from), window(received, from));
    let place = if from == 0 { String::new() } else { format!(" from byte {from}") };
    let mut notes = vec![row("expected", expected, from), row("received", received, from)];
    let mut marks = String::new();
    for index in 0..expected.len().max(received.len()) {
        let same = expected.get(index) == received.get(index);
        marks.push_str(if same { "   " } else { "^^ " });
    }
    if !marks.trim().is_empty() {
        notes.push(format!("{:<10}{}{place}", "", marks.trim_end()));
    }
    notes
}

/// Index of the first byte that differs, or where the shorter ends.
pub(super) fn first(expected: &[u8], received: &[u8]) -> usize {
    let shorter = expected.len().min(received.len());
    expected.iter().zip(received).position(|(a, b)| a != b).unwrap_or(shorter)
}

fn window(bytes: &[u8], from: usize) -> &[u8] {
    let from = from.min(bytes.len());
    &bytes[from..bytes.len().min(from + SHOWN)]
}

fn row(word: &str, bytes: &[u8], from: usize) -> String {
    let mut hex = String::new();
    for byte in bytes {
        let _ = write!(hex, "{byte:02x} ");
    }
    let before = if from == 0 { "" } else { "…" };
    format!(
        "{word:<10}{:<width$}   {before}{}",
        hex.trim_end(),
        visible(bytes),
        width = 3 * SHOWN.min(bytes.len()).max(1) - 1
    )
}

/// Bytes as one line of text: line endings as their symbols, whatever is not printable ASCII or UTF-8 as `\xNN`.
pub(super) fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => text.push('␊'),
                '\r' => text.push('␍'),
                '\t' => text.push('␉'),
                _ if character.is_control() || is_format(character) => {
                    let _ = write!(text, "{}", character.escape_unicode());
                }
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Characters that show nothing but change how others are shown (direction, joining).
fn is_format(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The first bytes of something long, visible, with how many there are: `6 B  hello␊`.
pub(super) fn summary(bytes: &[u8]) -> String {
    const MOST: usize = 120;
    let shown = visible(&bytes[..bytes.len().min(MOST)]);
    let more = if bytes.len() > MOST { "…" } else { "" };
    format!("{} B  {shown}{more}", bytes.len())
}
