//! The assistant: what the line editor asks while a line is typed.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::completion::{Candidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::{self, Choice};
use super::desk::end_line;
use super::printer::Printer;
use super::reserve::Reserve;
use crate::engine::Engine;
use crate::language::{self, LexemeKind, Mode, Source};
use crate::shell::colour::{Paint, Role};

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// A statement.
    Statement,
    /// An answer to `ask`.
    Answer,
    /// An answer that is not shown.
    Secret,
    /// A line for the attached session.
    Attached,
}

/// Completes, hints, colours and validates; and notices when the line editor has the terminal.
pub(crate) struct Assistant {
    engine: Engine,
    printer: Printer,
    reserve: Arc<Reserve>,
    /// Whether a session is attached still.
    attached: Arc<AtomicBool>,
    paint: Paint,
    line: Cell<Line>,
    /// The editor is about to draw for a reason of its own, not because of a message.
    own: Cell<bool>,
    past: HistoryHinter,
}

impl Assistant {
    /// An assistant over the engine's names.
    pub(crate) fn new(
        engine: Engine,
        printer: Printer,
        reserve: Arc<Reserve>,
        attached: Arc<AtomicBool>,
        paint: Paint,
    ) -> Self {
        Self {
            engine,
            printer,
            reserve,
            attached,
            paint,
            line: Cell::new(Line::Statement),
            own: Cell::new(false),
            past: HistoryHinter::new(),
        }
    }

    /// The same, for another editor.
    pub(crate) fn again(&self) -> Self {
        let (engine, printer) = (self.engine.clone(), self.printer.clone());
        Self::new(engine, printer, Arc::clone(&self.reserve), Arc::clone(&self.attached), self.paint)
    }

    /// Prepares for a line of that kind.
    pub(crate) fn expect(&self, line: Line) {
        self.line.set(line);
        self.own.set(false);
    }

    fn is_statement(&self) -> bool {
        self.line.get() == Line::Statement
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Choice;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Choice>)> {
        if !self.is_statement() {
            return Ok((cursor, Vec::new()));
        }
        Ok(complete::choices(line, cursor, self.engine.names().as_ref()))
    }
}

impl Candidate for Choice {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

impl Hinter for Assistant {
    type Hint = String;

    /// The editor asks for a hint whenever it draws, first of all when it has just taken the terminal.
    fn hint(&self, line: &str, cursor: usize, context: &Context<'_>) -> Option<String> {
        self.reserve.take();
        self.printer.edit();
        if self.line.get() == Line::Attached && !self.attached.load(Ordering::Acquire) {
            end_line();
        }
        if !self.is_statement() || line.is_empty() {
            return None;
        }
        // The rest of an entry of several lines would be shown on one.
        self.past.hint(line, cursor, context).map(|rest| rest.lines().next().unwrap_or_default().to_owned())
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _cursor: usize) -> Cow<'l, str> {
        if !self.own.replace(false) {
            self.printer.drawn();
        }
        match self.line.get() {
            Line::Secret => Cow::Owned("*".repeat(unicode_width::UnicodeWidthStr::width(line))),
            Line::Statement if self.paint.is_on() && !line.is_empty() => Cow::Owned(self.coloured(line)),
            _ => Cow::Borrowed(line),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.paint.apply(Role::Faint, hint))
    }

    /// Always, so that everything drawn is announced; see [`Assistant::own`].
    fn highlight_char(&self, _line: &str, _cursor: usize, _kind: CmdKind) -> bool {
        self.own.set(true);
        self.printer.stir();
        true
    }
}

impl Assistant {
    fn coloured(&self, line: &str) -> String {
        let names = self.engine.names();
        let lexemes = language::lexemes(line, Engine::vocabulary(), names.as_ref());
        lexemes
            .iter()
            .map(|lexeme| {
                let text = &line[lexeme.span.range()];
                role(lexeme.kind).map_or_else(|| text.to_owned(), |role| self.paint.apply(role, text))
            })
            .collect()
    }
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

impl Validator for Assistant {
    /// Called when Enter is pressed: the editor gives the terminal away if the entry is complete.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        if self.is_statement() && !text.trim().is_empty() {
            let loaded = self.engine.load(Source::new("entry", text), Mode::Script);
            if loaded.is_err_and(|rejection| rejection.incomplete) {
                return Ok(ValidationResult::Incomplete);
            }
        }
        self.printer.begin_release();
        Ok(ValidationResult::Valid(None))
    }
}
