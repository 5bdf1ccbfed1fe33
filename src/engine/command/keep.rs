//! What the statements that keep something in a file have in common: where it begins, and where it ends.

use std::path::Path;

use crate::engine::archive::{Keeping, Kind};
use crate::engine::evaluator::{Evaluator, Given, Invocation, path};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::language::Span;
use crate::language::signature::Shape;

/// The word that ends it.
const STOP: &str = "stop";
/// Where it ends.
pub(super) const END: &[Shape] = &[Shape::Keyword(STOP)];
/// A file, or where it ends.
pub(super) const FILE_OR_END: Shape = Shape::Choice(&[END, &[Shape::Path]]);

/// Begins or ends it, as the argument of that parameter says, which is [`FILE_OR_END`].
pub(super) fn run(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    parameter: &str,
    keeping: Keeping,
) -> Result<(), Problem> {
    match invocation.get(parameter) {
        Some((Given::Sequence(items), span)) => match items.as_slice() {
            [Given::Word(word)] if word == STOP => end(evaluator, keeping.kind()),
            [file] => begin(evaluator, keeping, (file, span)),
            _ => Err(expected()),
        },
        _ => Err(expected()),
    }
}

/// The problem that there is no file, which the grammar lets nobody have.
pub(super) fn expected() -> Problem {
    Problem::usage("expected a file")
}

/// Begins to keep something in a file.
pub(super) fn begin(evaluator: &Evaluator, keeping: Keeping, (file, span): (&Given, Span)) -> Result<(), Problem> {
    evaluator.shared().keep(keeping, &path(&file.text())).map_err(|problem| problem.at(span))
}

/// Ends it; who types is told where it is.
pub(super) fn end(evaluator: &Evaluator, kind: Kind) -> Result<(), Problem> {
    let ended = evaluator.shared().keep_no_more(kind)?;
    if ended.is_empty() {
        return Err(Problem::usage(nothing(kind)));
    }
    for ended in ended {
        for missing in ended.missing {
            evaluator.emit(None, What::Notice(missing));
        }
        if evaluator.shared().journal.is_kept() {
            evaluator.emit(None, What::Report(Report::Text(told(kind, &ended.file))));
        }
    }
    Ok(())
}

const fn nothing(kind: Kind) -> &'static str {
    match kind {
        Kind::Film => "nothing is being recorded",
        Kind::Packets => "nothing is being captured",
        Kind::Report => "nothing is being reported",
    }
}

fn told(kind: Kind, file: &Path) -> String {
    let what = match kind {
        Kind::Film => "recorded to",
        Kind::Packets => "captured to",
        Kind::Report => "reported to",
    };
    format!("{what} {}", file.display())
}
