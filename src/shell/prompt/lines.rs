//! Lines: the line editor, with the history, for statements, answers, and an attached session.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::config::Configurer;
use rustyline::error::{ReadlineError, Signal};
use rustyline::{ColorMode, CompletionType, Config, Editor};
use tokio::sync::oneshot;

use super::assistant::Assistant;
use super::entry::{Ending, Entry, Line};
use super::history::History;
use super::printer::Printer;
use super::recall::Recall;
use super::reserve::Reserve;
use super::{editor, indent, keys, rows};
use crate::shell::output::write_all;
use crate::shell::terminal;

/// How a line ended.
#[derive(Debug)]
pub(crate) enum Typed {
    /// With Enter.
    Line(String),
    /// With Ctrl-C, or because another thread ended it; so far stood in it.
    Interrupted(String),
    /// With Ctrl-D on an empty line.
    End,
    /// The terminal is gone.
    Gone,
    /// With Ctrl-] on the line of an attached session; so far stood in it.
    Detached(String),
    /// The terminal failed.
    Broken(String),
}

/// How the line editor came to its end.
enum Piece {
    /// With a line that was entered, or ended as the entry says.
    Ended(String),
    /// With the whole entry.
    Whole(Typed),
    /// With what is no text; so far stood in the line, before the cursor and behind it.
    Spoilt { before: String, behind: String },
}

/// The line editor.
pub(crate) struct Lines {
    editor: Editor<Assistant, Recall>,
    printer: Printer,
    reserve: Arc<Reserve>,
    entry: Entry,
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
        let entry = assistant.entry().clone();
        let editor = line_editor(assistant, Recall::new(Arc::clone(&history)), &printer)?;
        Ok(Self { editor, printer, reserve, entry, history, entries: Vec::new(), next: None })
    }

    /// Edits a line of that kind behind `prompt`; `styled` is the same in colour.
    pub(crate) fn read(&mut self, line: Line, prompt: &str, styled: &str) -> rustyline::Result<Typed> {
        if line == Line::Statement
            && let Some(text) = self.next.take()
        {
            self.show(&text, styled);
            return Ok(Typed::Line(text));
        }
        self.entry.begin(line);
        let (mut place, mut start) = ((prompt, styled), (String::new(), String::new()));
        loop {
            let text = match self.read_line(place, (&start.0, &start.1))? {
                Piece::Whole(typed) => return Ok(typed),
                Piece::Ended(text) => text,
                Piece::Spoilt { before, behind } => {
                    self.printer.print("error: what was typed is not UTF-8");
                    start = (before, behind);
                    continue;
                }
            };
            match self.entry.ending() {
                None => return Ok(Typed::Line(self.whole(&text))),
                Some(Ending::Interrupted) => return Ok(Typed::Interrupted(text)),
                Some(Ending::End) => return Ok(Typed::End),
                Some(Ending::Escaped) => return Ok(Typed::Detached(text)),
                Some(Ending::Folded) => {
                    self.entry.fold(&text);
                    (place, start.0) = (("", ""), indent::start(&self.entry.opening()));
                }
                Some(Ending::Moved) => match self.move_on(&text, styled) {
                    Ok(text) => return Ok(Typed::Line(text)),
                    Err(moved) => (place, start.0) = ((prompt, styled), moved),
                },
            }
            start.1.clear();
        }
    }

    /// Has the entry, the last line of which is `text`, go on in the person's editor: what was saved there, or the
    /// entry as it was.
    fn move_on(&self, text: &str, styled: &str) -> Result<String, String> {
        let moved = self.whole(text);
        let saved = self.in_editor(&moved);
        self.entry.begin(self.entry.line());
        match saved {
            Ok(text) => {
                self.show(&text, styled);
                Ok(text)
            }
            Err(reason) => {
                self.printer.print(format!("error: {reason}"));
                Err(moved)
            }
        }
    }

    /// Everything that was typed, the last line of which is `text`.
    fn whole(&self, text: &str) -> String {
        match self.entry.line() {
            Line::Secret => self.entry.unseen(std::mem::take),
            _ => self.entry.folded() + text,
        }
    }

    /// Edits a line, with that text before the cursor and behind it.
    fn read_line(&mut self, prompt: (&str, &str), start: (&str, &str)) -> rustyline::Result<Piece> {
        if let Some(assistant) = self.editor.helper() {
            assistant.expect(prompt.0);
        }
        // What is pasted unseen comes as keys, which are the only thing that is not shown.
        self.editor.enable_bracketed_paste(self.entry.line() != Line::Secret);
        self.printer.flush();
        terminal::await_foreground();
        self.printer.hold();
        if self.entries.last().is_some_and(|entry| entry.contains('!')) {
            begin_row();
        }
        let free = self.reserve.give();
        let typed = if free {
            let face = rows::Face { plain: prompt.0, styled: prompt.1, entry: &self.entry };
            self.editor.readline_with_initial(&face, start)
        } else {
            Err(ReadlineError::Io(std::io::Error::other("no low descriptor is free for the line editor")))
        };
        self.reserve.take();
        self.printer.release();
        let error = match typed {
            Ok(text) => return Ok(Piece::Ended(text)),
            Err(error) => error,
        };
        let (line, cursor) = self.editor.helper().map(Assistant::typed).unwrap_or_default();
        // It did not say that it gives the terminal away, and may have been woken meanwhile.
        self.replace()?;
        Ok(match error {
            ReadlineError::Eof => Piece::Whole(Typed::Gone),
            ReadlineError::Interrupted | ReadlineError::Signal(Signal::Interrupt) => {
                Piece::Whole(Typed::Interrupted(line))
            }
            ReadlineError::Io(error) if error.kind() == ErrorKind::InvalidData => {
                let (before, behind) = line.split_at(cursor);
                Piece::Spoilt { before: before.to_owned(), behind: behind.to_owned() }
            }
            error => Piece::Whole(Typed::Broken(error.to_string())),
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

    /// Replaces the editor by one that has not been woken.
    fn replace(&mut self) -> rustyline::Result<()> {
        let past = self.editor.history().clone();
        if let Some(assistant) = self.editor.helper().map(Assistant::again) {
            self.editor = line_editor(assistant, past, &self.printer)?;
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

fn line_editor(assistant: Assistant, past: Recall, printer: &Printer) -> rustyline::Result<Editor<Assistant, Recall>> {
    let mut editor = Editor::with_history(config(), past)?;
    keys::bind(&mut editor, assistant.entry());
    editor.set_helper(Some(assistant));
    printer.connect(editor.create_external_printer()?);
    Ok(editor)
}
