//! Quoted: what a document says that a script writes, with `…` for what differs from run to run.

use std::ops::Range;

use crate::language::{Diagnostic, Source, Span};

/// Stands for any text within a line; on a line of its own, for any lines.
const ANYTHING: &str = "…";
/// Up to so many pairs of lines are compared to find those that stay.
const MOST_PAIRS: usize = 1 << 20;

/// A block of a document that shows what a script writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quoted {
    /// What it shows.
    pub(crate) text: String,
    /// Where each of its lines begins in the document, and where its last line ends.
    lines: Vec<usize>,
    end: usize,
    /// What stands before each line in the document: the indentation of a list, the mark of a quotation.
    margin: String,
}

/// How what is written differs from what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The line that is shown, from 0; one behind the last where more is written.
    line: usize,
    /// What is written instead; `None` where it ends before.
    written: Option<String>,
}

impl Quoted {
    /// The block that takes the bytes `range` of `document`, whose content stands at `text`.
    pub(super) fn new(document: &Source, range: Range<usize>, text: &[Range<usize>]) -> Self {
        let whole: String = text.iter().map(|range| &document.text[range.clone()]).collect();
        let line_start = |at: usize| document.text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let opening =
            document.text[range.start..].find('\n').map_or(document.text.len(), |feed| range.start + feed + 1);
        let end = text.last().map_or(opening, |last| last.end);
        let mut lines = Vec::new();
        let mut at = opening;
        while at < end {
            lines.push(at);
            at = document.text[at..].find('\n').map_or(end, |feed| at + feed + 1);
        }
        let margin = document.text[line_start(range.start)..range.start].to_owned();
        Self { text: whole, lines, end, margin }
    }

    /// How `written` differs from it, if it does.
    pub(crate) fn difference(&self, written: &str) -> Option<Difference> {
        let (shown, written): (Vec<&str>, Vec<&str>) = (lines(&self.text), lines(written));
        let (mut at, mut of) = (0, 0);
        // Where the last `…` line stands, and how far what it stands for reaches.
        let mut anything: Option<(usize, usize)> = None;
        let mut furthest = (0, 0);
        loop {
            furthest = furthest.max((at, of));
            match (shown.get(at), written.get(of)) {
                (None, None) => return None,
                (Some(&line), _) if line.trim() == ANYTHING => {
                    anything = Some((at, of));
                    at += 1;
                }
                (Some(line), Some(other)) if fits(line, other) => (at, of) = (at + 1, of + 1),
                _ => match &mut anything {
                    Some((line, reach)) if *reach < written.len() => {
                        *reach += 1;
                        (at, of) = (*line + 1, *reach);
                    }
                    _ => break,
                },
            }
        }
        let (line, of) = furthest;
        Some(Difference { line, written: written.get(of).map(|&line| line.to_owned()) })
    }

    /// The error that says where they differ.
    pub(crate) fn diagnostic(&self, difference: &Difference) -> Diagnostic {
        let Difference { line, written } = difference;
        let shown = lines(&self.text).get(*line).copied();
        let at = self.lines.get(*line).map_or(self.end, |start| start + self.margin.len());
        let end = at + shown.map_or(0, str::len);
        let words = |line: Option<&str>| line.map_or_else(|| "nothing: it ends before".to_owned(), str::to_owned);
        Diagnostic::error("this is not what the script writes")
            .at(Span::new(at.min(end), end))
            .labelled(format!("line {} differs", line + 1))
            .note(format!("expected  {}", words(shown)))
            .note(format!("written   {}", words(written.as_deref())))
    }

    /// What the document has to say between `from` and `to` so that it shows what is written. Lines that still fit stay
    /// as they are. `None` where a document cannot show it.
    pub(crate) fn renewed(&self, written: &str) -> Option<(usize, usize, String)> {
        if written.contains("```") || self.margin.contains(|letter| letter != ' ' && letter != '>') {
            return None;
        }
        let line = |line: &str| format!("{}{line}", self.margin).trim_end().to_owned() + "\n";
        let from = self.lines.first().copied().unwrap_or(self.end);
        Some((from, self.end, kept(&lines(&self.text), &lines(written)).into_iter().map(line).collect()))
    }
}

/// The lines of a text.
fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.strip_suffix('\n').unwrap_or(text).split('\n').collect() }
}

/// Whether a line is what one with `…` stands for.
fn fits(shown: &str, written: &str) -> bool {
    let (shown, written) = (shown.trim_end(), written.trim_end());
    let mut parts = shown.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = written.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

/// `written` as `shown` would have to say it: lines that fit stay as they are, and so does `…`, which covers as much as
/// it can; the others are replaced one by one.
fn kept<'t>(shown: &[&'t str], written: &[&'t str]) -> Vec<&'t str> {
    if (shown.len() + 1) * (written.len() + 1) > MOST_PAIRS {
        return written.to_vec();
    }
    let alignment = Alignment::of(shown, written);
    let steps = std::iter::successors(alignment.step(Place::default()), |step| alignment.step(step.to));
    steps.filter_map(|step| step.line).collect()
}

/// What a line costs that does not stay, and one that comes in: more lines would stay for a few new ones.
const LOST: u32 = 2;
const NEW: u32 = 1;

/// The cheapest way through two texts.
struct Alignment<'a, 't> {
    shown: &'a [&'t str],
    written: &'a [&'t str],
    /// For each place what the changes from there to the end cost.
    costs: Vec<u32>,
}

