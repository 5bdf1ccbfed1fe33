//! Statements in colour, as they stand at the prompt.

use super::{Paint, Role};
use crate::engine::Engine;
use crate::language::vocabulary::{Names, Sampled};
use crate::language::{self, LexemeKind, PlaceForm};

/// One step of indentation.
pub(crate) const STEP: &str = "    ";
/// What is drawn over the first step, so that continued lines are told from first ones.
pub(crate) const MARGIN: &str = "... ";

/// A statement in colours, if there are any. Its last word is not called wrong while the cursor stands behind it and
/// it can still become one that makes sense. Every letter keeps its column.
pub(crate) fn coloured(line: &str, cursor: usize, names: &dyn Names, paint: Paint) -> String {
    coloured_behind("", line, cursor, names, paint)
}

/// The same of a line that goes on in the blocks that `opening` leaves open.
pub(crate) fn coloured_behind(opening: &str, line: &str, cursor: usize, names: &dyn Names, paint: Paint) -> String {
    let (whole, start) = (format!("{opening}{line}"), opening.len());
    let mut lexemes = language::lexemes(&whole, Engine::vocabulary(), names);
    let end = whole.trim_end().len();
    let unclear = lexemes.iter().rev().find(|lexeme| lexeme.span.end <= end);
    if cursor == line.len() && unclear.is_some_and(|last| last.kind == LexemeKind::Unknown) && may_go_on(&whole, names)
    {
        // What more letters can make sense of is not wrong.
        lexemes.iter_mut().filter(|last| last.span.end == end).for_each(|last| last.kind = LexemeKind::Word);
    }
    let mut text = String::with_capacity(line.len() * 2);
    for lexeme in lexemes.into_iter().filter(|lexeme| lexeme.span.end > start) {
        for part in whole[lexeme.span.start.max(start)..lexeme.span.end].split_inclusive('\n') {
            let continues = text.ends_with('\n') || (text.is_empty() && start > 0);
            match part.strip_prefix(STEP).filter(|_| paint.is_on() && continues) {
                Some(rest) => {
                    text += &paint.apply(Role::Faint, MARGIN);
                    text += &styled(lexeme.kind, rest, paint);
                }
                None => text += &styled(lexeme.kind, part, paint),
            }
        }
    }
    text
}

/// A piece of a line in its colour; the line feed stays outside.
fn styled(kind: LexemeKind, piece: &str, paint: Paint) -> String {
    if let Some(line) = piece.strip_suffix('\n') {
        return styled(kind, line, paint) + "\n";
    }
    role(kind).map_or_else(|| piece.to_owned(), |role| paint.apply(role, piece))
}

/// Whether the last word of a line can still become one that makes sense, or waits for its port.
fn may_go_on(line: &str, names: &dyn Names) -> bool {
    let completion = language::complete(line, line.len(), Engine::vocabulary(), &Sampled(names));
    completion.place == Some(PlaceForm::Port) || (completion.start < line.len() && !completion.is_empty())
}

const fn role(kind: LexemeKind) -> Option<Role> {
    Some(match kind {
        LexemeKind::Command | LexemeKind::Keyword => Role::Strong,
        LexemeKind::Comment => Role::Faint,
        LexemeKind::Text | LexemeKind::File | LexemeKind::Regex => Role::Good,
        LexemeKind::Escape | LexemeKind::Variable | LexemeKind::Number => Role::Number,
        LexemeKind::Label | LexemeKind::Session | LexemeKind::Stage | LexemeKind::Function | LexemeKind::Event => {
            Role::Hint
        }
        LexemeKind::Option => Role::Key,
        LexemeKind::Unknown => Role::Mark,
        _ => return None,
    })
}
