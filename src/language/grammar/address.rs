//! Addresses, hosts, ports and sessions: the bare words of the language, perhaps with variables in them.

use super::quoted::interpolation;
use super::terminal::{
    at_end, bare_length, begins_name, continues_name, name_length, optional_sign, skip, space, take,
};
use super::{Ahead, Expected, Input, Parse, between, miss};
use crate::language::ast::{Piece, SessionRef, Spanned, Template, Term, Variable, Word};
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;
use crate::language::source::Span;
use crate::language::vocabulary::AddressProblem;

/// The bare word of that length, with the variables in it.
pub(super) fn bare_template(
    input: Input<'_>,
    length: usize,
    expected: Expected,
    kind: LexemeKind,
) -> Parse<'_, Spanned<Template>> {
    let end = input.location_offset() + length;
    let mut pieces = Vec::new();
    let mut rest = input;
    while rest.location_offset() < end {
        if rest.starts_with('$')
            && let Some(found) = interpolation(rest)
        {
            let (after, piece) = found?;
            pieces.push(piece);
            rest = after;
            continue;
        }
        let left = end - rest.location_offset();
        let from = usize::from(rest.starts_with('$'));
        let literal = rest[from..left].find('$').map_or(left, |at| at + from);
        if rest.location_offset() + literal == end && rest.extra.touches(end) {
            return miss(input, expected);
        }
        let (after, text) = take(rest, literal, kind);
        push_literal(&mut pieces, text.as_bytes());
        rest = after;
    }
    if pieces.is_empty() {
        return miss(input, expected);
    }
    pieces.shrink_to_fit();
    Ok((rest, Spanned::new(Template { pieces }, between(input, rest))))
}

/// Adds bytes to the last literal, or as a new one.
pub(super) fn push_literal(pieces: &mut Vec<Piece>, bytes: &[u8]) {
    match pieces.last_mut() {
        Some(Piece::Literal(last)) => last.extend_from_slice(bytes),
        _ if bytes.is_empty() => {}
        _ => pieces.push(Piece::Literal(bytes.to_vec())),
    }
}

/// One address; `protocol` is the transport before it, if one was written.
pub(super) fn address<'a>(input: Input<'a>, protocol: Option<&str>) -> Parse<'a, Spanned<Template>> {
    let expected = Expected::Shape(Shape::Address);
    let (rest, template) = bare_template(input, bare_length(&input, false), expected, LexemeKind::Address)?;
    checked(input, &template, protocol)?;
    Ok((rest, template))
}

/// Fails where a literal stops being an address.
fn checked<'a>(input: Input<'a>, template: &Spanned<Template>, protocol: Option<&str>) -> Parse<'a, ()> {
    let vocabulary = input.extra.vocabulary;
    let Some(text) = template.node.literal() else { return Ok((input, ())) };
    let Err(mut problem) = vocabulary.check_address(text) else { return Ok((input, ())) };
    if let Some(protocol) = protocol {
        let Err(of_protocol) = vocabulary.check_address(&format!("{protocol}:{text}")) else { return Ok((input, ())) };
        let names_another = text.split_once(':').is_some_and(|(word, _)| is_protocol(input, word));
        if let Some(offset) = of_protocol.offset.checked_sub(protocol.len() + 1).filter(|_| !names_another) {
            problem = AddressProblem { offset, ..of_protocol };
        }
    }
    let start = template.span.start;
    if name_length(text, true) == text.len() {
        // A mere name is wrong as a whole: it may be a misspelt stage or option.
        input.extra.expect(start, Expected::Shape(Shape::Address));
    } else {
        let offset = text.floor_char_boundary(problem.offset.min(text.len()));
        input.extra.expect(start + offset, Expected::Phrase(problem.expected.into()));
    }
    Err(nom::Err::Error(super::Problem::Expected))
}

fn is_protocol(input: Input<'_>, word: &str) -> bool {
    input.extra.vocabulary.protocols().iter().any(|protocol| protocol.name == word)
}

/// `HOST PORT`, an address, `$session`, or a URL.
pub(super) fn endpoint<'a>(
    input: Input<'a>,
    protocol: Option<&str>,
    ends: impl Fn(Input<'a>) -> bool,
) -> Parse<'a, Term> {
    let expected = Expected::Shape(Shape::Endpoint);
    let (rest, first) = bare_template(input, bare_length(&input, true), expected, LexemeKind::Address)?;
    let (after, spaced) = space(rest);
    let word = &after[..bare_length(&after, false)];
    if spaced && !at_end(after) && !ends(after) {
        let is_port = word.starts_with('$') || word.parse::<u16>().is_ok();
        if is_port {
            let (rest, second) = bare_template(after, word.len(), Expected::Port, LexemeKind::Address)?;
            return Ok((rest, Term::Endpoint(vec![first, second])));
        }
        if is_whole(input, &first.node, protocol) {
            return Ok((rest, Term::Endpoint(vec![first])));
        }
        return miss(after, Expected::Port);
    }
    if is_whole(input, &first.node, protocol) {
        return Ok((rest, Term::Endpoint(vec![first])));
    }
    let literal = first.node.literal().unwrap_or("");
    if literal.chars().all(|letter| letter.is_alphanumeric() || "-._".contains(letter)) {
        return missing_port(rest, literal, first.span);
    }
    if literal.contains("://")
        && let Err(problem) = input.extra.vocabulary.check_url(literal)
    {
        return not_a_url(input, literal, &first.span, problem);
    }
    checked(input, &first, protocol).map(|(input, ())| (input, Term::Endpoint(Vec::new())))
}

