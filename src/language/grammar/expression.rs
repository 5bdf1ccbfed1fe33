//! Expressions, by precedence climbing.

use super::address::variable_path;
use super::context::{DEEPEST, MOST_OPERATORS};
use super::number::number;
use super::payload::{file, operand};
use super::quoted::{braced_variable, literal, regex, starts_literal};
use super::terminal::{continues_name, name, name_length, optional_sign, sign, skip, take};
use super::{Expected, Input, Parse, between, miss, refuse};
use crate::language::ast::{BinaryOp, Call, Expr, SessionRef, Spanned, UnaryOp, Word};
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;
use crate::language::source::Span;

/// How tightly `not`, the comparisons, `..` and a sign bind; `or` and `and` bind looser, arithmetic tighter.
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const RANGE: u8 = 5;

/// What stands between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOp),
    Range,
}

/// Operators with their precedence, longer signs first.
const INFIXES: &[(&str, Infix, u8)] = &[
    ("or", Infix::Binary(BinaryOp::Or), 1),
    ("and", Infix::Binary(BinaryOp::And), 2),
    ("==", Infix::Binary(BinaryOp::Equal), COMPARISON),
    ("!=", Infix::Binary(BinaryOp::NotEqual), COMPARISON),
    ("<=", Infix::Binary(BinaryOp::LessEqual), COMPARISON),
    (">=", Infix::Binary(BinaryOp::GreaterEqual), COMPARISON),
    ("<", Infix::Binary(BinaryOp::Less), COMPARISON),
    (">", Infix::Binary(BinaryOp::Greater), COMPARISON),
    ("contains", Infix::Binary(BinaryOp::Contains), COMPARISON),
    ("starts", Infix::Binary(BinaryOp::Starts), COMPARISON),
    ("ends", Infix::Binary(BinaryOp::Ends), COMPARISON),
    ("~", Infix::Binary(BinaryOp::Matches), COMPARISON),
    ("..", Infix::Range, RANGE),
    ("+", Infix::Binary(BinaryOp::Add), 6),
    ("-", Infix::Binary(BinaryOp::Subtract), 6),
    ("*", Infix::Binary(BinaryOp::Multiply), 7),
    ("/", Infix::Binary(BinaryOp::Divide), 7),
    ("%", Infix::Binary(BinaryOp::Remainder), 7),
];

/// An expression.
pub(super) fn expression(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    if input.extra.brackets.get() == 0 {
        input.extra.operators.set(0);
    }
    binary(input, 1)
}

/// Operands joined by operators that bind at least as tightly as `least`.
fn binary(input: Input<'_>, least: u8) -> Parse<'_, Spanned<Expr>> {
    let (mut rest, mut left) = prefix(input, least)?;
    let mut closed = u8::MAX;
    loop {
        let here = skip(rest);
        let Some((sign, infix, binds)) = infix(here) else {
            here.extra.expect(here.location_offset(), Expected::Operator);
            return Ok((rest, left));
        };
        if binds < least {
            return Ok((rest, left));
        }
        if binds == closed {
            return chained(here, sign, binds);
        }
        count_operator(here)?;
        let kind = if sign.starts_with(char::is_alphabetic) { LexemeKind::Keyword } else { LexemeKind::Operator };
        let (after, _) = take(here, sign.len(), kind);
        let (after, right) = binary(skip(after), binds + 1)?;
        let node = match infix {
            Infix::Binary(operator) => Expr::Binary(operator, Box::new(left), Box::new(right)),
            Infix::Range => Expr::Range(Box::new(left), Box::new(right)),
        };
        left = Spanned::new(node, between(input, after));
        rest = after;
        // What binds looser than a comparison may follow it, but not a second one.
        closed = if binds == COMPARISON || binds == RANGE { binds } else { u8::MAX };
    }
}

/// The operator at the start of the input.
fn infix(input: Input<'_>) -> Option<(&'static str, Infix, u8)> {
    let text = *input.fragment();
    let first = text.chars().next()?;
    if !(first.is_ascii_punctuation() || "oacse".contains(first)) {
        return None;
    }
    let (sign, infix, binds) = INFIXES.iter().find(|(sign, _, _)| text.starts_with(sign))?;
    let tail = &text[sign.len()..];
    let is_word = sign.starts_with(char::is_alphabetic);
    if is_word && tail.starts_with(|letter| continues_name(letter) || "-=".contains(letter)) {
        return None;
    }
    let touching = is_word && input.extra.touches(input.location_offset() + sign.len());
    if touching || (*sign == "-" && tail.starts_with('>')) {
        return None;
    }
    Some((sign, *infix, *binds))
}

/// Two comparisons, or two ranges, in a row.
fn chained<'a, T>(input: Input<'a>, sign: &str, binds: u8) -> Parse<'a, T> {
    let start = input.location_offset();
    let place = Span::new(start, start + sign.len());
    if binds == COMPARISON {
        refuse(Diagnostic::error("comparisons do not chain").at(place).hint("join two of them with `and`"))
    } else {
        refuse(Diagnostic::error("a range has two ends").at(place))
    }
}

