//! The smallest pieces: spaces, signs, names and words.

use nom::Input as _;

use super::{Context, Expected, Input, Parse, between, miss};
use crate::language::ast::{Spanned, Word};
use crate::language::lexeme::LexemeKind;

/// Takes `length` bytes as a lexeme of that kind.
pub(super) fn take(input: Input<'_>, length: usize, kind: LexemeKind) -> (Input<'_>, &str) {
    let (rest, taken) = input.take_split(length);
    let start = input.location_offset();
    input.extra.record(start, start + length, kind);
    (rest, taken.into_fragment())
}

/// Skips spaces, tabs and continued line ends; says whether there were any.
pub(super) fn space(input: Input<'_>) -> (Input<'_>, bool) {
    let text = *input.fragment();
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(b'\\') => match &bytes[at + 1..] {
                [b'\n', ..] => at += 2,
                [b'\r', b'\n', ..] => at += 3,
                [] => at += 1,
                _ => break,
            },
            _ => break,
        }
    }
    if at == 0 {
        return (input, false);
    }
    if at == bytes.len() && text.trim_end_matches(['\r', '\n']).ends_with('\\') {
        input.extra.continued.set(true);
    }
    (take(input, at, LexemeKind::Space).0, true)
}

/// Skips spaces.
pub(super) fn skip(input: Input<'_>) -> Input<'_> {
    space(input).0
}

/// Skips spaces, of which there must be some.
pub(super) fn gap(input: Input<'_>) -> Parse<'_, ()> {
    match space(input) {
        (rest, true) => Ok((rest, ())),
        (_, false) => miss(input, Expected::Space),
    }
}

/// Whether a statement may end here: at the end of the text or line, at `;`, `}` or a comment.
pub(super) fn at_end(input: Input<'_>) -> bool {
    match input.as_bytes() {
        [] | [b'\n' | b';' | b'}', ..] | [b'\r', b'\n', ..] | [b'\r'] => true,
        [b'#', ..] => begins_word(input),
        _ => false,
    }
}

/// Whether the character before is none of a word's.
pub(super) fn begins_word(input: Input<'_>) -> bool {
    let before = &input.extra.text[..input.location_offset()];
    before.is_empty() || before.ends_with([' ', '\t', '\n', '\r', ';', '{', '}'])
}

/// The end of a statement, not consumed.
pub(super) fn end(input: Input<'_>) -> Parse<'_, ()> {
    if at_end(input) { Ok((input, ())) } else { miss(input, Expected::EndOfLine) }
}

/// This sign.
pub(super) fn sign<'a>(input: Input<'a>, sign: &'static str, kind: LexemeKind) -> Parse<'a, ()> {
    if input.starts_with(sign) { Ok((take(input, sign.len(), kind).0, ())) } else { miss(input, Expected::Sign(sign)) }
}

/// This sign, if it stands here.
pub(super) fn optional_sign<'a>(input: Input<'a>, sign: &'static str, kind: LexemeKind) -> Option<Input<'a>> {
    input.starts_with(sign).then(|| take(input, sign.len(), kind).0)
}

/// Whether a name may begin with this character.
pub(super) fn begins_name(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

/// Whether a name may go on with this character (`-` aside).
pub(super) fn continues_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the name at the start of `text`, 0 if there is none; `-` counts inside if `dashes`.
pub(super) fn name_length(text: &str, dashes: bool) -> usize {
    if !text.starts_with(begins_name) {
        return 0;
    }
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let inside = dashes && letter == '-' && letters.peek().is_some_and(|(_, next)| continues_name(*next));
        if !continues_name(letter) && !inside {
            return at;
        }
    }
    text.len()
}

/// A name: letters, digits, `_`, and `-` inside.
pub(super) fn name(input: Input<'_>, expected: Expected, kind: LexemeKind) -> Parse<'_, Word> {
    let length = name_length(&input, true);
    if length == 0 || input.extra.touches(input.location_offset() + length) {
        return miss(input, expected);
    }
    let (rest, word) = take(input, length, kind);
    Ok((rest, Spanned::new(word.to_owned(), between(input, rest))))
}

/// The length of the bare word at the start of `text`, of which `,` is no part unless `commas`.
pub(super) fn bare_length(text: &str, commas: bool) -> usize {
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let stops = match letter {
            ';' | '{' | '}' | '"' | '\'' => true,
            ',' => !commas,
            '#' => at == 0,
            '-' => rest.starts_with("->"),
            '$' if rest.starts_with("${") => {
                let braces = braces_length(&rest[1..]);
                at += braces;
                braces == 0
            }
            _ => letter.is_whitespace() || letter.is_control(),
        };
        if stops {
            break;
        }
        at += letter.len_utf8();
    }
    // A `\` at the end may continue the line.
    text[..at].trim_end_matches('\\').len()
}

/// Longest `${…}` of a bare word, in bytes: it bounds how far one is looked for its end.
const LONGEST_BRACES: usize = 1024;

/// The length of the `{…}` at the start of `text`, braces inside counted; 0 if it does not close on its line.
pub(super) fn braces_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices().take_while(|(at, _)| *at < LONGEST_BRACES) {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            '\n' => return 0,
            _ => {}
        }
    }
    0
}

/// The plain word at the start of the input: what a keyword, a stage or a transport is compared with.
pub(super) fn plain(input: Input<'_>) -> &str {
    let text = *input.fragment();
    let length = bare_length(text, false);
    let length = text[..length].find(['(', ')', '[', ']', '=']).unwrap_or(length);
    &text[..length]
}

/// The word that `accepts` takes whole.
pub(super) fn word_of<'a>(
    input: Input<'a>,
    expected: Expected,
    kind: LexemeKind,
    accepts: impl Fn(&Context<'a>, &str) -> bool,
) -> Parse<'a, Word> {
    let word = plain(input);
    if word.is_empty() || input.extra.touches(input.location_offset() + word.len()) || !accepts(input.extra, word) {
        return miss(input, expected);
    }
    let (rest, word) = take(input, word.len(), kind);
    Ok((rest, Spanned::new(word.to_owned(), between(input, rest))))
}

/// This very word.
pub(super) fn keyword<'a>(input: Input<'a>, word: &'static str, kind: LexemeKind) -> Parse<'a, Word> {
    word_of(input, Expected::Keyword(word), kind, |_, found| found == word)
}
