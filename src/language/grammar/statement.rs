//! Statements: a label, then control syntax, a call, a command or `!`.

use super::address::session;
use super::command::command;
use super::control::control;
use super::expression::call;
use super::terminal::{continues_name, name_length, sign, skip, take};
use super::{Expected, Input, Parse, between, miss};
use crate::language::ast::{Label, Place, Spanned, Statement, StatementKind};
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;

/// A statement.
pub(super) fn statement(input: Input<'_>) -> Parse<'_, Statement> {
    let (rest, label) = label(input)?;
    let (rest, kind) = kind(rest)?;
    Ok((rest, Statement { label, kind, comment: None, span: Place(between(input, rest)) }))
}

/// `NAME:` and the spaces behind it, if a label stands here.
fn label(input: Input<'_>) -> Parse<'_, Option<Label>> {
    let text = *input.fragment();
    let mut length = match text.strip_prefix('$') {
        Some(tail) => 1 + tail.find(|letter| !continues_name(letter)).unwrap_or(tail.len()),
        None => name_length(text, true),
    };
    if length == 0 {
        return Ok((input, None));
    }
    while let Some(tail) = text[length..].strip_prefix('.') {
        let star = usize::from(tail.starts_with('*'));
        length += 1 + star.max(tail.find(|letter| !continues_name(letter)).unwrap_or(tail.len()));
    }
    let behind = text[length..].strip_prefix(':');
    if !behind.is_some_and(|tail| tail.is_empty() || tail.starts_with([' ', '\t', '\n', '\r', '\\'])) {
        return Ok((input, None));
    }
    let (rest, label) = session(input, Expected::Shape(Shape::Session), LexemeKind::Label)?;
    let (rest, ()) = sign(rest, ":", LexemeKind::Punctuation)?;
    Ok((skip(rest), Some(label)))
}

/// What the statement does.
fn kind(input: Input<'_>) -> Parse<'_, StatementKind> {
    if input.starts_with('!') {
        return shell(input);
    }
    let length = name_length(&input, true);
    let (word, tail) = input.split_at(length);
    if length == 0 || input.extra.touches(input.location_offset() + length) {
        return miss(input, Expected::Statement);
    }
    if tail.starts_with('(') {
        return call(input).map(|(rest, call)| (rest, StatementKind::Call(call)));
    }
    if let Some(parser) = control(word) {
        let (rest, _) = take(input, length, LexemeKind::Keyword);
        return parser(rest);
    }
    match input.extra.vocabulary.commands().iter().copied().find(|command| command.name == word) {
        Some(signature) => command(input, signature).map(|(rest, command)| (rest, StatementKind::Command(command))),
        None => miss(input, Expected::Statement),
    }
}

/// `!command`, up to the end of the line.
fn shell(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, _) = take(input, 1, LexemeKind::Punctuation);
    let length = rest[..rest.find('\n').unwrap_or(rest.len())].trim_end().len();
    if rest[..length].trim().is_empty() {
        return miss(rest, Expected::phrase("a command of the system"));
    }
    let (after, text) = take(rest, length, LexemeKind::Shell);
    Ok((after, StatementKind::Shell(Spanned::new(text.to_owned(), between(rest, after)))))
}
