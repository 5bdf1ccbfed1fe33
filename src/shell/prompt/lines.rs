//! Lines: the line editor, with the history, for statements, answers, and an attached session.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::error::{ReadlineError, Signal};
use rustyline::{ColorMode, CompletionType, Config, Editor};
use tokio::sync::oneshot;

use super::assistant::{Assistant, Line};
use super::history::History;
use super::keys::Keys;
use super::printer::Printer;
use super::recall::Recall;
use super::reserve::Reserve;
use super::{editor, rows};
use crate::shell::output::write_all;
use crate::shell::terminal;

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
    editor: Editor<Assistant, Recall>,
    printer: Printer,
    reserve: Arc<Reserve>,
    keys: Keys,
    history: Arc<Mutex<History>>,
    /// What was entered, the first of it as entry #1; empty where it held a secret.
    entries: Vec<String>,
    /// What is entered next without being typed.
    next: Option<String>,
}

impl Lines {
    /// The editor with its history.
    pub(crate) fn new(
        assistant: Assistant,
        printer: Printer,
        reserve: Arc<Reserve>,
        history: Arc<Mutex<History>>,
    ) -> rustyline::Result<Self> {
        let keys = Keys::new(printer.clone());
        let editor = line_editor(assistant, Recall::new(Arc::clone(&history)), &printer, &keys)?;
        Ok(Self { editor, printer, reserve, keys, history, entries: Vec::new(), next: None })
    }

    /// Edits a line of that kind behind `prompt`; `styled` is the same in colour.
    pub(crate) fn read(&mut self, line: Line, prompt: &str, styled: &str) -> rustyline::Result<Typed> {
        if line == Line::Statement
            && let Some(text) = self.next.take()
        {
            self.show(&text, styled);
            return Ok(Typed::Line(text));
        }
        let mut start = String::new();
        loop {
            let typed = self.read_from(line, (prompt, styled), &start)?;
            let Some(moved) = self.keys.moved() else { return Ok(typed) };
            match self.in_editor(&moved) {
                Ok(text) => {
                    self.show(&text, styled);
                    return Ok(Typed::Line(text));
                }
                Err(reason) => {
                    self.printer.print(format!("error: {reason}"));
                    start = moved;
                }
            }
        }
    }

    /// Edits a line that begins with `start`.
    fn read_from(&mut self, line: Line, prompt: (&str, &str), start: &str) -> rustyline::Result<Typed> {
        if let Some(assistant) = self.editor.helper() {
            assistant.expect(line, prompt.0);
        }
        self.keys.begin(line == Line::Statement);
        self.printer.flush();
        self.printer.hold();
        if self.entries.last().is_some_and(|entry| entry.contains('!')) {
            begin_row();
        }
        let free = self.reserve.give();
        let typed = if free {
            self.editor.readline_with_initial(&prompt, (start, ""))
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
            Err(_) if self.keys.escaped.load(Ordering::Acquire) => Typed::Detached,
            Err(ReadlineError::Interrupted | ReadlineError::Signal(Signal::Interrupt)) => Typed::Interrupted,
            Err(error) => Typed::Broken(error.to_string()),
        })
    }

    /// Keeps a statement in the history: entry number `entry`, one of the last `size`. What went wrong, if something
    /// did.
    pub(crate) fn keep(&mut self, entry: usize, text: &str, size: usize) -> Option<String> {
        self.entries.push(text.to_owned());
        if let Some(assistant) = self.editor.helper() {
            assistant.note(text);
        }
        self.history().keep(entry, text, size)
    }

    /// Counts a statement that is not kept.
    pub(crate) fn pass_over(&mut self) {
        self.entries.push(String::new());
    }

    /// Removes from the history what was typed in this shell and is a secret by now.
    pub(crate) fn forget(&mut self, is_secret: impl Fn(&str) -> bool) -> Option<String> {
        let (any, trouble) = self.history().forget(&is_secret);
        if any {
            self.entries.iter_mut().filter(|entry| is_secret(entry)).for_each(String::clear);
        }
        trouble
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the person edit the entry of that number, or the last one that was not `edit` itself; what is saved is
    /// entered next.
    pub(crate) fn edit(&mut self, entry: Option<u64>, answer: oneshot::Sender<Result<(), String>>) {
        // The last entry is the one that asks.
        let past = &self.entries[..self.entries.len().saturating_sub(1)];
        let text = match entry {
            None => Ok(past.iter().rev().find(|entry| entry.split_whitespace().next() != Some("edit")).cloned()),
            Some(number) => usize::try_from(number)
                .ok()
                .and_then(|number| past.get(number.checked_sub(1)?).cloned())
                .map(Some)
                .ok_or_else(|| match past.len() {
                    0 => format!("there is no entry #{number} yet"),
                    last => format!("there is no entry #{number}: they are #1 to #{last}"),
                }),
        };
        let edited = text.and_then(|text| self.in_editor(&text.unwrap_or_default()));
        if answer.is_closed() {
            // It was interrupted.
            return;
        }
        let told = edited.map(|text| self.next = Some(text).filter(|text| !text.is_empty()));
        let _ = answer.send(told);
    }

    /// Gives the terminal to the person's editor, with that text.
    fn in_editor(&self, text: &str) -> Result<String, String> {
        self.printer.flush();
        self.printer.hold();
        let saved = editor::edit(text);
        self.printer.release();
        saved
    }

    /// Shows an entry that was not typed, as if it was.
    fn show(&self, text: &str, styled: &str) {
        let coloured = self.editor.helper().map_or_else(|| text.to_owned(), |assistant| assistant.coloured(text, 0));
        self.printer.print(format!("{styled}{coloured}"));
    }

    /// Replaces the editor: a message that it has not shown is written by other means.
    fn replace(&mut self) -> rustyline::Result<()> {
        let past = self.editor.history().clone();
        if let Some(assistant) = self.editor.helper().map(Assistant::again) {
            self.editor = line_editor(assistant, past, &self.printer, &self.keys)?;
        }
        Ok(())
    }
}

/// Begins a new row unless the cursor stands at the beginning of one. A program that `!` ran may have left its last
/// line open, which the line editor would draw over; as many blanks as there are columns fill the row to its end if
/// it is empty, and go on in the next if it is not.
fn begin_row() {
    let columns = terminal::output_width().unwrap_or(80);
    let blanks = format!("{}\r", " ".repeat(columns));
    let _ = write_all(rustix::stdio::stdout(), blanks.as_bytes());
}

fn config() -> Config {
    // Colours are the assistant's to decide; the editor is to draw everything through it.
    Config::builder()
        .completion_type(CompletionType::List)
        .color_mode(ColorMode::Forced)
        .tab_stop(u8::try_from(rows::TAB).unwrap_or(8))
        .indent_size(4)
        .build()
}

fn line_editor(
    assistant: Assistant,
    past: Recall,
    printer: &Printer,
    keys: &Keys,
) -> rustyline::Result<Editor<Assistant, Recall>> {
    let mut editor = Editor::with_history(config(), past)?;
    editor.set_helper(Some(assistant));
    keys.bind(&mut editor);
    printer.connect(editor.create_external_printer()?);
    Ok(editor)
}
