//! A fault: an error of a running script, with its place and the way it ends the script.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::amendment::Amendment;
use super::excerpt::Excerpt;
use crate::language::{Diagnostic, Source, Span};
use crate::net::NetError;

/// How an error ends a script: the table of exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// 1: the network or the system refused.
    Refused,
    /// 2: usage, or the script is wrong.
    Usage,
    /// 3: an expectation or assertion did not hold.
    Unmet,
}

impl Class {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unmet => 3,
        }
    }

    /// Its name in logs and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::Unmet => "unmet",
        }
    }
}

/// An error of a running script: its diagnostic, the source that the place is in, and its class.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Excerpt", into = "Excerpt")]
pub struct Fault {
    /// How it ends the script.
    pub class: Class,
    /// What is wrong and where.
    pub diagnostic: Box<Diagnostic>,
    /// The source that `diagnostic.span` points into.
    pub source: Arc<Source>,
    /// What an expectation would have had to say, where that is known.
    pub amendment: Option<Box<Amendment>>,
    /// Whether the end of the step that raised it has been told; the steps around are merely broken by it.
    pub told: bool,
}

impl Fault {
    /// An error in `source`.
    pub fn new(class: Class, diagnostic: Diagnostic, source: Arc<Source>) -> Self {
        Self { class, diagnostic: Box::new(diagnostic), source, amendment: None, told: false }
    }
}

/// What went wrong, before its place is known. Commands and values raise problems; the evaluator, which knows
/// the statement, makes faults of them. A problem keeps a span that was known more exactly.
#[derive(Debug, Clone)]
pub struct Problem {
    /// How it ends the script.
    pub class: Class,
    /// What is wrong.
    pub diagnostic: Box<Diagnostic>,
    /// The source that its place is in, where that is another than the statement's.
    source: Option<Arc<Source>>,
    /// As in [`Fault`].
    amendment: Option<Box<Amendment>>,
    /// As in [`Fault`].
    told: bool,
}

impl Problem {
    fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, diagnostic: Box::new(Diagnostic::error(message)), source: None, amendment: None, told: false }
    }

    /// The network or the system refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Class::Refused, message)
    }

    /// The statement asks for something that makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Class::Usage, message)
    }

    /// An expectation or assertion did not hold.
    pub fn unmet(message: impl Into<String>) -> Self {
        Self::new(Class::Unmet, message)
    }

    /// What is wrong, and how it ends the script.
    pub fn of(class: Class, diagnostic: Diagnostic) -> Self {
        Self { class, diagnostic: Box::new(diagnostic), source: None, amendment: None, told: false }
    }

    /// The same, at `span` unless a place is known already.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        if self.source.is_none() {
            self.diagnostic.span.get_or_insert(span);
        }
        self
    }

    /// The same, with a label beside its place.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.diagnostic.label = label.into();
        self
    }

    /// The same, with a line under its place.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.diagnostic.notes.push(note.into());
        self
    }

    /// The same, with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.diagnostic.hints.push(hint.into());
        self
    }

    /// The same, with what would have held.
    #[must_use]
    pub fn amended(mut self, amendment: Option<Amendment>) -> Self {
        self.amendment = amendment.map(Box::new);
        self
    }

    /// The fault that it is in `source`.
    pub fn in_source(self, source: &Arc<Source>) -> Fault {
        Fault {
            class: self.class,
            diagnostic: self.diagnostic,
            source: self.source.unwrap_or_else(|| Arc::clone(source)),
            amendment: self.amendment,
            told: self.told,
        }
    }
}

impl From<Fault> for Problem {
    /// The fault of another script, which keeps its place there.
    fn from(fault: Fault) -> Self {
        let Fault { class, diagnostic, source, amendment, told } = fault;
        Self { class, diagnostic, source: Some(source), amendment, told }
    }
}

impl From<NetError> for Problem {
    fn from(error: NetError) -> Self {
        let problem = Self::refused(error.to_string());
        let NetError::Handshake { error, .. } = error else { return problem };
        let problem = error.notes.into_iter().fold(problem, Self::note);
        match error.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}
