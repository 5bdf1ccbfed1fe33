//! Indentation: how the lines of a block are set in while it is typed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, Movement, RepeatCount};

use crate::engine::Engine;
use crate::language::{LexemeKind, Mode, Source, lexemes, parse, vocabulary::NoNames};
use crate::look::statement::STEP;

/// The keys that set lines in and out: Enter in an entry that is not complete, and Backspace in indentation.
pub(crate) struct Indenting {
    /// Whether statements are typed.
    pub(crate) on: Arc<AtomicBool>,
    /// Whether the key takes back; otherwise it ends a line.
    pub(crate) back: bool,
}

impl ConditionalEventHandler for Indenting {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        if !self.on.load(Ordering::Acquire) {
            return None;
        }
        let (before, after) = context.line().split_at(context.pos());
        if self.back { step_back(before) } else { line_end(before, after) }
    }
}

/// What Enter does: a line more, as far in as blocks are open, if the entry goes on.
fn line_end(before: &str, after: &str) -> Option<Cmd> {
    let text = format!("{before}{after}");
    let is_open = |text: &str| parse(Arc::new(Source::new("", text)), Engine::vocabulary(), Mode::Script).incomplete;
    if !is_open(&text) {
        return None;
    }
    let steps = depth(before);
    let within = if steps == 0 && is_open(before) { 1 } else { steps };
    // A block's end that is pushed down goes back to where the block began.
    let within = within.saturating_sub(usize::from(after.starts_with('}')));
    Some(Cmd::Insert(1, "\n".to_owned() + &STEP.repeat(within)))
}

/// What Backspace does: it takes back a step where nothing but indentation stands before the cursor.
fn step_back(before: &str) -> Option<Cmd> {
    let (_, line) = before.rsplit_once('\n')?;
    let blank = line.chars().all(|letter| letter == ' ');
    (blank && line.len() >= STEP.len()).then_some(Cmd::Dedent(Movement::WholeLine))
}

/// How many blocks are open at the end of `text`.
fn depth(text: &str) -> usize {
    let mut depth = 0_usize;
    for lexeme in lexemes(text, Engine::vocabulary(), &NoNames) {
        match (lexeme.kind, &text[lexeme.span.range()]) {
            (LexemeKind::Punctuation, "{") => depth += 1,
            (LexemeKind::Punctuation, "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}
