//! Shapes: from what a signature asks for to what was written.

use super::address::{address, bare_template, endpoint, ports, session, url};
use super::expression::expression;
use super::number::{fitted, number_shown};
use super::payload::{label, operand, path, pattern, payload};
use super::pipeline::{pipeline, route};
use super::quoted::regex;
use super::terminal::{at_end, bare_length, continues_name, gap, keyword, name, name_length, plain, take, word_of};
use super::{Ahead, Expected, Input, Parse, between, miss};
use crate::language::ast::{Expr, Spanned, Term, UnaryOp, Word};
use crate::language::lexeme::LexemeKind;
use crate::language::signature::{OptionForm, Shape, Signature};

/// Where a term stands: what may follow it, and the transport before it.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    /// The signatures whose options may follow.
    pub(super) signatures: &'s [&'static Signature],
    /// Whether an arrow may follow.
    pub(super) arrows: bool,
    /// The transport that was written before.
    pub(super) protocol: Option<&'s str>,
}

impl Place<'_> {
    /// Whether the input goes on with an option or an arrow, so that an optional word ends before it.
    pub(super) fn ends(self, input: Input<'_>) -> bool {
        let length = name_length(&input, true);
        let (word, tail) = input.split_at(length);
        if self.arrows && (input.starts_with("->") || plain(input) == "to") {
            return true;
        }
        if length == 0 {
            return false;
        }
        if tail.starts_with('=') && !tail.starts_with("==") {
            return true;
        }
        let whole = tail.is_empty() || tail.starts_with(char::is_whitespace);
        let is_key = |signature: &&'static Signature| {
            signature.option(word).is_some_and(|option| option.form == OptionForm::Word)
        };
        whole && self.signatures.iter().any(is_key)
    }
}

/// Whether words of that shape could also be the key of an option.
pub(super) fn is_bare(shape: Shape) -> bool {
    use Shape::{
        Address, Endpoint, Host, Hosts, Label, NewSession, NewVariable, Path, Pattern, Ports, Session, Topic, Url,
        VariableName, Word,
    };
    matches!(
        shape,
        Address
            | Endpoint
            | Url
            | Host
            | Hosts
            | Label
            | Ports
            | Path
            | Pattern
            | Session
            | NewSession
            | NewVariable
            | VariableName
            | Word
            | Topic
    )
}

/// A term of that shape.
pub(super) fn term<'a>(input: Input<'a>, shape: Shape, place: Place<'_>) -> Parse<'a, Spanned<Term>> {
    let (rest, node) = match shape {
        Shape::Keyword(word) => plain_word(keyword(input, word, LexemeKind::Keyword)),
        Shape::Choice(alternatives) => choice(input, alternatives, place),
        Shape::Text => expr(payload(input)),
        Shape::Value => expr(expression(input)),
        Shape::Integer | Shape::Duration | Shape::Size | Shape::Rate | Shape::Percent => expr(quantity(input, shape)),
        Shape::Regex => expr(if input.starts_with('/') { regex(input) } else { operand(input, shape) }),
        Shape::Boolean => plain_word(word_of(input, Expected::Shape(shape), LexemeKind::Keyword, |_, word| {
            matches!(word, "yes" | "no")
        })),
        Shape::Protocol => plain_word(word_of(input, Expected::Shape(shape), LexemeKind::Protocol, |context, word| {
            // One that is a place all by itself stands where its address would.
            let is_place = context.vocabulary.check_address(word).is_ok();
            !is_place && context.vocabulary.protocols().iter().any(|entry| entry.name == word)
        })),
        Shape::Address => template(address(input, place.protocol)),
        Shape::Endpoint if place.protocol.is_some_and(|word| input.extra.vocabulary.takes_command(word)) => {
            expr(payload(input))
        }
        Shape::Endpoint => endpoint(input, place.protocol, |input| place.ends(input)),
        Shape::Url => template(url(input)),
        Shape::Hosts => {
            template(bare_template(input, bare_length(&input, true), Expected::Shape(shape), LexemeKind::Address))
        }
        Shape::Host => {
            template(bare_template(input, bare_length(&input, false), Expected::Shape(shape), LexemeKind::Address))
        }
        Shape::Ports => template(ports(input)),
        Shape::Path => template(path(input, false)),
        Shape::Pattern => template(pattern(input)),
        Shape::Label => template(label(input)),
        Shape::Session => {
            session(input, Expected::Shape(shape), LexemeKind::Session).map(|(rest, it)| (rest, Term::Session(it.node)))
        }
        Shape::NewSession => plain_word(name(input, Expected::Shape(shape), LexemeKind::Session)),
        Shape::NewVariable | Shape::VariableName => {
            plain_word(name(input, Expected::Shape(shape), LexemeKind::Variable))
        }
        Shape::Word | Shape::Topic => plain_word(any_word(input, shape)),
        Shape::Pipeline => pipeline(input, place).map(|(rest, stages)| (rest, Term::Pipeline(stages))),
        Shape::Route => route(input, place).map(|(rest, route)| (rest, Term::Route(route))),
    }?;
    Ok((rest, Spanned::new(node, between(input, rest))))
}

