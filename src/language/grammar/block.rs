//! Blocks: statements, comments and blank lines, read line by line; a statement that fails does not end them.

use nom::Input as _;

use super::context::DEEPEST;
use super::recovery::{skip_block, skip_statement};
use super::report::furthest;
use super::statement::statement;
use super::terminal::{at_end, end, sign, skip, take};
use super::{Expected, Input, Parse, Problem};
use crate::language::ast::{Block, Item, Spanned, Word};
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::LexemeKind;
use crate::language::source::Span;

/// What comes next in a block.
pub(super) enum Line {
    /// The end of the text.
    End,
    /// A `}`, not consumed.
    Close,
    /// A blank line.
    Blank,
    /// A comment on a line of its own.
    Comment(Word),
    /// Something else, not consumed.
    Statement,
}

/// Skips to what comes next; `used` tells whether the current line already holds something.
pub(super) fn line<'a>(input: Input<'a>, used: &mut bool) -> (Input<'a>, Line) {
    let mut rest = input;
    loop {
        rest = skip(rest);
        let newline = match rest.as_bytes() {
            [] => return (rest, Line::End),
            [b'}', ..] => return (rest, Line::Close),
            [b'\n', ..] | [b'\r'] => 1,
            [b'\r', b'\n', ..] => 2,
            [b';', ..] => {
                rest = take(rest, 1, LexemeKind::Punctuation).0;
                continue;
            }
            [b'#', ..] => {
                *used = true;
                let (rest, text) = comment(rest);
                return (rest, Line::Comment(text));
            }
            _ => {
                *used = true;
                return (rest, Line::Statement);
            }
        };
        rest = take(rest, newline, LexemeKind::Space).0;
        if !std::mem::take(used) {
            return (rest, Line::Blank);
        }
    }
}

/// A comment from its `#` to the end of the line; its text without the `#` and trailing spaces.
pub(super) fn comment(input: Input<'_>) -> (Input<'_>, Word) {
    let start = input.location_offset();
    let length = input[..input.find('\n').unwrap_or(input.len())].trim_end().len();
    let (rest, text) = take(input, length, LexemeKind::Comment);
    (rest, Spanned::new(text[1..].to_owned(), Span::new(start, start + length)))
}

/// The comment behind a statement, if there is one.
pub(super) fn trailing_comment(input: Input<'_>) -> (Input<'_>, Option<Word>) {
    let here = skip(input);
    if here.starts_with('#') && at_end(here) {
        let (rest, text) = comment(here);
        return (rest, Some(text));
    }
    (input, None)
}

/// A whole text.
pub(super) fn script(input: Input<'_>) -> Block {
    let mut rest = byte_order_mark(input);
    let mut block = Block::default();
    loop {
        rest = items(rest, &mut block.items);
        if rest.is_empty() {
            break;
        }
        let start = rest.location_offset();
        rest.extra.report(
            Diagnostic::error("unmatched `}`").at(Span::new(start, start + 1)).labelled("no block is open here"),
        );
        rest = take(rest, 1, LexemeKind::Unknown).0;
    }
    if input.extra.continued.get() {
        let end = input.extra.text.trim_end().len();
        let open = Diagnostic::error("the text ends behind `\\`").at(Span::new(end.saturating_sub(1), end));
        input.extra.report_unfinished(open.labelled("a line must follow"));
    }
    trim(&mut block.items);
    block
}

