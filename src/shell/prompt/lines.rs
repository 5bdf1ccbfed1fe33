//! Lines: the line editor, with the history, for statements, answers, and an attached session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::config::Configurer;
use rustyline::error::{ReadlineError, Signal};
use rustyline::history::{FileHistory, History as _};
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Editor, Event, EventContext, EventHandler,
    KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use super::assistant::{Assistant, Line};
use super::history::History;
use super::printer::Printer;
use super::recall::Recall;
use super::reserve::Reserve;

/// How a line ended.
#[derive(Debug)]
pub(crate) enum Typed {
    /// With Enter.
    Line(String),
    /// With Ctrl-C, or because another thread ended it.
    Interrupted,
    /// With Ctrl-D on an empty line.
    End,
    /// With Ctrl-] on the line of an attached session.
    Detached,
    /// The terminal failed.
    Broken(String),
}

/// The line editor.
pub(crate) struct Lines {
    editor: Editor<Assistant, FileHistory>,
    printer: Printer,
    reserve: Arc<Reserve>,
    escaped: Arc<AtomicBool>,
    history: Arc<Mutex<History>>,
}

/// The keys that end a line without Enter: what still comes in must wait until the terminal is free.
struct Leaving {
    printer: Printer,
    /// Set by Ctrl-].
    escaped: Option<Arc<AtomicBool>>,
}

impl ConditionalEventHandler for Leaving {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        // Where the line goes on after all, the next hint takes the terminal back.
        self.printer.begin_release();
        let escaped = self.escaped.as_ref()?;
        escaped.store(true, Ordering::Release);
        Some(Cmd::Interrupt)
    }
}

impl Lines {
    /// The editor with its history.
    pub(crate) fn new(
        assistant: Assistant,
        printer: Printer,
        reserve: Arc<Reserve>,
        history: Arc<Mutex<History>>,
    ) -> rustyline::Result<Self> {
        let past = past(&history)?;
        let escaped = Arc::new(AtomicBool::new(false));
        let editor = editor(assistant, past, &printer, &escaped, &history)?;
        Ok(Self { editor, printer, reserve, escaped, history })
    }

    /// Edits a line of that kind behind `prompt`; `styled` is the same in colour.
    pub(crate) fn read(&mut self, line: Line, prompt: &str, styled: &str) -> rustyline::Result<Typed> {
        if let Some(assistant) = self.editor.helper() {
            assistant.expect(line);
        }
        self.escaped.store(false, Ordering::Release);
        self.printer.flush();
        self.printer.hold();
        let free = self.reserve.give();
        let typed = if free {
            self.editor.readline(&(prompt, styled))
        } else {
            Err(ReadlineError::Io(std::io::Error::other("no low descriptor is free for the line editor")))
        };
        self.reserve.take();
        if self.printer.release() {
            self.replace()?;
        }
        Ok(match typed {
            Ok(text) => Typed::Line(text),
            Err(ReadlineError::Eof) => Typed::End,
            Err(_) if self.escaped.load(Ordering::Acquire) => Typed::Detached,
            Err(ReadlineError::Interrupted | ReadlineError::Signal(Signal::Interrupt)) => Typed::Interrupted,
            Err(error) => Typed::Broken(error.to_string()),
        })
    }

    /// Keeps a statement in the history: entry number `entry`, one of the last `size`. What went wrong, if something
    /// did.
    pub(crate) fn keep(&mut self, entry: usize, text: &str, size: usize) -> rustyline::Result<Option<String>> {
        self.editor.add_history_entry(text)?;
        Ok(self.history().keep(entry, text, size))
    }

    /// Removes from the history what was typed in this shell and is a secret by now.
    pub(crate) fn forget(&mut self, is_secret: impl Fn(&str) -> bool) -> rustyline::Result<Option<String>> {
        let (any, trouble) = self.history().forget(is_secret);
        if any {
            *self.editor.history_mut() = past(&self.history)?;
        }
        Ok(trouble)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the editor: a message that it has not shown is written by other means.
    fn replace(&mut self) -> rustyline::Result<()> {
        let past = std::mem::take(self.editor.history_mut());
        if let Some(assistant) = self.editor.helper().map(Assistant::again) {
            self.editor = editor(assistant, past, &self.printer, &self.escaped, &self.history)?;
        }
        Ok(())
    }
}

/// The history as the editor searches it.
fn past(history: &Mutex<History>) -> rustyline::Result<FileHistory> {
    let mut past = FileHistory::with_config(&config());
    past.set_max_len(usize::MAX)?;
    for entry in history.lock().unwrap_or_else(PoisonError::into_inner).entries() {
        past.add(&entry.text)?;
    }
    Ok(past)
}

fn config() -> Config {
    // Colours are the assistant's to decide; the editor is to draw everything through it.
    Config::builder()
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .color_mode(ColorMode::Forced)
        .tab_stop(4)
        .build()
}

fn editor(
    assistant: Assistant,
    past: FileHistory,
    printer: &Printer,
    escaped: &Arc<AtomicBool>,
    history: &Arc<Mutex<History>>,
) -> rustyline::Result<Editor<Assistant, FileHistory>> {
    let mut editor = Editor::with_history(config(), past)?;
    editor.set_max_history_size(usize::MAX)?;
    editor.set_helper(Some(assistant));
    for key in [KeyEvent::ctrl('C'), KeyEvent::ctrl('D')] {
        let leaving = Leaving { printer: printer.clone(), escaped: None };
        editor.bind_sequence(key, EventHandler::Conditional(Box::new(leaving)));
    }
    let leaving = Leaving { printer: printer.clone(), escaped: Some(Arc::clone(escaped)) };
    editor.bind_sequence(KeyEvent::ctrl(']'), EventHandler::Conditional(Box::new(leaving)));
    for (key, recall) in [KeyCode::Up, KeyCode::Down].into_iter().zip(Recall::both(history)) {
        editor.bind_sequence(KeyEvent(key, Modifiers::NONE), EventHandler::Conditional(Box::new(recall)));
    }
    printer.connect(editor.create_external_printer()?);
    Ok(editor)
}