/// A place on that way.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The next line that is shown.
    at: usize,
    /// The next line that is written.
    of: usize,
    /// Whether a `…` stands before it, which covers what is written.
    covered: bool,
}

/// A step on that way.
struct Step<'t> {
    /// What the changes from here to the end cost.
    cost: u32,
    /// The line that the document has afterwards.
    line: Option<&'t str>,
    to: Place,
}

impl<'a, 't> Alignment<'a, 't> {
    fn of(shown: &'a [&'t str], written: &'a [&'t str]) -> Self {
        let places = (shown.len() + 1) * (written.len() + 1) * 2;
        let mut alignment = Self { shown, written, costs: vec![0; places] };
        for at in (0..=shown.len()).rev() {
            for of in (0..=written.len()).rev() {
                for covered in [false, true] {
                    let place = Place { at, of, covered };
                    let index = alignment.index(place);
                    alignment.costs[index] = alignment.step(place).map_or(0, |step| step.cost);
                }
            }
        }
        alignment
    }

    fn index(&self, place: Place) -> usize {
        (place.at * (self.written.len() + 1) + place.of) * 2 + usize::from(place.covered)
    }

    /// The best step from a place; `None` at the end.
    fn step(&self, Place { at, of, covered }: Place) -> Option<Step<'t>> {
        let (shown, written) = (self.shown.get(at).copied(), self.written.get(of).copied());
        let step = |cost: u32, line: Option<&'t str>, (at, of, covered)| {
            let to = Place { at, of, covered };
            Step { cost: cost + self.costs[self.index(to)], line, to }
        };
        if let Some(line) = shown.filter(|line| line.trim() == ANYTHING) {
            return Some(step(0, Some(line), (at + 1, of, true)));
        }
        let fitting = shown.zip(written).filter(|(shown, written)| fits(shown, written));
        // Of several that cost the same the first is taken.
        let steps = [
            fitting.map(|(shown, _)| step(0, Some(shown), (at + 1, of + 1, false))),
            written.filter(|_| covered).map(|_| step(0, None, (at, of + 1, true))),
            shown.and(written).map(|line| step(LOST, Some(line), (at + 1, of + 1, false))),
            shown.map(|_| step(LOST, None, (at + 1, of, covered))),
            written.map(|line| step(NEW, Some(line), (at, of + 1, false))),
        ];
        steps.into_iter().flatten().min_by_key(|step| step.cost)
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    fn quoted(text: &str) -> Quoted {
        let document = Source::new("a.md", format!("```output\n{text}```\n"));
        Quoted::new(&document, 0..document.text.len(), slice::from_ref(&(10..10 + text.len())))
    }

    fn differs(shown: &str, written: &str) -> Option<(usize, Option<String>)> {
        quoted(shown).difference(written).map(|difference| (difference.line, difference.written))
    }

    #[test]
    fn what_is_shown_is_written() {
        for (shown, written) in [
            ("a\nb\n", "a\nb\n"),
            ("a \n", "a\n"),
            ("port …\n", "port 4711\n"),
            ("… took … ms\n", "it took 3 ms\n"),
            ("a\n…\nz\n", "a\nb\nc\nz\n"),
            ("a\n…\n", "a\n"),
            ("…\nb\n…\nb\n", "x\nb\nb\nc\nb\n"),
        ] {
            assert_eq!(differs(shown, written), None, "{shown:?} {written:?}");
        }
    }

    #[test]
    fn what_differs_is_told() {
        assert_eq!(differs("a\nb\n", "a\nc\n"), Some((1, Some("c".into()))));
        assert_eq!(differs("a\nb\n", "a\n"), Some((1, None)));
        assert_eq!(differs("a\n", "a\nb\n"), Some((1, Some("b".into()))));
        assert_eq!(differs("a\n…\nz\n", "a\nb\n"), Some((2, None)));
        assert_eq!(differs("x…y\n", "xy z\n"), Some((0, Some("xy z".into()))));
    }

    #[test]
    fn lines_that_still_fit_stay() {
        let renewed = |shown: &str, written: &str| quoted(shown).renewed(written).map(|(_, _, text)| text);
        assert_eq!(renewed("port …\nold\n", "port 1\nnew\n"), Some("port …\nnew\n".into()));
        assert_eq!(renewed("a\n…\nz\nend\n", "a\nb\nc\nend\nmore\n"), Some("a\n…\nend\nmore\n".into()));
        assert_eq!(renewed("old\n…\n", "new\nb\nc\n"), Some("new\n…\n".into()));
        assert_eq!(renewed("a\n", "b\na\n"), Some("b\na\n".into()));
        assert_eq!(renewed("a\n", "```\n"), None);
    }

    #[test]
    fn a_quotation_keeps_its_mark() {
        let text = "> ```output\n> old\n> ```\n";
        let document = Source::new("a.md", text);
        let at = text.find("old").unwrap();
        let quoted = Quoted::new(&document, 2..text.len(), slice::from_ref(&(at..at + 4)));
        assert_eq!(quoted.renewed("new\n\n"), Some((12, 18, "> new\n>\n".into())));
        let difference = quoted.difference("new\n").unwrap();
        assert_eq!(quoted.diagnostic(&difference).span, Some(Span::new(at, at + 3)));
    }
}
