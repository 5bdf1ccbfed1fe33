//! Quoted literals: texts with escapes and variables, raw texts, text blocks and bytes.

use super::address::{push_literal, variable_path};
use super::expression::{bracketed, expression};
use super::terminal::{begins_name, sign, skip, take};
use super::{Expected, Input, Parse, Problem, between, miss, refuse};
use crate::language::ast::{Expr, Piece, Quote, Spanned, Template};
use crate::language::base64;
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;
use crate::language::source::Span;

/// Whether a quoted literal begins here.
pub(super) fn starts_literal(text: &str) -> bool {
    ["\"", "'", "x\"", "b64\""].iter().any(|start| text.starts_with(start))
}

/// A quoted literal of any form.
pub(super) fn literal(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    let (rest, (quote, template)) = match () {
        () if input.starts_with("\"\"\"") => block(input).map(|(rest, text)| (rest, (Quote::Block, text)))?,
        () if input.starts_with('"') => double(input).map(|(rest, text)| (rest, (Quote::Double, text)))?,
        () if input.starts_with('\'') => single(input).map(|(rest, text)| (rest, (Quote::Single, text)))?,
        () if input.starts_with('x') => bytes(input, 2, Quote::Hex)?,
        () => bytes(input, 4, Quote::Base64)?,
    };
    Ok((rest, Spanned::new(Expr::Text(quote, template), between(input, rest))))
}

/// A quoted text of any form, without how it is quoted.
pub(super) fn text(input: Input<'_>) -> Parse<'_, Spanned<Template>> {
    if !starts_literal(&input) {
        return miss(input, Expected::phrase("a quoted text"));
    }
    let (rest, found) = literal(input)?;
    let Expr::Text(_, template) = found.node else { unreachable!("a literal is a text") };
    Ok((rest, Spanned::new(template, found.span)))
}

/// `"…"`
fn double(input: Input<'_>) -> Parse<'_, Template> {
    let (mut rest, _) = take(input, 1, LexemeKind::Text);
    let mut pieces = Vec::new();
    loop {
        if rest.starts_with('"') {
            pieces.shrink_to_fit();
            return Ok((take(rest, 1, LexemeKind::Text).0, Template { pieces }));
        }
        if rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n") {
            return refuse(
                open_text(between(input, rest), '"')
                    .hint("a text of several lines stands between `\"\"\"` and `\"\"\"`"),
            );
        }
        rest = piece(rest, &mut pieces)?.0;
    }
}

/// The error for a text without an end.
fn open_text(span: Span, quote: char) -> Diagnostic {
    Diagnostic::error("the text is not closed").at(span).labelled(format!("no `{quote}` before the end of the line"))
}

/// One escape, variable or run of letters of a text.
fn piece<'a>(input: Input<'a>, pieces: &mut Vec<Piece>) -> Parse<'a, ()> {
    match input.chars().next() {
        Some('\\') => {
            let (rest, bytes) = escape(input)?;
            push_literal(pieces, &bytes);
            Ok((rest, ()))
        }
        Some('$') if let Some(found) = interpolation(input) => {
            let (rest, piece) = found?;
            pieces.push(piece);
            Ok((rest, ()))
        }
        Some(letter) if letter.is_control() && letter != '\t' => refuse(control(input, letter)),
        first => {
            let from = first.map_or(0, char::len_utf8);
            let special = |letter: char| matches!(letter, '"' | '\\' | '$') || (letter.is_control() && letter != '\t');
            let length = input[from..].find(special).map_or(input.len(), |at| at + from);
            let (rest, run) = take(input, length, LexemeKind::Text);
            push_literal(pieces, run.as_bytes());
            Ok((rest, ()))
        }
    }
}

/// The error for a control character in a text.
fn control(input: Input<'_>, letter: char) -> Diagnostic {
    let start = input.location_offset();
    Diagnostic::error(format!("the control character U+{:04X} stands in a text", u32::from(letter)))
        .at(Span::new(start, start + letter.len_utf8()))
        .hint(format!("write `\\x{:02x}` between `\"` and `\"`", u32::from(letter)))
}

