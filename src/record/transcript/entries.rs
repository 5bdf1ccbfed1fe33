//! Entries: the statements of a script's top level as a prompt would number them, and errors that point into them.

use std::sync::Arc;

use crate::engine::event::{Fault, Step};
use crate::language::{Diagnostic, Source, Span};

/// What was typed so far: for each entry the source that it stands in and its first line there.
#[derive(Debug, Default)]
pub(super) struct Entries {
    begun: Vec<(String, usize)>,
}

impl Entries {
    /// Takes note of the next entry.
    pub(super) fn begin(&mut self, step: &Step) {
        self.begun.push((step.source.clone(), step.line));
    }

    /// The name of the last entry.
    pub(super) fn name(&self) -> String {
        name(self.begun.len())
    }

    /// The same error in the entry that its place is in.
    pub(super) fn place(&self, fault: Fault) -> Fault {
        let Some(span) = fault.diagnostic.span else { return fault };
        let (line, _) = fault.source.position(span.start);
        let holds = |(source, first): &(String, usize)| *source == fault.source.name && *first <= line;
        let Some(at) = self.begun.iter().rposition(holds) else { return fault };
        let (source, span) = moved(&fault.source, span, line - self.begun[at].1, name(at + 1));
        let diagnostic = Diagnostic { span: Some(span), ..*fault.diagnostic };
        Fault::new(fault.class, diagnostic, Arc::new(source))
    }
}

fn name(number: usize) -> String {
    format!("entry #{number}")
}

/// A source of that name in which the lines that `span` is in are the only ones, behind so many empty ones.
fn moved(source: &Source, span: Span, before: usize, name: String) -> (Source, Span) {
    let text = &source.text;
    let first = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let last = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    let span = Span::new(before + span.start - first, before + span.end - first);
    (Source::new(name, "\n".repeat(before) + &text[first..last]), span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Class;

    #[test]
    fn an_error_points_into_its_entry() {
        let mut entries = Entries::default();
        let step = |line: usize, text: &str| Step {
            number: 1,
            within: 0,
            beside: false,
            source: "lab.nsh".to_owned(),
            line,
            text: text.to_owned(),
        };
        entries.begin(&step(2, "print 1"));
        entries.begin(&step(3, "repeat 2 {\n    fail \"x\"\n}"));
        let text = "# a\nprint 1\nrepeat 2 {\n    fail \"x\"\n}\n";
        let start = text.find("fail").expect("it is there");
        let diagnostic = Diagnostic::error("x").at(Span::new(start, start + 8));
        let source = Arc::new(Source::new("lab.nsh", text));
        let placed = entries.place(Fault::new(Class::Unmet, diagnostic, source));
        assert_eq!(placed.source.name, "entry #2");
        let span = placed.diagnostic.span.expect("it has a place");
        assert_eq!(placed.source.position(span.start), (2, 5));
        assert_eq!(&placed.source.text[span.range()], "fail \"x\"");
    }
}
