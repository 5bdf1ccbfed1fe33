//! The assistant: what the line editor asks while a line is typed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::completion::{Candidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use unicode_width::UnicodeWidthStr;

use super::complete::{self, Choice};
use super::desk::end_line;
use super::ghost::Ghost;
use super::history::History;
use super::places::Places;
use super::printer::Printer;
use super::reserve::Reserve;
use super::rows::Drawn;
use crate::engine::Engine;
use crate::language::{self, Mode, Source};
use crate::look::{Paint, Role, statement};
use crate::shell::output::write_all;
use crate::shell::terminal;

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
    history: Arc<Mutex<History>>,
    /// Columns that the prompt takes.
    indent: Cell<usize>,
    /// How the line was drawn last.
    drawn: Cell<Option<Drawn>>,
    /// What statements named; `None` until it is asked for, because reading a long history takes its time.
    places: RefCell<Option<Places>>,
}

impl Assistant {
    /// An assistant over the engine's names.
    pub(crate) fn new(
        engine: Engine,
        printer: Printer,
        reserve: Arc<Reserve>,
        attached: Arc<AtomicBool>,
        history: Arc<Mutex<History>>,
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
            history,
            indent: Cell::new(0),
            drawn: Cell::default(),
            places: RefCell::default(),
        }
    }

    /// The same, for another editor.
    pub(crate) fn again(&self) -> Self {
        let (engine, printer) = (self.engine.clone(), self.printer.clone());
        let (attached, history) = (Arc::clone(&self.attached), Arc::clone(&self.history));
        Self::new(engine, printer, Arc::clone(&self.reserve), attached, history, self.paint)
    }

    /// Prepares for a line of that kind, behind that prompt.
    pub(crate) fn expect(&self, line: Line, prompt: &str) {
        self.line.set(line);
        self.indent.set(prompt.width());
        self.drawn.set(None);
        self.own.set(false);
    }

    /// Takes note of an entry of the history.
    pub(crate) fn note(&self, entry: &str) {
        if let Some(places) = self.places.borrow_mut().as_mut() {
            places.note(entry);
        }
    }

    fn past(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
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
        let columns = terminal::output_width().unwrap_or(80);
        let mut places = self.places.borrow_mut();
        let places = places.get_or_insert_with(|| Places::of(self.past().entries()));
        Ok(complete::choices(line, cursor, self.engine.names().as_ref(), places, columns))
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
    type Hint = Ghost;

    /// The editor asks for a hint whenever it draws, first of all when it has just taken the terminal.
    fn hint(&self, line: &str, cursor: usize, _: &Context<'_>) -> Option<Ghost> {
        self.reserve.take();
        self.printer.edit();
        if self.line.get() == Line::Attached && !self.attached.load(Ordering::Acquire) {
            end_line();
        }
        let ghost = self.ghost(line, cursor);
        self.follow_width(line, cursor, ghost.as_ref().map_or("", Hint::display));
        ghost
    }
}

impl Assistant {
    /// Makes good what a change of the terminal's width did to the line, which is about to be drawn.
    fn follow_width(&self, line: &str, cursor: usize, hint: &str) {
        let columns = terminal::output_width().unwrap_or(80);
        let now = Drawn::new(columns, self.indent.get(), (line, cursor), hint);
        let before = self.drawn.replace(Some(now));
        if let Some(correction) = before.and_then(|before| before.correction(now)) {
            let _ = write_all(rustix::stdio::stdout(), correction.as_bytes());
        }
    }

    /// How the last entry goes on that begins so; of several lines only the first, since it is shown on one.
    fn rest_of_entry(&self, line: &str) -> Option<String> {
        let past = self.past();
        let rest = past.entries().iter().rev().find_map(|past| past.text.strip_prefix(line))?;
        rest.lines().next().filter(|rest| !rest.is_empty()).map(str::to_owned)
    }

    /// What to show behind the cursor: what was entered before, or the rest of a signature where words must follow.
    fn ghost(&self, line: &str, cursor: usize) -> Option<Ghost> {
        // Without colour nothing would tell it from what is typed.
        if !self.is_statement() || line.trim().is_empty() || cursor < line.len() || !self.paint.is_on() {
            return None;
        }
        let rest = language::rest(line, Engine::vocabulary());
        if !rest.required
            && let Some(past) = self.rest_of_entry(line)
        {
            return Some(Ghost::of_history(&past));
        }
        Ghost::of_signature(line, self.indent.get(), &rest.words)
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        if !self.own.replace(false) {
            self.printer.drawn();
        }
        match self.line.get() {
            Line::Secret => Cow::Owned("*".repeat(line.width())),
            Line::Statement if self.paint.is_on() && !line.is_empty() => Cow::Owned(self.coloured(line, cursor)),
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
    /// A statement in colours, if there are any.
    pub(crate) fn coloured(&self, line: &str, cursor: usize) -> String {
        statement::coloured(line, cursor, self.engine.names().as_ref(), self.paint)
    }
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
