//! Lines: the line editor, with the history, for statements, answers, and an attached session.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::config::Configurer;
use rustyline::error::{ReadlineError, Signal};
use rustyline::history::{FileHistory, History};
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Editor, Event, EventContext, EventHandler,
    KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use super::assistant::{Assistant, Line};
use super::history;
use super::indent::Indenting;
use super::printer::Printer;
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
    /// Whether statements are typed, which may go on over several lines.
    statements: Arc<AtomicBool>,
    file: Option<PathBuf>,
}

/// The keys that end a line without Enter: what still comes in must wait until the terminal is free.
struct Leaving {
    printer: Printer,
    /// Set by Ctrl-].
    escaped: Option<Arc<AtomicBool>>,
}

impl ConditionalEventHandler for Leaving {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        // Where the line goes on after all, the next hint takes the terminal back.
        self.printer.begin_release();
        if let Some(escaped) = &self.escaped {
            escaped.store(true, Ordering::Release);
            return Some(Cmd::Interrupt);
        }
        // On an empty line of a block the end of input gives the block up.
        let blank = context.pos() == context.line().len()
            && context.line().rsplit_once('\n').is_some_and(|(_, line)| line.trim().is_empty());
        (*event == Event::from(KeyEvent::ctrl('D')) && blank).then_some(Cmd::Interrupt)
    }
}

impl Lines {
    /// The editor with its history. The reason is given where the history cannot be used.
    pub(crate) fn new(
        assistant: Assistant,
        printer: Printer,
        reserve: Arc<Reserve>,
    ) -> rustyline::Result<(Self, Option<String>)> {
        let mut past = FileHistory::with_config(&config());
        let file = history::file();
        let trouble = file.as_ref().and_then(|file| {
            let ready = history::prepare(file).map_err(ReadlineError::from).and_then(|()| past.load(file));
            ready.err().map(|error| format!("the history in `{}` cannot be used: {error}", file.display()))
        });
        let (escaped, statements) = (Arc::default(), Arc::default());
        let editor = editor(assistant, past, &printer, &escaped, &statements)?;
        let file = if trouble.is_none() { file } else { None };
        Ok((Self { editor, printer, reserve, escaped, statements, file }, trouble))
    }

    /// Edits a line of that kind behind `prompt`; `styled` is the same in colour.
    pub(crate) fn read(&mut self, line: Line, prompt: &str, styled: &str) -> rustyline::Result<Typed> {
        if let Some(assistant) = self.editor.helper() {
            assistant.expect(line, prompt);
            self.statements.store(line == Line::Statement, Ordering::Release);
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

    /// Keeps a statement in the history.
    pub(crate) fn keep(&mut self, text: &str) {
        let added = self.editor.add_history_entry(text).unwrap_or(false);
        if added && let Some(assistant) = self.editor.helper() {
            assistant.note(text);
        }
        if added && let Some(file) = &self.file {
            // The next shell will say what is wrong with the file.
            let _ = self.editor.append_history(file);
        }
    }

    /// Replaces the editor: a message that it has not shown is written by other means.
    fn replace(&mut self) -> rustyline::Result<()> {
        let past = std::mem::take(self.editor.history_mut());
        if let Some(assistant) = self.editor.helper().map(Assistant::again) {
            self.editor = editor(assistant, past, &self.printer, &self.escaped, &self.statements)?;
        }
        Ok(())
    }
}

fn config() -> Config {
    // Colours are the assistant's to decide; the editor is to draw everything through it.
    Config::builder()
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .color_mode(ColorMode::Forced)
        .tab_stop(4)
        .indent_size(4)
        .build()
}

fn editor(
    assistant: Assistant,
    past: FileHistory,
    printer: &Printer,
    escaped: &Arc<AtomicBool>,
    statements: &Arc<AtomicBool>,
) -> rustyline::Result<Editor<Assistant, FileHistory>> {
    let mut editor = Editor::with_history(config(), past)?;
    editor.set_max_history_size(history::SIZE)?;
    editor.set_helper(Some(assistant));
    for key in [KeyEvent::ctrl('C'), KeyEvent::ctrl('D')] {
        let leaving = Leaving { printer: printer.clone(), escaped: None };
        editor.bind_sequence(key, EventHandler::Conditional(Box::new(leaving)));
    }
    let leaving = Leaving { printer: printer.clone(), escaped: Some(Arc::clone(escaped)) };
    editor.bind_sequence(KeyEvent::ctrl(']'), EventHandler::Conditional(Box::new(leaving)));
    let enter = [KeyEvent::from('\r'), KeyEvent::ctrl('J')].map(|key| (key, false));
    let backspace = [KeyEvent(KeyCode::Backspace, Modifiers::NONE), KeyEvent::ctrl('H')].map(|key| (key, true));
    for (key, back) in enter.into_iter().chain(backspace) {
        let indenting = Indenting { on: Arc::clone(statements), back };
        editor.bind_sequence(key, EventHandler::Conditional(Box::new(indenting)));
    }
    printer.connect(editor.create_external_printer()?);
    Ok(editor)
}