/// Counts an operator; an expression of too many is refused, for its tree would be too deep.
fn count_operator(input: Input<'_>) -> Result<(), nom::Err<super::Problem>> {
    let count = input.extra.operators.get() + 1;
    input.extra.operators.set(count);
    if count <= MOST_OPERATORS {
        return Ok(());
    }
    let start = input.location_offset();
    let length = input.chars().next().map_or(0, char::len_utf8);
    let message = format!("an expression has more than {MOST_OPERATORS} operators");
    refuse::<()>(Diagnostic::error(message).at(Span::new(start, start + length))).map(|_| ())
}

/// `not x`, `-x`, or an operand with its indexes.
fn prefix(input: Input<'_>, least: u8) -> Parse<'_, Spanned<Expr>> {
    let word = name_length(&input, true);
    let (operator, length) = match () {
        () if least <= NOT && &input[..word] == "not" => (UnaryOp::Not, 3),
        () if input.starts_with('-') && !input.starts_with("->") => (UnaryOp::Negate, 1),
        () => return postfix(input),
    };
    count_operator(input)?;
    bracketed(input, |input| {
        let kind = if operator == UnaryOp::Not { LexemeKind::Keyword } else { LexemeKind::Operator };
        let (rest, _) = take(input, length, kind);
        let (rest, operand) =
            if operator == UnaryOp::Not { binary(skip(rest), NOT)? } else { prefix(skip(rest), u8::MAX)? };
        Ok((rest, Spanned::new(Expr::Unary(operator, Box::new(operand)), between(input, rest))))
    })
}

/// An operand, perhaps with `[index]` right behind it.
fn postfix(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    let (mut rest, mut value) = primary(input)?;
    while rest.starts_with('[') {
        count_operator(rest)?;
        let (after, index) = bracketed(rest, |rest| {
            let (rest, _) = take(rest, 1, LexemeKind::Punctuation);
            let (rest, index) = expression(skip(rest))?;
            let (rest, ()) = sign(skip(rest), "]", LexemeKind::Punctuation)?;
            Ok((rest, index))
        })?;
        value = Spanned::new(Expr::Index(Box::new(value), Box::new(index)), between(input, after));
        rest = after;
    }
    Ok((rest, value))
}

/// An operand.
fn primary(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    if starts_literal(&input) {
        return literal(input);
    }
    match input.chars().next() {
        Some('0'..='9') => number(input),
        Some('@') => file(input),
        Some('/') => regex(input),
        Some('[') => list(input),
        _ => word(input).or_else(|problem| match problem {
            nom::Err::Error(super::Problem::Expected) => operand(input, Shape::Value),
            other => Err(other),
        }),
    }
}

/// `true`, `false`, `srv.*`
fn word(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    let length = name_length(&input, true);
    let tail = &input[length..];
    let text = &input[..length];
    let here = input.location_offset();
    if input.extra.touches(here + length) && (length > 0 || here == input.extra.text.len()) {
        input.extra.expect(here, Expected::Function);
        input.extra.expect(here, Expected::Keyword("true"));
        input.extra.expect(here, Expected::Keyword("false"));
        return miss(input, Expected::Keyword("not"));
    }
    if length > 0 && tail.starts_with(".*") {
        let node = Expr::Sessions(SessionRef::All(text.to_owned()));
        let (rest, _) = take(input, length + 2, LexemeKind::Session);
        return Ok((rest, Spanned::new(node, between(input, rest))));
    }
    if matches!(text, "true" | "false") && !tail.starts_with('(') {
        let node = Expr::Boolean(text == "true");
        let (rest, _) = take(input, length, LexemeKind::Keyword);
        return Ok((rest, Spanned::new(node, between(input, rest))));
    }
    Err(nom::Err::Error(super::Problem::Expected))
}

/// `$name.field`, `${name}`
pub(super) fn variable_expr(input: Input<'_>, expected: Expected) -> Parse<'_, Spanned<Expr>> {
    if !input.starts_with('$') {
        return miss(input, expected);
    }
    let (rest, variable) = if input.starts_with("${") {
        let (inner, _) = take(input, 2, LexemeKind::Punctuation);
        match braced_variable(skip(inner))? {
            Some(found) => found,
            None => return miss(inner, Expected::Variable),
        }
    } else {
        let (rest, _) = take(input, 1, LexemeKind::Variable);
        variable_path(rest, false)?
    };
    Ok((rest, Spanned::new(Expr::Variable(variable), between(input, rest))))
}

/// `(a)`
pub(super) fn group(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    bracketed(input, |input| {
        let (rest, _) = take(input, 1, LexemeKind::Punctuation);
        let (rest, inner) = expression(skip(rest))?;
        let (rest, ()) = sign(skip(rest), ")", LexemeKind::Punctuation)?;
        Ok((rest, Spanned::new(Expr::Group(Box::new(inner)), between(input, rest))))
    })
}

/// `[a, b]`
fn list(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    bracketed(input, |input| {
        let (rest, _) = take(input, 1, LexemeKind::Punctuation);
        let (rest, items) = separated(rest, "]", expression)?;
        Ok((rest, Spanned::new(Expr::List(items), between(input, rest))))
    })
}

/// `name(a, key=b)`
pub(super) fn call(input: Input<'_>) -> Parse<'_, Call> {
    let (rest, name) = name(input, Expected::Function, LexemeKind::Function)?;
    bracketed(rest, |rest| {
        let (rest, ()) = sign(rest, "(", LexemeKind::Punctuation)?;
        let (rest, arguments) = separated(rest, ")", argument)?;
        let named = arguments.iter().position(|(key, _)| key.is_some()).unwrap_or(arguments.len());
        if let Some((_, value)) = arguments[named..].iter().find(|(key, _)| key.is_none()) {
            let message = "an argument without a name stands behind one with a name";
            return refuse(Diagnostic::error(message).at(value.span));
        }
        Ok((rest, Call { name: name.clone(), arguments }))
    })
}

/// An argument, perhaps with its name.
fn argument(input: Input<'_>) -> Parse<'_, (Option<Word>, Spanned<Expr>)> {
    let length = name_length(&input, true);
    let tail = input[length..].trim_start_matches([' ', '\t']);
    if length == 0 || !tail.starts_with('=') || tail.starts_with("==") {
        return expression(input).map(|(rest, value)| (rest, (None, value)));
    }
    let (rest, key) = name(input, Expected::phrase("a parameter"), LexemeKind::Option)?;
    let (rest, ()) = sign(skip(rest), "=", LexemeKind::Operator)?;
    let (rest, value) = expression(skip(rest))?;
    Ok((rest, (Some(key), value)))
}

/// Items joined by `,` up to `close`; a `,` may stand behind the last.
pub(super) fn separated<'a, T>(
    input: Input<'a>,
    close: &'static str,
    item: impl Fn(Input<'a>) -> Parse<'a, T>,
) -> Parse<'a, Vec<T>> {
    let mut items = Vec::new();
    let mut rest = skip(input);
    // Items stand side by side: the deepest counts, not their sum.
    let operators = &input.extra.operators;
    let (before, mut most) = (operators.get(), operators.get());
    loop {
        if let Some(rest) = optional_sign(rest, close, LexemeKind::Punctuation) {
            return Ok((rest, items));
        }
        if items.is_empty() {
            rest.extra.expect(rest.location_offset(), Expected::Sign(close));
        }
        operators.set(before);
        let (after, found) = item(rest)?;
        most = most.max(operators.get());
        operators.set(most);
        items.push(found);
        rest = skip(after);
        let Some(after) = optional_sign(rest, ",", LexemeKind::Punctuation) else {
            rest.extra.expect(rest.location_offset(), Expected::Sign(","));
            return sign(rest, close, LexemeKind::Punctuation).map(|(rest, ())| (rest, items));
        };
        rest = skip(after);
    }
}

/// Runs `inner` one level of brackets deeper; too deep is an error.
pub(super) fn bracketed<'a, T>(input: Input<'a>, inner: impl FnOnce(Input<'a>) -> Parse<'a, T>) -> Parse<'a, T> {
    let depth = input.extra.brackets.get();
    if depth >= DEEPEST {
        let start = input.location_offset();
        let length = input.chars().next().map_or(0, char::len_utf8);
        let message = format!("brackets nest deeper than {DEEPEST}");
        return refuse(Diagnostic::error(message).at(Span::new(start, start + length)));
    }
    input.extra.brackets.set(depth + 1);
    let result = inner(input);
    input.extra.brackets.set(depth);
    result
}
