//! Control flow: the closed syntax.

use super::block::block;
use super::expression::{expression, separated};
use super::quoted::{starts_literal, text};
use super::terminal::{at_end, gap, keyword, name, sign, skip};
use super::{Expected, Input, Parse, miss};
use crate::language::ast::{Expr, Spanned, StatementKind, Word};
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;
use crate::language::vocabulary::Entry;

/// The words that begin a statement of the control syntax.
pub(crate) const KEYWORDS: &[Entry] = &[
    Entry { name: "let", summary: "sets a variable" },
    Entry { name: "if", summary: "runs a block if a condition holds" },
    Entry { name: "while", summary: "runs a block as long as a condition holds" },
    Entry { name: "for", summary: "runs a block for each item of a list" },
    Entry { name: "repeat", summary: "runs a block a number of times" },
    Entry { name: "break", summary: "leaves the loop" },
    Entry { name: "continue", summary: "goes on with the loop's next turn" },
    Entry { name: "def", summary: "defines a function" },
    Entry { name: "return", summary: "leaves the function, perhaps with a value" },
    Entry { name: "include", summary: "runs another script here" },
    Entry { name: "par", summary: "runs the statements of a block side by side" },
    Entry { name: "retry", summary: "runs a block again until it holds" },
    Entry { name: "test", summary: "a named test case" },
    Entry { name: "setup", summary: "what the tests of the script need" },
    Entry { name: "cleanup", summary: "runs at the end, whatever happened" },
];

/// What reads the rest of a statement behind its first word.
type Parser = for<'a> fn(Input<'a>) -> Parse<'a, StatementKind>;

/// What reads the statement that begins with `word`.
pub(super) fn control(word: &str) -> Option<Parser> {
    Some(match word {
        "let" => assignment,
        "if" => conditional,
        "while" => while_loop,
        "for" => for_loop,
        "repeat" => repeat,
        "break" => |input| Ok((input, StatementKind::Break)),
        "continue" => |input| Ok((input, StatementKind::Continue)),
        "def" => definition,
        "return" => give_back,
        "include" => include,
        "par" => |input| body(input).map(|(rest, block)| (rest, StatementKind::Par(block))),
        "retry" => retry,
        "test" => test,
        "setup" => |input| body(input).map(|(rest, block)| (rest, StatementKind::Setup(block))),
        "cleanup" => |input| body(input).map(|(rest, block)| (rest, StatementKind::Cleanup(block))),
        _ => return None,
    })
}

/// A block behind spaces.
fn body(input: Input<'_>) -> Parse<'_, crate::language::ast::Block> {
    block(skip(input))
}

/// A space, unless the line ends: then what should follow is missed instead.
fn spaced(input: Input<'_>) -> Parse<'_, ()> {
    if at_end(input) { Ok((input, ())) } else { gap(input) }
}

/// An expression behind a space.
fn value(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    let (rest, ()) = if input.starts_with('(') { (input, ()) } else { spaced(input)? };
    expression(rest)
}

/// A name that a variable gets, behind a space.
fn variable(input: Input<'_>) -> Parse<'_, Word> {
    let (rest, ()) = spaced(input)?;
    name(rest, Expected::Shape(Shape::NewVariable), LexemeKind::Variable)
}

/// `name = value`
fn assignment(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, name) = variable(input)?;
    let (rest, ()) = sign(skip(rest), "=", LexemeKind::Operator)?;
    let (rest, value) = expression(skip(rest))?;
    Ok((rest, StatementKind::Let { name, value }))
}

/// `condition { } else if condition { } else { }`
fn conditional(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, condition) = value(input)?;
    let (mut rest, first) = body(rest)?;
    let mut arms = vec![(condition, first)];
    loop {
        let Ok((after, _)) = keyword(skip(rest), "else", LexemeKind::Keyword) else {
            return Ok((rest, StatementKind::If { arms, otherwise: None }));
        };
        let after = skip(after);
        if let Ok((after, _)) = keyword(after, "if", LexemeKind::Keyword) {
            let (after, condition) = value(after)?;
            let (after, block) = body(after)?;
            arms.push((condition, block));
            rest = after;
        } else {
            let (after, block) = body(after)?;
            return Ok((after, StatementKind::If { arms, otherwise: Some(block) }));
        }
    }
}

/// `condition { }`
fn while_loop(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, condition) = value(input)?;
    let (rest, body) = body(rest)?;
    Ok((rest, StatementKind::While { condition, body }))
}

/// `x in list { }`
fn for_loop(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, name) = variable(input)?;
    let (rest, _) = keyword(skip(rest), "in", LexemeKind::Keyword)?;
    let (rest, list) = value(rest)?;
    let (rest, body) = body(rest)?;
    Ok((rest, StatementKind::For { name, list, body }))
}

/// `N { }`
fn repeat(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, count) = value(input)?;
    let (rest, body) = body(rest)?;
    Ok((rest, StatementKind::Repeat { count, body }))
}

/// `name(a, b=1) { }`
fn definition(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, ()) = spaced(input)?;
    let (rest, name) = name(rest, Expected::phrase("a name for the function"), LexemeKind::Function)?;
    let (rest, ()) = sign(skip(rest), "(", LexemeKind::Punctuation)?;
    let (rest, parameters) = separated(rest, ")", parameter)?;
    let (rest, body) = body(rest)?;
    Ok((rest, StatementKind::Def { name, parameters, body }))
}

/// `a`, `b=1`
fn parameter(input: Input<'_>) -> Parse<'_, (Word, Option<Spanned<Expr>>)> {
    let (rest, name) = name(input, Expected::phrase("a parameter"), LexemeKind::Variable)?;
    let Ok((after, ())) = sign(skip(rest), "=", LexemeKind::Operator) else { return Ok((rest, (name, None))) };
    let (rest, value) = expression(skip(after))?;
    Ok((rest, (name, Some(value))))
}

/// `value`, or nothing
fn give_back(input: Input<'_>) -> Parse<'_, StatementKind> {
    if at_end(skip(input)) {
        input.extra.expect(skip(input).location_offset(), Expected::Shape(Shape::Value));
        return Ok((input, StatementKind::Return(None)));
    }
    let (rest, value) = value(input)?;
    Ok((rest, StatementKind::Return(Some(value))))
}

/// `"file.nsh"`
fn include(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, ()) = spaced(input)?;
    if !starts_literal(&rest) {
        return miss(rest, Expected::QuotedPath);
    }
    rest.extra.open_path(rest.location_offset());
    let (rest, path) = text(rest)?;
    Ok((rest, StatementKind::Include(path)))
}

/// `N every D { }`
fn retry(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (mut rest, times) = value(input)?;
    let mut every = None;
    if let Ok((after, _)) = keyword(skip(rest), "every", LexemeKind::Option) {
        let (after, pause) = value(after)?;
        every = Some(pause);
        rest = after;
    }
    let (rest, body) = body(rest)?;
    Ok((rest, StatementKind::Retry { times, every, body }))
}

/// `"name" { }`
fn test(input: Input<'_>) -> Parse<'_, StatementKind> {
    let (rest, ()) = spaced(input)?;
    let (rest, name) = text(rest)?;
    let (rest, body) = body(rest)?;
    Ok((rest, StatementKind::Test { name, body }))
}