/// Refuses a byte order mark at the start.
fn byte_order_mark(input: Input<'_>) -> Input<'_> {
    if !input.starts_with('\u{feff}') {
        return input;
    }
    let message = "the text begins with a byte order mark (U+FEFF)";
    input.extra.report(Diagnostic::error(message).at(Span::new(0, 3)).hint("save it as UTF-8 without one"));
    take(input, 3, LexemeKind::Unknown).0
}

/// `{ … }`
pub(super) fn block(input: Input<'_>) -> Parse<'_, Block> {
    enclosed(input, |rest| {
        let mut block = Block::default();
        let rest = items(rest, &mut block.items);
        trim(&mut block.items);
        (rest, block)
    })
}

/// Braces around what `inner` reads, which ends before the closing one.
pub(super) fn enclosed<'a, T: Default>(
    input: Input<'a>,
    inner: impl FnOnce(Input<'a>) -> (Input<'a>, T),
) -> Parse<'a, T> {
    let context = input.extra;
    let (rest, ()) = sign(input, "{", LexemeKind::Punctuation)?;
    let start = input.location_offset();
    let depth = context.blocks.get();
    let (rest, found) = if depth >= DEEPEST {
        let message = format!("blocks nest deeper than {DEEPEST}");
        context.report(Diagnostic::error(message).at(Span::new(start, start + 1)));
        (skip_block(rest), T::default())
    } else {
        context.blocks.set(depth + 1);
        let found = inner(rest);
        context.blocks.set(depth);
        found
    };
    context.begin(rest.location_offset());
    let rest = if rest.starts_with('}') {
        take(rest, 1, LexemeKind::Punctuation).0
    } else {
        if !context.unclosed.replace(true) {
            let open = Diagnostic::error("the block is not closed").at(Span::new(start, start + 1));
            context.report_unfinished(open.labelled("opened here"));
        }
        context.stop_completing();
        rest
    };
    context.block_end.set(rest.location_offset());
    Ok((rest, found))
}

/// Items up to a `}` or the end of the text.
fn items<'a>(input: Input<'a>, items: &mut Vec<Item>) -> Input<'a> {
    let mut rest = input;
    // Behind a `{` the first line end is not a blank line.
    let mut used = input.location_offset() > 0;
    loop {
        let (here, next) = line(rest, &mut used);
        rest = here;
        match next {
            Line::End => {
                rest.extra.expect_line(Expected::Statement);
                return rest;
            }
            Line::Close => return rest,
            Line::Blank => blank(items),
            Line::Comment(text) => items.push(Item::Comment(text)),
            Line::Statement => {
                rest.extra.begin(rest.location_offset());
                let read = statement(rest).and_then(|(after, found)| end(skip(after)).map(|_| (after, found)));
                match read {
                    Ok((after, mut found)) => {
                        let (after, text) = trailing_comment(after);
                        found.comment = text;
                        items.push(Item::Statement(Box::new(found)));
                        rest = after;
                    }
                    Err(problem) => rest = recover(rest, problem),
                }
            }
        }
    }
}

/// Adds a blank line, unless there is one.
fn blank(items: &mut Vec<Item>) {
    if !matches!(items.last(), None | Some(Item::Blank)) {
        items.push(Item::Blank);
    }
}

/// Drops a blank line at the end.
fn trim(items: &mut Vec<Item>) {
    if matches!(items.last(), Some(Item::Blank)) {
        items.pop();
    }
}

/// Reports why the statement that begins here failed, and skips to its end.
pub(super) fn recover(input: Input<'_>, problem: nom::Err<Problem>) -> Input<'_> {
    let context = input.extra;
    let everything = input.len();
    match problem {
        nom::Err::Failure(Problem::Unfinished(diagnostic)) => {
            context.report_unfinished(*diagnostic);
            // Everything up to the end is inside the open literal.
            context.unclosed.set(true);
            return input.take_from(everything);
        }
        nom::Err::Failure(Problem::Told(diagnostic)) | nom::Err::Error(Problem::Told(diagnostic)) => {
            context.report(*diagnostic);
        }
        _ if context.is_full() => {}
        _ => {
            let at_text_end = context.reached_end();
            let diagnostic = furthest(context);
            if at_text_end && context.continued.replace(false) {
                context.report_unfinished(diagnostic);
            } else {
                context.report(diagnostic);
            }
        }
    }
    let read = context.block_end.get().saturating_sub(input.location_offset());
    let rest = skip_statement(input.take_from(read));
    if rest.is_empty() {
        context.stop_completing();
    }
    rest
}
