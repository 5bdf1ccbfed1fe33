//! Indentation: how the lines of a block are set in while it is typed.

use std::sync::Arc;

use rustyline::{Cmd, Movement};

use super::entry::{Ending, Entry};
use super::rows::Drawn;
use crate::engine::Engine;
use crate::language::{LexemeKind, Mode, Source, lexemes, parse, vocabulary::NoNames};
use crate::look::statement::STEP;
use crate::shell::terminal;

/// What Enter does: a line more, as far in as blocks are open, if the entry goes on.
pub(super) fn line_end(entry: &Entry, line: &str, cursor: usize) -> Option<Cmd> {
    let opening = entry.opening();
    let (before, after) = line.split_at(cursor);
    if !is_open(&format!("{opening}{line}")) {
        return None;
    }
    let before = opening + before;
    let steps = open_blocks(&before).len();
    if after.is_empty() && steps > 0 && is_full(entry, line) && !is_open(&format!("{before}\n{}", "}".repeat(steps))) {
        entry.end(Ending::Folded);
        return Some(Cmd::AcceptLine);
    }
    let within = if steps == 0 && is_open(&before) { 1 } else { steps };
    // A block's end that is pushed down goes back to where the block began.
    let within = within.saturating_sub(usize::from(after.starts_with('}')));
    Some(Cmd::Insert(1, "\n".to_owned() + &STEP.repeat(within)))
}

/// What Backspace does: it takes back a step where nothing but indentation stands before the cursor.
pub(super) fn step_back(before: &str) -> Option<Cmd> {
    let (_, line) = before.rsplit_once('\n')?;
    let blank = line.chars().all(|letter| letter == ' ');
    (blank && line.len() >= STEP.len()).then_some(Cmd::Dedent(Movement::WholeLine))
}

/// What `}` does: where nothing but indentation stands before it, it goes back to where its block began.
pub(super) fn closing(entry: &Entry, before: &str) -> Option<Cmd> {
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    if !line.chars().all(|letter| letter == ' ') {
        return None;
    }
    let within = open_blocks(&(entry.opening() + before)).len().saturating_sub(1);
    let back = line.len().checked_sub(within * STEP.len()).filter(|back| *back > 0)?;
    // The line editor has no other way to put a text in the place of another and go on behind it.
    entry.complete(back, "}");
    Some(Cmd::Complete)
}

/// The beginning of a line that goes on in the blocks that `opening` leaves open.
pub(super) fn start(opening: &str) -> String {
    STEP.repeat(open_blocks(opening).len())
}

/// Statements that leave those blocks open which `text` leaves open.
pub(super) fn opening(text: &str) -> String {
    open_blocks(text).into_iter().flat_map(|head| [head.trim(), "\n"]).collect()
}

fn is_open(text: &str) -> bool {
    parse(Arc::new(Source::new("", text)), Engine::vocabulary(), Mode::Script).incomplete
}

/// Whether the terminal has no row left for one line more.
fn is_full(entry: &Entry, line: &str) -> bool {
    let (columns, rows) = terminal::size();
    Drawn::new(columns, entry.prompt(), (line, line.len()), "").rows() + 1 >= rows
}

/// The heads of the blocks that are open at the end of `text`, the outermost first.
fn open_blocks(text: &str) -> Vec<&str> {
    let mut heads: Vec<&str> = Vec::new();
    let (mut start, mut closed) = (0, "");
    for lexeme in lexemes(text, Engine::vocabulary(), &NoNames) {
        let (piece, end) = (&text[lexeme.span.range()], lexeme.span.end);
        match (lexeme.kind, piece) {
            (LexemeKind::Punctuation, "{") => {
                let head = &text[start..end];
                // An `else` goes on where its `if` has ended.
                heads.push(if head.trim_start().starts_with("else") { closed } else { head });
                start = end;
            }
            (LexemeKind::Punctuation, "}") => {
                closed = heads.pop().unwrap_or("");
                start = end;
            }
            (LexemeKind::Punctuation, ";") => start = end,
            (LexemeKind::Space | LexemeKind::Punctuation, piece) if piece.contains('\n') => start = end,
            _ => {}
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_blocks_leaves_out_what_is_closed() {
        for (text, opens) in [
            ("print 1", ""),
            ("listen tcp 0 as srv {\n    on line {\n        send \"{\"\n", "listen tcp 0 as srv {\non line {\n"),
            ("if true {\n    print 1\n} else if $x {", "if true {\n"),
            ("for x in [1] { if $x == 1 { print 1 }; while true {", "for x in [1] {\nwhile true {\n"),
            ("if true { print \"a\" }\nrepeat 2 {", "repeat 2 {\n"),
        ] {
            assert_eq!(opening(text), opens, "{text}");
            assert_eq!(is_open(&opening(text)), !opens.is_empty(), "{text}");
        }
    }
}