/// `\n`, `\x1f`, `\u{e9}`: the bytes it stands for.
fn escape(input: Input<'_>) -> Parse<'_, Vec<u8>> {
    let tail = &input[1..];
    let simple = match tail.chars().next() {
        Some('n') => Some(b'\n'),
        Some('r') => Some(b'\r'),
        Some('t') => Some(b'\t'),
        Some('0') => Some(0),
        Some('e') => Some(0x1b),
        Some(letter @ ('\\' | '"' | '$')) => u8::try_from(letter).ok(),
        _ => None,
    };
    if let Some(byte) = simple {
        return Ok((take(input, 2, LexemeKind::Escape).0, vec![byte]));
    }
    let start = input.location_offset();
    if tail.starts_with('x') {
        if let Some(byte) = tail.get(1..3).and_then(hex_byte) {
            return Ok((take(input, 4, LexemeKind::Escape).0, vec![byte]));
        }
        return refuse(Diagnostic::error("`\\x` takes two hexadecimal digits").at(Span::new(start, start + 2)));
    }
    if tail.starts_with("u{") {
        let close = tail.find('}').filter(|at| *at <= 10);
        let number = close.and_then(|close| u32::from_str_radix(&tail[2..close], 16).ok());
        if let Some((close, letter)) = close.zip(number.and_then(char::from_u32)) {
            return Ok((take(input, close + 2, LexemeKind::Escape).0, letter.to_string().into_bytes()));
        }
        let message = "`\\u{…}` takes the hexadecimal number of a character";
        return refuse(Diagnostic::error(message).at(Span::new(start, start + 2)));
    }
    let letter = tail.chars().next().filter(|letter| !letter.is_control());
    let end = start + 1 + letter.map_or(0, char::len_utf8);
    let shown = letter.map(String::from).unwrap_or_default();
    refuse(
        Diagnostic::error(format!("unknown escape `\\{shown}`")).at(Span::new(start, end)).hint(format!(
            "escapes are `\\n \\r \\t \\0 \\e \\\\ \\\" \\$ \\xNN \\u{{…}}`; a backslash is `\\\\{shown}`"
        )),
    )
}

/// Two hexadecimal digits as a byte.
fn hex_byte(digits: &str) -> Option<u8> {
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// `$name.field` or `${expression}` at the start of the input; `None` when the `$` is just that.
pub(super) fn interpolation(input: Input<'_>) -> Option<Parse<'_, Piece>> {
    let tail = &input[1..];
    let name = tail.starts_with(|letter: char| begins_name(letter) || letter.is_ascii_digit());
    if name || (tail.is_empty() && input.extra.touches(input.location_offset() + 1)) {
        let (rest, _) = take(input, 1, LexemeKind::Variable);
        return Some(
            variable_path(rest, false)
                .map(|(rest, variable)| (rest, Piece::Variable(Spanned::new(variable, between(input, rest))))),
        );
    }
    tail.starts_with('{').then(|| braced(input))
}

/// `${expression}`, where `${name}` is `$name`.
fn braced(input: Input<'_>) -> Parse<'_, Piece> {
    bracketed(input, |input| {
        let (rest, _) = take(input, 2, LexemeKind::Punctuation);
        let rest = skip(rest);
        if let Some((rest, variable)) = braced_variable(rest)? {
            return Ok((rest, Piece::Variable(Spanned::new(variable, between(input, rest)))));
        }
        let (rest, expr) = expression(rest)?;
        let (rest, ()) = sign(skip(rest), "}", LexemeKind::Punctuation)?;
        let span = between(input, rest);
        Ok((
            rest,
            match expr.node {
                Expr::Variable(variable) => Piece::Variable(Spanned::new(variable, span)),
                node => Piece::Expr(Spanned::new(node, span)),
            },
        ))
    })
}

/// `name}` behind `${`: the variable, if it is no more than that.
pub(super) fn braced_variable(
    input: Input<'_>,
) -> Result<Option<(Input<'_>, crate::language::ast::Variable)>, nom::Err<Problem>> {
    let first = |letter: char| begins_name(letter) || letter.is_ascii_digit() || letter == '#' || letter == '*';
    if !input.starts_with(first) {
        return Ok(None);
    }
    match variable_path(input, true) {
        Ok((rest, variable)) => {
            let after = skip(rest);
            let is_word = variable.path.is_empty() && matches!(variable.name.node.as_str(), "true" | "false");
            let close = after.starts_with('}') && !is_word;
            Ok(close.then(|| (take(after, 1, LexemeKind::Punctuation).0, variable)))
        }
        Err(nom::Err::Error(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `'…'`
fn single(input: Input<'_>) -> Parse<'_, Template> {
    let (rest, _) = take(input, 1, LexemeKind::Text);
    let length = rest.find(|letter: char| letter == '\'' || (letter.is_control() && letter != '\t'));
    let (rest, text) = take(rest, length.unwrap_or(rest.len()), LexemeKind::Text);
    match rest.chars().next() {
        Some('\'') => {
            let mut pieces = Vec::new();
            push_literal(&mut pieces, text.as_bytes());
            Ok((take(rest, 1, LexemeKind::Text).0, Template { pieces }))
        }
        Some(letter) if letter != '\n' && letter != '\r' => refuse(control(rest, letter)),
        _ => refuse(open_text(between(input, rest), '\'')),
    }
}

/// `"""…"""`: the first line end and the common indentation are no part of it.
fn block(input: Input<'_>) -> Parse<'_, Template> {
    let (mut rest, _) = take(input, 3, LexemeKind::Text);
    let Some(length) = block_length(&rest) else {
        let start = input.location_offset();
        let open = Diagnostic::error("the text is not closed by `\"\"\"`").at(Span::new(start, start + 3));
        return Err(nom::Err::Failure(Problem::Unfinished(Box::new(open.labelled("opened here")))));
    };
    let end = rest.location_offset() + length;
    let newline = newline_length(&rest);
    let indentation = indentation(&rest[newline..length], newline > 0);
    rest = take(rest, newline, LexemeKind::Text).0;
    let mut line_start = newline > 0;
    let mut pieces = Vec::new();
    while rest.location_offset() < end {
        let left = end - rest.location_offset();
        if line_start {
            rest = take(rest, margin(&rest[..left], indentation), LexemeKind::Text).0;
            line_start = false;
            continue;
        }
        let newline = newline_length(&rest);
        if newline > 0 {
            push_literal(&mut pieces, b"\n");
            rest = take(rest, newline, LexemeKind::Text).0;
            line_start = true;
        } else {
            rest = piece(rest, &mut pieces)?.0;
        }
    }
    if rest.location_offset() > end {
        return refuse(Diagnostic::error("`\"\"\"` stands inside `${…}`").at(Span::new(end, end + 3)));
    }
    Ok((take(rest, 3, LexemeKind::Text).0, Template { pieces }))
}

/// The length of the text before the closing `"""`.
fn block_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The length of the line end at the start of `text`, 0 if there is none.
fn newline_length(text: &str) -> usize {
    if text.starts_with('\n') {
        1
    } else if text.starts_with("\r\n") {
        2
    } else {
        0
    }
}

/// How many spaces and tabs begin `line`.
fn blank_length(line: &str) -> usize {
    line.find(|letter| letter != ' ' && letter != '\t').unwrap_or(line.len())
}

/// The indentation that all lines share: those with text, and the last, on which the closing quotes stand.
fn indentation(body: &str, first_counts: bool) -> usize {
    let mut lines = body.split('\n').skip(usize::from(!first_counts)).peekable();
    let mut least = usize::MAX;
    while let Some(line) = lines.next() {
        let blank = blank_length(line);
        let empty = line[blank..].trim_end_matches('\r').is_empty();
        if !empty || lines.peek().is_none() {
            least = least.min(blank);
        }
    }
    least
}

/// How much of the start of a line is no part of the text: of a blank line, all.
fn margin(rest: &str, indentation: usize) -> usize {
    let blank = blank_length(rest);
    let tail = &rest[blank..];
    if tail.is_empty() || newline_length(tail) > 0 { blank } else { blank.min(indentation) }
}

/// `x"…"` and `b64"…"`, behind an opening of that length.
fn bytes(input: Input<'_>, opening: usize, quote: Quote) -> Parse<'_, (Quote, Template)> {
    let (rest, _) = take(input, opening, LexemeKind::Text);
    let length = rest.find(['"', '\n']).unwrap_or(rest.len());
    let (rest, digits) = take(rest, length, LexemeKind::Text);
    if !rest.starts_with('"') {
        return refuse(open_text(between(input, rest), '"'));
    }
    let start = input.location_offset() + opening;
    let decoded = if quote == Quote::Hex { hex(digits) } else { base64::decode(digits) };
    match decoded {
        Ok(bytes) => {
            let mut pieces = Vec::new();
            push_literal(&mut pieces, &bytes);
            Ok((take(rest, 1, LexemeKind::Text).0, (quote, Template { pieces })))
        }
        Err((at, message)) => {
            let at = digits.floor_char_boundary(at);
            let size = digits[at..].chars().next().map_or(1, char::len_utf8);
            refuse(Diagnostic::error(message).at(Span::new(start + at, start + at + size)))
        }
    }
}

/// Hexadecimal digits with spaces between; fails with the offset and what is wrong there.
fn hex(digits: &str) -> Result<Vec<u8>, (usize, String)> {
    let mut bytes = Vec::new();
    let mut half: Option<u32> = None;
    for (at, letter) in digits.char_indices().filter(|(_, letter)| *letter != ' ' && *letter != '\t') {
        let digit = letter.to_digit(16).ok_or_else(|| (at, format!("`{letter}` is no hexadecimal digit")))?;
        half = match half {
            None => Some(digit),
            Some(high) => {
                bytes.push(u8::try_from(high * 16 + digit).expect("two digits are a byte"));
                None
            }
        };
    }
    if half.is_some() { Err((digits.len(), "the last byte has only one digit".to_owned())) } else { Ok(bytes) }
}

/// A regular expression.
pub(super) fn regex(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    if !input.starts_with('/') {
        return miss(input, Expected::Shape(Shape::Regex));
    }
    let mut escaped = false;
    let close = input[1..].char_indices().find(|(_, letter)| {
        let found = !escaped && matches!(letter, '/' | '\n');
        escaped = *letter == '\\' && !escaped;
        found || *letter == '\n'
    });
    let Some((length, '/')) = close else {
        let end = input.find('\n').unwrap_or(input.len());
        let start = input.location_offset();
        return refuse(
            Diagnostic::error("the regular expression is not closed")
                .at(Span::new(start, start + input[..end].trim_end().len()))
                .labelled("no `/` before the end of the line"),
        );
    };
    let pattern = input[1..=length].to_owned();
    let flags: String = input[length + 2..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let start = input.location_offset() + length + 2;
    if let Some(at) = flags.find(|flag| !"imsxu".contains(flag)) {
        let message = format!("unknown flag `{}`", &flags[at..=at]);
        let place = Span::new(start + at, start + at + 1);
        return refuse(Diagnostic::error(message).at(place).hint("flags are `i m s x u`"));
    }
    let (rest, _) = take(input, length + 2 + flags.len(), LexemeKind::Regex);
    let node = Expr::Regex(crate::language::ast::Regex { pattern, flags });
    Ok((rest, Spanned::new(node, between(input, rest))))
}
