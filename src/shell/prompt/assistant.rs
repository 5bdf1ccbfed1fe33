//! The assistant: what the line editor asks while a line is typed.
//!
//! While more keys wait than it has come to, as behind a paste, it colours and suggests nothing: the last of them
//! has it look at everything.

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
use super::entry::{Entry, Line};
use super::ghost::Ghost;
use super::history::History;
use super::listing;
use super::places::Places;
use super::printer::Printer;
use super::reserve::Reserve;
use super::rows::Drawn;
use crate::engine::Engine;
use crate::language::{self, Mode, Source};
use crate::look::{Paint, Role, statement};
use crate::shell::output::write_all;
use crate::shell::terminal;

/// Completes, hints, colours and validates; and notices when the line editor has the terminal.
pub(crate) struct Assistant {
    engine: Engine,
    printer: Printer,
    reserve: Arc<Reserve>,
    /// Whether a session is attached still.
    attached: Arc<AtomicBool>,
    paint: Paint,
    entry: Entry,
    /// The editor is about to draw for a reason of its own, not because it was woken.
    own: Cell<bool>,
    /// It draws a line that is accepted.
    last: Cell<bool>,
    history: Arc<Mutex<History>>,
    /// How the line was drawn last.
    drawn: Cell<Option<Drawn>>,
    /// The line and the cursor when it was drawn last.
    typed: RefCell<(String, usize)>,
    /// What was listed last, and how many messages there were then.
    listed: RefCell<Option<(String, u64)>>,
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
            entry: Entry::default(),
            own: Cell::new(false),
            last: Cell::new(false),
            history,
            drawn: Cell::default(),
            typed: RefCell::default(),
            listed: RefCell::default(),
            places: RefCell::default(),
        }
    }

    /// The same, for another editor.
    pub(crate) fn again(&self) -> Self {
        let (engine, printer) = (self.engine.clone(), self.printer.clone());
        let (attached, history) = (Arc::clone(&self.attached), Arc::clone(&self.history));
        let entry = self.entry.clone();
        Self { entry, ..Self::new(engine, printer, Arc::clone(&self.reserve), attached, history, self.paint) }
    }

    /// What is typed.
    pub(crate) const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Prepares for a line behind that prompt.
    pub(crate) fn expect(&self, prompt: &str) {
        self.entry.begin_line(prompt.width());
        self.drawn.set(None);
        self.own.set(false);
        self.last.set(false);
        *self.typed.borrow_mut() = Default::default();
    }

    /// The line and the cursor as they were drawn last.
    pub(crate) fn typed(&self) -> (String, usize) {
        self.typed.borrow().clone()
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

    /// Whether there is no time to look at what is typed: more keys wait.
    fn is_behind(&self) -> bool {
        !self.last.get() && terminal::has_input()
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Choice;

    /// Completes as far as there is no choice. Choices are listed above the line, by the printer: the editor's own
    /// list would ask whether to go on, and take keys that were not meant for it.
    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Choice>)> {
        if !self.entry.is_statement() {
            return Ok((cursor, Vec::new()));
        }
        if let Some((back, text)) = self.entry.take_completion() {
            return Ok((cursor.saturating_sub(back), vec![Choice::of(text)]));
        }
        let opening = self.entry.opening();
        let text = format!("{opening}{line}");
        let mut places = self.places.borrow_mut();
        let places = places.get_or_insert_with(|| Places::of(self.past().entries()));
        let (start, choices) = complete::choices(&text, opening.len() + cursor, self.engine.names().as_ref(), places);
        let start = start.saturating_sub(opening.len());
        let common = complete::common(&choices);
        if choices.len() > 1 && common.len() <= cursor - start {
            self.list(&choices);
            return Ok((start, Vec::new()));
        }
        Ok((start, if choices.is_empty() { choices } else { vec![Choice::of(common)] }))
    }
}

impl Assistant {
    /// Lists choices, unless they are what stands above the line already.
    fn list(&self, choices: &[Choice]) {
        let list = listing::listing(choices, terminal::size(), self.paint);
        let mut listed = self.listed.borrow_mut();
        if listed.as_ref().is_none_or(|(last, count)| *last != list || *count != self.printer.count()) {
            self.printer.print(list.as_str());
            *listed = Some((list, self.printer.count()));
        }
    }
}

impl Candidate for Choice {
    fn display(&self) -> &str {
        &self.word
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
        if self.entry.line() == Line::Attached && !self.attached.load(Ordering::Acquire) {
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
        let width = terminal::output_width().unwrap_or(80);
        let before = self.drawn.get();
        if before.is_some_and(|before| !before.breaks(width)) {
            self.entry.set_columns(width);
        }
        let now = Drawn::new(self.entry.columns(), self.entry.prompt(), (line, cursor), hint);
        self.drawn.set(Some(now));
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
        let wanted = self.entry.is_statement() && self.paint.is_on() && cursor == line.len() && !line.trim().is_empty();
        if !wanted || self.is_behind() {
            return None;
        }
        let opening = self.entry.opening();
        let rest = language::rest(&format!("{opening}{line}"), Engine::vocabulary());
        if !rest.required
            && opening.is_empty()
            && let Some(past) = self.rest_of_entry(line)
        {
            return Some(Ghost::of_history(&past));
        }
        Ghost::of_signature(line, self.entry.prompt(), &rest.words)
    }
}

impl Highlighter for Assistant {
    /// Called first whenever the line is drawn, with its first row clear and the cursor at its start.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let above = self.printer.above(!self.own.replace(false));
        if above.is_empty() { Cow::Borrowed(prompt) } else { Cow::Owned(above + prompt) }
    }

    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        if self.entry.is_statement() && self.paint.is_on() && !line.is_empty() && !self.is_behind() {
            Cow::Owned(self.coloured(line, cursor))
        } else {
            Cow::Borrowed(line)
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.paint.apply(Role::Faint, hint))
    }

    /// Always, so that everything drawn is announced; see [`Assistant::own`].
    fn highlight_char(&self, line: &str, cursor: usize, kind: CmdKind) -> bool {
        let mut typed = self.typed.borrow_mut();
        line.clone_into(&mut typed.0);
        typed.1 = cursor;
        self.own.set(true);
        self.last.set(kind == CmdKind::ForcedRefresh);
        true
    }
}

impl Assistant {
    /// A statement in colours, if there are any.
    pub(crate) fn coloured(&self, line: &str, cursor: usize) -> String {
        statement::coloured_behind(&self.entry.opening(), line, cursor, self.engine.names().as_ref(), self.paint)
    }
}

impl Validator for Assistant {
    /// Called when a line is to be accepted: the editor gives the terminal away if the entry is complete.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        if self.entry.ending().is_none() && self.entry.is_statement() && !text.trim().is_empty() {
            let whole = self.entry.folded() + text;
            let loaded = self.engine.load(Source::new("entry", whole), Mode::Script);
            if loaded.is_err_and(|rejection| rejection.incomplete) {
                return Ok(ValidationResult::Incomplete);
            }
        }
        self.printer.hold();
        Ok(ValidationResult::Valid(None))
    }
}
