//! A diagnostic: what is wrong in a source, where, what was expected, and what would help.
//!
//! It is data only; the shell draws it.

use super::source::Span;

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The script runs, but probably not as meant.
    Warning,
    /// The script does not run, or ended here.
    Error,
}

/// One finding. Texts are lower case, without a full stop, names in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// Said beside the marked place; may be empty.
    pub label: String,
    /// Further lines under the marked place, in order, such as an expected and a received dump.
    pub notes: Vec<String>,
    /// What would help.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error with that message and no place yet.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: String::new(),
            notes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// A warning with that message and no place yet.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same, at `span`.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same, with `label` beside the marked place.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same, with one more line under the marked place.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same, with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