/// A host stands alone.
fn missing_port<'a>(input: Input<'a>, host: &str, span: Span) -> Parse<'a, Term> {
    let here = skip(input);
    input.extra.ahead(here.location_offset(), Ahead::Word("PORT"));
    input.extra.expect(here.location_offset(), Expected::Port);
    if !input.extra.touches(input.extra.text.len()) {
        let complaint = Diagnostic::error("expected a port").at(span).labelled("a host without a port");
        input.extra.complain(here.location_offset(), complaint.hint(format!("write `{host} 80` or `{host}:80`")));
    }
    Err(nom::Err::Error(super::Problem::Expected))
}

/// `http://localhost:8080/path`, or a session that listens.
pub(super) fn url(input: Input<'_>) -> Parse<'_, Spanned<Template>> {
    let expected = Expected::Shape(Shape::Url);
    let (rest, template) = bare_template(input, bare_length(&input, true), expected, LexemeKind::Address)?;
    let Some(text) = template.node.literal() else { return Ok((rest, template)) };
    let Err(problem) = input.extra.vocabulary.check_url(text) else { return Ok((rest, template)) };
    not_a_url(input, text, &template.span, problem)
}

/// Fails where a literal stops being a URL.
fn not_a_url<'a, T>(input: Input<'a>, text: &str, span: &Span, problem: AddressProblem) -> Parse<'a, T> {
    let offset = span.start + text.floor_char_boundary(problem.offset.min(text.len()));
    input.extra.expect(offset, Expected::Phrase(problem.expected.into()));
    Err(nom::Err::Error(super::Problem::Expected))
}

/// Whether a word says all by itself where to connect.
fn is_whole(input: Input<'_>, template: &Template, protocol: Option<&str>) -> bool {
    template.literal().is_none_or(|text| {
        let vocabulary = input.extra.vocabulary;
        vocabulary.check_address(text).is_ok()
            || text.contains("://") && vocabulary.check_url(text).is_ok()
            || protocol.is_some_and(|protocol| vocabulary.check_address(&format!("{protocol}:{text}")).is_ok())
    })
}

/// `22,80,8000-8100`
pub(super) fn ports(input: Input<'_>) -> Parse<'_, Spanned<Template>> {
    let length = bare_length(&input, true);
    let (rest, template) = bare_template(input, length, Expected::Shape(Shape::Ports), LexemeKind::Address)?;
    let mut offset = template.span.start;
    for part in template.node.literal().unwrap_or("0").split([',', '-']) {
        if part.parse::<u16>().is_err() {
            input.extra.expect(offset, Expected::phrase("a port from 0 to 65535"));
            return Err(nom::Err::Error(super::Problem::Expected));
        }
        offset += part.len() + 1;
    }
    Ok((rest, template))
}

/// `$name` behind its `$`: the name, then fields behind dots. `dashes` lets `-` stand inside the name.
pub(super) fn variable_path(input: Input<'_>, dashes: bool) -> Parse<'_, Variable> {
    let digits = input.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(input.len());
    let length = if digits > 0 { digits } else { name_length(&input, dashes) };
    let length = if length == 0 && input.starts_with(['#', '*']) { 1 } else { length };
    if length == 0 || input.extra.touches(input.location_offset() + length) {
        return miss(input, Expected::Variable);
    }
    let (mut rest, name) = take(input, length, LexemeKind::Variable);
    let mut span = between(input, rest);
    if input.extra.text[..span.start].ends_with('$') {
        span.start -= 1;
    }
    let name = Spanned::new(name.to_owned(), span);
    let mut path: Vec<Word> = Vec::new();
    while let Some(tail) = rest.strip_prefix('.') {
        let ends = rest.extra.touches(rest.location_offset() + 1);
        if !ends && !tail.starts_with(|letter| begins_name(letter) || continues_name(letter) || letter == '*') {
            break;
        }
        let (dot, _) = take(rest, 1, LexemeKind::Variable);
        let length = segment_length(tail);
        if dot.extra.touches(dot.location_offset() + length) {
            return miss(dot, Expected::Field(name.node));
        }
        let (after, segment) = take(dot, length, LexemeKind::Variable);
        path.push(Spanned::new(segment.to_owned(), between(dot, after)));
        rest = after;
    }
    Ok((rest, Variable { name, path }))
}

/// The length of a field, a number or `*`.
fn segment_length(text: &str) -> usize {
    if text.starts_with('*') {
        return 1;
    }
    text.find(|letter| !continues_name(letter)).unwrap_or(text.len())
}

/// `srv`, `srv.1`, `srv.*`, `$x`: a session, as a lexeme of that kind.
pub(super) fn session(input: Input<'_>, expected: Expected, kind: LexemeKind) -> Parse<'_, Spanned<SessionRef>> {
    if let Some(rest) = optional_sign(input, "$", LexemeKind::Variable) {
        let (rest, variable) = variable_path(rest, false)?;
        return Ok((rest, Spanned::new(SessionRef::Variable(variable), between(input, rest))));
    }
    let text = *input.fragment();
    let mut length = name_length(text, true);
    if length == 0 {
        return miss(input, expected);
    }
    let base = length;
    while let Some(tail) = text[length..].strip_prefix('.') {
        let segment = if tail.starts_with('*') { 1 } else { tail.find(|l| !continues_name(l)).unwrap_or(tail.len()) };
        if segment == 0 {
            break;
        }
        length += 1 + segment;
        if tail.starts_with('*') {
            break;
        }
    }
    if input.extra.touches(input.location_offset() + length) {
        return miss(input, expected);
    }
    let all = text[..length].ends_with(".*") && length == base + 2;
    let (rest, word) = take(input, length, kind);
    let node = if all { SessionRef::All(word[..base].to_owned()) } else { SessionRef::Name(word.to_owned()) };
    Ok((rest, Spanned::new(node, between(input, rest))))
}
