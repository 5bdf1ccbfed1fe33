//! Recovery: from a statement that could not be read to the next one, without being fooled by texts and comments.

use nom::Input as _;

use super::Input;
use super::block::block;
use super::handler::handlers;
use super::terminal::braces_length;

/// Skips to the end of the statement; the blocks that it opens are read, so that errors inside are found.
pub(super) fn skip_statement(input: Input<'_>) -> Input<'_> {
    let mut rest = input;
    loop {
        rest = rest.take_from(inert_length(&rest, true));
        if !rest.starts_with('{') {
            return rest;
        }
        let first = rest[1..].trim_start();
        let is_handlers = first.strip_prefix("on").is_some_and(|tail| tail.starts_with([' ', '\t']));
        let read = if is_handlers { handlers(rest).map(|(rest, _)| rest) } else { block(rest).map(|(rest, _)| rest) };
        rest = read.unwrap_or_else(|_| rest.take_from(1));
    }
}

/// Skips the rest of a block without looking into it, up to its `}`.
pub(super) fn skip_block(input: Input<'_>) -> Input<'_> {
    let mut at = 0;
    let mut depth = 0_usize;
    while at < input.len() {
        at += inert_length(&input[at..], false);
        match input[at..].chars().next() {
            Some('{') => depth += 1,
            Some('}') if depth == 0 => break,
            Some('}') => depth -= 1,
            _ => {}
        }
        at = (at + 1).min(input.len());
    }
    input.take_from(at)
}

/// The length of what holds no end of a statement and no brace that counts: texts, comments, words.
/// With `words`, a `{` inside a word does not count.
fn inert_length(text: &str, words: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut begins = true;
    while at < bytes.len() {
        let rest = &text[at..];
        let length = match bytes[at] {
            b'\n' | b';' | b'}' => return at,
            b'{' if begins || !words => return at,
            b'\r' if bytes[at + 1..].starts_with(b"\n") => return at,
            b'\\' if rest[1..].starts_with("\r\n") => 3,
            b'\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            b'"' => quoted_length(rest),
            b'\'' => {
                1 + rest[1..]
                    .find(['\'', '\n'])
                    .map_or(rest.len() - 1, |close| close + usize::from(!rest[1 + close..].starts_with('\n')))
            }
            b'#' if begins => rest.find('\n').unwrap_or(rest.len()),
            b'/' if begins => regex_length(rest),
            b'$' if rest.starts_with("${") => 1 + braces_length(&rest[1..]),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        begins = matches!(bytes[at], b' ' | b'\t' | b'(' | b')' | b',' | b'=');
        at += length;
    }
    at
}

/// The length of the text that begins here, up to the end of the line if it is not closed.
fn quoted_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let block = text.starts_with("\"\"\"");
    let mut at = if block { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if !bytes[at + 1..].starts_with(b"\n") => at += 2,
            b'"' if !block => return at + 1,
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return at + 3,
            b'\n' if !block => return at,
            b'$' if !block && bytes[at + 1..].starts_with(b"{") => at += 1 + braces_length(&text[at + 1..]),
            _ => at += 1,
        }
    }
    text.ceil_char_boundary(at.min(text.len()))
}

/// The length of the regular expression that begins here, 1 if none does.
fn regex_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' => return 1,
            '/' if !escaped => return at + 1,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    1
}