/// A word as a term.
fn plain_word(word: Parse<'_, Word>) -> Parse<'_, Term> {
    word.map(|(rest, word)| (rest, Term::Word(word.node)))
}

/// An expression as a term.
fn expr(expr: Parse<'_, Spanned<Expr>>) -> Parse<'_, Term> {
    expr.map(|(rest, expr)| (rest, Term::Expr(expr.node)))
}

/// A template as a term.
fn template(template: Parse<'_, Spanned<crate::language::ast::Template>>) -> Parse<'_, Term> {
    template.map(|(rest, template)| (rest, Term::Template(template.node)))
}

/// Any bare word.
fn any_word(input: Input<'_>, shape: Shape) -> Parse<'_, Word> {
    let length = bare_length(&input, false);
    if length == 0 || input.extra.touches(input.location_offset() + length) {
        return miss(input, Expected::Shape(shape));
    }
    let (rest, word) = take(input, length, LexemeKind::Word);
    Ok((rest, Spanned::new(word.to_owned(), between(input, rest))))
}

/// The first alternative that fits.
fn choice<'a>(input: Input<'a>, alternatives: &'static [&'static [Shape]], place: Place<'_>) -> Parse<'a, Term> {
    for alternative in alternatives {
        match sequence(input, alternative, place) {
            Err(nom::Err::Error(_)) => {}
            other => return other,
        }
    }
    Err(nom::Err::Error(super::Problem::Expected))
}

/// Shapes one after the other.
fn sequence<'a>(input: Input<'a>, shapes: &'static [Shape], place: Place<'_>) -> Parse<'a, Term> {
    let mut terms = Vec::with_capacity(shapes.len());
    let mut rest = input;
    for (at, shape) in shapes.iter().enumerate() {
        let here = match at {
            0 => rest,
            _ if at_end(rest) => rest,
            _ => gap(rest)?.0,
        };
        if is_bare(*shape) && place.ends(here) {
            return miss(here, Expected::Shape(*shape));
        }
        if at > 0 {
            here.extra.ahead(here.location_offset(), Ahead::Shapes(&shapes[at..]));
        }
        let (after, found) = term(here, *shape, place)?;
        terms.push(found);
        rest = after;
    }
    Ok((rest, Term::Sequence(terms)))
}

/// A number of the kind that `shape` asks for, or something that gives one.
pub(super) fn quantity(input: Input<'_>, shape: Shape) -> Parse<'_, Spanned<Expr>> {
    let expected = Expected::Shape(shape);
    if shape == Shape::Integer && input.starts_with('-') && !input.starts_with("->") {
        let (rest, _) = take(input, 1, LexemeKind::Operator);
        let (rest, number) = quantity(rest, shape)?;
        return Ok((rest, Spanned::new(Expr::Unary(UnaryOp::Negate, Box::new(number)), between(input, rest))));
    }
    if !input.starts_with(|letter: char| letter.is_ascii_digit()) {
        return operand(input, shape);
    }
    let (rest, number) = number_shown(input, expected.clone())?;
    let glued = rest.starts_with(|letter| continues_name(letter) || letter == '.');
    match fitted(number.node, &input[..number.span.end - number.span.start], shape) {
        Some(node) if !glued => Ok((rest, Spanned::new(node, number.span))),
        _ => miss(input, expected),
    }
}
