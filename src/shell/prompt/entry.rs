//! The entry: what is being typed, as the keys, the helper of the line editor and the prompt share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::indent;

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Line {
    /// A statement.
    #[default]
    Statement,
    /// An answer to `ask`.
    Answer,
    /// An answer that is not shown.
    Secret,
    /// A line for the attached session.
    Attached,
}

/// How a line ends that is not entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With Ctrl-C.
    Interrupted,
    /// With Ctrl-D on an empty line.
    End,
    /// With Ctrl-], which returns from an attached session.
    Escaped,
    /// It goes on in the person's own editor.
    Moved,
    /// It goes on in another line, because the terminal has no rows left for it.
    Folded,
}

/// What is being typed. All clones are the same.
///
/// The line editor takes its line for entered, however it ends: what it has read ahead is lost otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    line: Line,
    /// Columns that the prompt takes.
    prompt: usize,
    /// Columns that the line editor takes the terminal to have.
    columns: usize,
    ending: Option<Ending>,
    /// What the next completion puts in the place of so many bytes before the cursor, whatever may stand there.
    completion: Option<(usize, &'static str)>,
    /// What is typed unseen.
    secret: String,
    /// The lines before the one that is edited, each with its end.
    folded: String,
    /// What opens the blocks that are open behind those.
    opening: String,
}

impl Entry {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an entry of that kind.
    pub(crate) fn begin(&self, line: Line) {
        *self.lock() = State { line, ..State::default() };
    }

    /// Begins a line of it, behind a prompt of so many columns.
    pub(crate) fn begin_line(&self, prompt: usize) {
        let mut state = self.lock();
        state.prompt = prompt;
        state.ending = None;
    }

    /// What is typed.
    pub(crate) fn line(&self) -> Line {
        self.lock().line
    }

    /// Whether a statement is typed, which may go on over several lines.
    pub(crate) fn is_statement(&self) -> bool {
        self.line() == Line::Statement
    }

    /// Columns that the prompt takes.
    pub(crate) fn prompt(&self) -> usize {
        self.lock().prompt
    }

    /// Columns that the line editor takes the terminal to have.
    pub(crate) fn columns(&self) -> usize {
        self.lock().columns
    }

    /// The line editor takes the terminal to have so many columns.
    pub(crate) fn set_columns(&self, columns: usize) {
        self.lock().columns = columns;
    }

    /// Has the line that is about to be accepted not be entered.
    pub(crate) fn end(&self, ending: Ending) {
        self.lock().ending = Some(ending);
    }

    /// How the line ended, unless it was entered.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.lock().ending
    }

    /// Has the completion that is about to be asked for put `text` in the place of so many bytes before the cursor.
    pub(crate) fn complete(&self, back: usize, text: &'static str) {
        self.lock().completion = Some((back, text));
    }

    /// What the completion is that was asked for, if a key said so.
    pub(crate) fn take_completion(&self) -> Option<(usize, &'static str)> {
        self.lock().completion.take()
    }

    /// Changes what is typed unseen.
    pub(crate) fn unseen<T>(&self, change: impl FnOnce(&mut String) -> T) -> T {
        change(&mut self.lock().secret)
    }

    /// Goes on behind `text`, which is a part of it, in another line.
    pub(crate) fn fold(&self, text: &str) {
        let mut state = self.lock();
        state.opening = indent::opening(&format!("{}{text}", state.opening));
        state.folded.extend([text, "\n"]);
    }

    /// The lines before the one that is edited, each with its end.
    pub(crate) fn folded(&self) -> String {
        self.lock().folded.clone()
    }

    /// What opens the blocks that are open behind those; with what is edited behind it, it says what may stand there.
    pub(crate) fn opening(&self) -> String {
        self.lock().opening.clone()
    }
}
