//! Payloads: what a command takes as bytes — a literal, a file, a variable, a call or an expression in brackets.

use super::address::bare_template;
use super::quoted::{literal, starts_literal};
use super::terminal::{bare_length, name_length, take};
use super::{Expected, Input, Mode, Parse, between, miss};
use super::{expression, quoted};
use crate::language::ast::{Expr, Piece, Quote, Spanned, Template};
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;

/// A payload.
pub(super) fn payload(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    if starts_literal(&input) {
        return literal(input);
    }
    if input.starts_with('@') {
        return file(input);
    }
    operand(input, Shape::Text).or_else(|problem| match problem {
        nom::Err::Error(_) if input.extra.mode == Mode::Arguments => bare(input),
        other => Err(other),
    })
}

/// `$variable`, a call or an expression in brackets: what may stand for a literal of any shape.
pub(super) fn operand(input: Input<'_>, shape: Shape) -> Parse<'_, Spanned<Expr>> {
    if input.starts_with('$') {
        return expression::variable_expr(input, Expected::Shape(shape));
    }
    if input.starts_with('(') {
        return expression::group(input);
    }
    let length = name_length(&input, true);
    if length > 0 && input[length..].starts_with('(') {
        let (rest, call) = expression::call(input)?;
        return Ok((rest, Spanned::new(Expr::Call(call), between(input, rest))));
    }
    miss(input, Expected::Shape(shape))
}

/// `@path`, `@"a path"`
pub(super) fn file(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    let (rest, _) = take(input, 1, LexemeKind::Punctuation);
    let (rest, path) = path(rest, true)?;
    Ok((rest, Spanned::new(Expr::File(path.node), between(input, rest))))
}

/// A path, bare or quoted; a bare one ends before a bracket if `inside` an expression.
pub(super) fn path(input: Input<'_>, inside: bool) -> Parse<'_, Spanned<Template>> {
    let length = bare_length(&input, false);
    let length = if inside { input[..length].find([')', ']']).unwrap_or(length) } else { length };
    quotable(input, length, Shape::Path, LexemeKind::File)
}

/// A pattern of paths: a text without variables that begins with `/`.
pub(super) fn pattern(input: Input<'_>) -> Parse<'_, Spanned<Template>> {
    let (rest, template) = quotable(input, bare_length(&input, true), Shape::Pattern, LexemeKind::File)?;
    match template.node.literal() {
        Some(text) if text.starts_with('/') => Ok((rest, template)),
        _ => miss(input, Expected::Shape(Shape::Pattern)),
    }
}

/// A text, bare or quoted.
pub(super) fn label(input: Input<'_>) -> Parse<'_, Spanned<Template>> {
    quotable(input, bare_length(&input, true), Shape::Label, LexemeKind::Text)
}

/// What stands in quotes, or the bare word of that length.
fn quotable(input: Input<'_>, length: usize, shape: Shape, kind: LexemeKind) -> Parse<'_, Spanned<Template>> {
    if input.starts_with(['"', '\'']) {
        if shape == Shape::Path {
            input.extra.open_path(input.location_offset());
        }
        return quoted::text(input);
    }
    bare_template(input, length, Expected::Shape(shape), kind)
}

/// A word of a Unix command line, taken as it is.
fn bare(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    let length = bare_length(&input, true);
    if length == 0 {
        return miss(input, Expected::Shape(Shape::Text));
    }
    let (rest, word) = take(input, length, LexemeKind::Text);
    let template = Template { pieces: vec![Piece::Literal(word.as_bytes().to_vec())] };
    Ok((rest, Spanned::new(Expr::Text(Quote::Bare, template), between(input, rest))))
}
