//! The grammar: one description of the language that gives the tree, the errors, the lexemes and the completions.
//!
//! Every terminal tells the [`Context`] what it would have taken and where; the furthest place wins.

mod address;
mod block;
mod command;
mod context;
mod control;
mod expected;
mod expression;
mod handler;
mod number;
mod payload;
mod pipeline;
mod quoted;
mod recovery;
mod report;
mod shape;
mod statement;
mod terminal;

use std::sync::Arc;

use nom::error::{ErrorKind, ParseError};
use nom_locate::LocatedSpan;

pub(crate) use context::{Ahead, Context, MOST_ERRORS};
pub(crate) use control::KEYWORDS;
pub(crate) use expected::Expected;
pub(crate) use expected::describe;
pub use number::duration;

use super::ast::Block;
use super::diagnostic::Diagnostic;
use super::lexeme::Lexeme;
use super::source::{Source, Span};
use super::vocabulary::Vocabulary;

/// Where a text comes from, as far as the grammar cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A script or the prompt.
    Script,
    /// The words of a Unix command line: a payload may be a bare word.
    Arguments,
}

/// A text that was read; it may have errors.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The text.
    pub source: Arc<Source>,
    /// What it says, without the statements that could not be read.
    pub block: Block,
    /// The errors, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the only problem is that the text ends inside a block, a `"""` or behind a `\`.
    pub incomplete: bool,
}

/// What a parse kept on request.
pub(crate) struct Recorded {
    pub(crate) lexemes: Vec<Lexeme>,
    pub(crate) wanted: Vec<(usize, Expected)>,
    pub(crate) open_path: Option<usize>,
    pub(crate) ahead: Vec<Ahead>,
}

/// What the grammar's functions read.
pub(crate) type Input<'a> = LocatedSpan<&'a str, &'a Context<'a>>;
/// What they give: the rest and the node.
pub(crate) type Parse<'a, T> = nom::IResult<Input<'a>, T, Problem>;

/// Why a function of the grammar gave up.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The context knows what was expected.
    Expected,
    /// This, and no alternative will do better.
    Told(Box<Diagnostic>),
    /// This, but more text could heal it.
    Unfinished(Box<Diagnostic>),
}

impl<I> ParseError<I> for Problem {
    fn from_error_kind(_: I, _: ErrorKind) -> Self {
        Self::Expected
    }

    fn append(_: I, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Gives up with `expected` at the start of `input`.
pub(crate) fn miss<T>(input: Input<'_>, expected: Expected) -> Parse<'_, T> {
    input.extra.expect(input.location_offset(), expected);
    Err(nom::Err::Error(Problem::Expected))
}

/// Gives up for good, with this error.
pub(crate) fn refuse<'a, T>(diagnostic: Diagnostic) -> Parse<'a, T> {
    Err(nom::Err::Failure(Problem::Told(Box::new(diagnostic))))
}

/// The place from `start` up to `end`.
pub(crate) fn between(start: Input<'_>, end: Input<'_>) -> Span {
    Span::new(start.location_offset(), end.location_offset())
}

/// Reads a whole text. Never fails: what cannot be read is left out and reported.
pub fn parse(source: Arc<Source>, vocabulary: &dyn Vocabulary, mode: Mode) -> Parsed {
    parse_recorded(source, vocabulary, mode, false).0
}

/// Reads a whole text, keeping its lexemes if asked.
pub(crate) fn parse_recorded(
    source: Arc<Source>,
    vocabulary: &dyn Vocabulary,
    mode: Mode,
    record: bool,
) -> (Parsed, Recorded) {
    let context = Context::new(&source.text, vocabulary, mode);
    let context = if record { context.recording() } else { context };
    let (block, diagnostics, incomplete, recorded) = read(context);
    (Parsed { source, block, diagnostics, incomplete }, recorded)
}

/// Reads a text up to the cursor and tells what could stand there.
pub(crate) fn parse_completing(text: &str, vocabulary: &dyn Vocabulary) -> (Block, Vec<Diagnostic>, Recorded) {
    let (block, diagnostics, _, recorded) = read(Context::new(text, vocabulary, Mode::Script).completing());
    (block, diagnostics, recorded)
}

/// Reads the text of `context` and takes the context apart.
fn read(context: Context<'_>) -> (Block, Vec<Diagnostic>, bool, Recorded) {
    let block = block::script(Input::new_extra(context.text, &context));
    let finished = context.finish();
    let mut diagnostics = finished.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.map_or(usize::MAX, |span| span.start));
    let recorded = Recorded {
        lexemes: finished.lexemes,
        wanted: finished.wanted,
        open_path: finished.open_path,
        ahead: finished.ahead,
    };
    (block, diagnostics, finished.incomplete, recorded)
}
