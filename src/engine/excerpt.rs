//! Excerpts: an error with the lines that it points to, so that it can be drawn where the whole source is not at hand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::amendment::Amendment;
use super::fault::{Class, Fault};
use crate::language::{Diagnostic, Severity, Source, Span};

/// A fault as it is written down.
#[derive(Serialize, Deserialize)]
pub(super) struct Excerpt {
    class: Class,
    message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    label: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
    /// What its source is called.
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    /// What an expectation would have had to say, by bytes of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amendment: Option<Box<Amendment>>,
}

/// Where it points.
#[derive(Serialize, Deserialize)]
struct Place {
    /// The number of the first line, from 1.
    line: usize,
    /// The whole lines.
    text: String,
    /// From which byte of them to which.
    span: (usize, usize),
}

impl From<Fault> for Excerpt {
    fn from(fault: Fault) -> Self {
        let Diagnostic { severity: _, message, span, label, notes, hints } = *fault.diagnostic;
        let place = span.map(|span| Place::of(&fault.source, span));
        let source = fault.source.name.clone();
        Self { class: fault.class, message, label, notes, hints, source, place, amendment: fault.amendment }
    }
}

impl Place {
    fn of(source: &Source, span: Span) -> Self {
        let text = &source.text;
        let (start, end) = (span.start.min(text.len()), span.end.min(text.len()));
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let last = text[end..].find('\n').map_or(text.len(), |at| end + at);
        Self { line: source.position(start).0, text: text[first..last].to_owned(), span: (start - first, end - first) }
    }
}

impl From<Excerpt> for Fault {
    fn from(excerpt: Excerpt) -> Self {
        let Excerpt { class, message, label, notes, hints, source, place, amendment } = excerpt;
        // The lines before are not known, but their number is.
        let (text, span) = match place {
            Some(Place { line, text, span: (start, end) }) => {
                let before = line.saturating_sub(1);
                let clamp = |at: usize| before + text.floor_char_boundary(at);
                let span = Span::new(clamp(start), clamp(end.max(start)));
                ("\n".repeat(before) + &text, Some(span))
            }
            None => (String::new(), None),
        };
        let diagnostic = Diagnostic { severity: Severity::Error, message, span, label, notes, hints };
        Self { amendment, ..Self::new(class, diagnostic, Arc::new(Source::new(source, text))) }
    }
}
