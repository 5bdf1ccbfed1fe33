//! Drawing diagnostics: the one place that gives errors and warnings their look.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paint::{Paint, Role};
use super::{escape, fit};
use crate::engine::{Class, Fault};
use crate::language::{Diagnostic, Severity, Source, Span};

/// Columns that a tab reaches to a multiple of.
const TAB: usize = 4;
/// Columns when it is drawn for no terminal.
const DEFAULT_WIDTH: usize = 160;

/// Columns below which a label is not parted into lines.
const NARROWEST: usize = 30;

/// What stands before a hint; its further lines are indented as much.
const HINT: &str = " hint: ";

/// How diagnostics are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether in colour.
    pub(crate) paint: Paint,
    /// Columns of the terminal; `None` when it is none.
    pub(crate) width: Option<usize>,
}

impl Style {
    /// Columns that are left behind so many; the terminal's last one stays free.
    fn room(self, taken: usize) -> usize {
        self.width.map_or(usize::MAX, |width| width.saturating_sub(taken + 1))
    }

    /// `text` in lines that fit behind so many columns. What stands in columns itself is not parted.
    fn lines(self, text: &str, indent: usize) -> Vec<String> {
        if text.contains("  ") { vec![text.to_owned()] } else { fit::lines(text, self.room(indent)) }
    }
}

/// Several diagnostics, an empty line between two.
pub(crate) fn diagnostics<'a>(
    findings: impl IntoIterator<Item = (&'a Source, &'a Diagnostic)>,
    style: Style,
) -> String {
    let drawn: Vec<String> =
        findings.into_iter().map(|(source, diagnostic)| diagnostic_in(diagnostic, source, style)).collect();
    drawn.join("\n")
}

/// A diagnostic with its place in `source`, if it has one; ends with a line feed.
pub(crate) fn diagnostic_in(diagnostic: &Diagnostic, source: &Source, style: Style) -> String {
    let mut out = headline(diagnostic, style);
    if let Some(span) = diagnostic.span {
        place(&mut out, diagnostic, source, span, style);
    } else {
        notes(&mut out, diagnostic, style);
    }
    hints(&mut out, diagnostic, style);
    out
}

/// A diagnostic without its place, for where the place is obvious; ends with a line feed.
pub(crate) fn message(diagnostic: &Diagnostic, with_hints: bool, style: Style) -> String {
    let mut out = headline(diagnostic, style);
    notes(&mut out, diagnostic, style);
    if with_hints {
        hints(&mut out, diagnostic, style);
    }
    out
}

/// The error that ended an entry of a prompt. What the network refused to an entry of one statement has an obvious place.
pub(crate) fn entry(fault: &Fault, style: Style) -> String {
    if fault.class == Class::Refused && !fault.source.text.contains(['\n', ';']) {
        message(&fault.diagnostic, true, style)
    } else {
        diagnostic_in(&fault.diagnostic, &fault.source, style)
    }
}

fn headline(diagnostic: &Diagnostic, style: Style) -> String {
    let (word, role) = match diagnostic.severity {
        Severity::Error => ("error", Role::Error),
        Severity::Warning => ("warning", Role::Warning),
    };
    let lines = style.lines(&clean(&diagnostic.message), word.len() + 2);
    let lines = lines.iter().map(|line| style.paint.apply(Role::Strong, line));
    let text = lines.collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(word.len() + 2)));
    format!("{}: {text}\n", style.paint.apply(role, word))
}

fn notes(out: &mut String, diagnostic: &Diagnostic, style: Style) {
    for line in diagnostic.notes.iter().flat_map(|note| style.lines(&clean(note), 2)) {
        let _ = writeln!(out, "  {line}");
    }
}

fn hints(out: &mut String, diagnostic: &Diagnostic, style: Style) {
    for hint in &diagnostic.hints {
        let text = style.lines(&clean(hint), HINT.len()).join(&format!("\n{}", " ".repeat(HINT.len())));
        let _ = writeln!(out, " {}: {text}", style.paint.apply(Role::Hint, "hint"));
    }
}

/// Messages quote what peers and files say.
fn clean(text: &str) -> String {
    escape::one_line(text.as_bytes())
}

fn place(out: &mut String, diagnostic: &Diagnostic, source: &Source, span: Span, style: Style) {
    let marked = Marked::find(source, span);
    let number = marked.line.to_string();
    let gutter = " ".repeat(number.len());
    let bar = style.paint.apply(Role::Faint, "|");
    let arrow = style.paint.apply(Role::Faint, "-->");
    let room = style.width.unwrap_or(DEFAULT_WIDTH).saturating_sub(number.len() + 4).max(20);
    let (text, indent, marks) = marked.window(room);

    let _ = writeln!(out, "{gutter} {arrow} {}:{}:{}", clean(&source.name), marked.line, marked.column);
    let _ = writeln!(out, "{gutter}  {bar}");
    let number = style.paint.apply(Role::Faint, &number);
    let _ = writeln!(out, "{}", format!(" {number} {bar} {text}").trim_end());
    let role = match diagnostic.severity {
        Severity::Error => Role::Mark,
        Severity::Warning => Role::Warning,
    };
    let taken = gutter.len() + 4;
    for line in labelled(marks, &clean(&diagnostic.label), indent, style, taken) {
        let _ = writeln!(out, "{gutter}  {bar} {}", style.paint.apply(role, &line));
    }
    for line in diagnostic.notes.iter().flat_map(|note| style.lines(&clean(note), taken + 2)) {
        let _ = writeln!(out, "{gutter}  {bar}   {line}");
    }
}

/// The marks with the label beside them, or below them where it does not fit; behind `taken` columns.
fn labelled(marks: usize, label: &str, indent: usize, style: Style, taken: usize) -> Vec<String> {
    let (before, marked) = (" ".repeat(indent), "^".repeat(marks));
    if label.is_empty() {
        return vec![before + &marked];
    }
    if label.width() <= style.room(taken + indent + marks + 1) {
        return vec![format!("{before}{marked} {label}")];
    }
    // Far to the right there is no room below them either.
    let indent = if style.room(taken + indent) < NARROWEST { 0 } else { indent };
    let below = style.lines(label, taken + indent).into_iter().map(|line| " ".repeat(indent) + &line);
    std::iter::once(before + &marked).chain(below).collect()
}

/// The line that a span starts in, as cells of the terminal.
struct Marked {
    line: usize,
    column: usize,
    cells: Vec<(String, usize)>,
    /// Which cells are marked; empty where the mark stands behind the text.
    from: usize,
    to: usize,
}

impl Marked {
    fn find(source: &Source, span: Span) -> Self {
        // What is missing at the end of a text is missing behind its last word, not on the empty line after it.
        let end = source.text.trim_end().len();
        let start = source.text.floor_char_boundary(span.start.min(end.max(1)).min(source.text.len()));
        let (line, column) = source.position(start);
        let text = source.line(line);
        let before = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = span.end.clamp(start, source.text.len()) - before;
        let mut marked = Self { line, column, cells: Vec::new(), from: 0, to: 0 };
        let mut at = 0;
        for (offset, c) in text.char_indices() {
            if offset < start - before {
                marked.from = marked.cells.len() + 1;
            }
            let (shown, width) = cell(c, at);
            at += width;
            marked.cells.push((shown, width));
            if offset < stop {
                marked.to = marked.cells.len();
            }
        }
        marked.to = marked.to.max(marked.from);
        marked
    }

    /// The text cut to `room` columns around the mark, the column where the mark starts, and its length.
    fn window(&self, room: usize) -> (String, usize, usize) {
        let width = |cells: &[(String, usize)]| cells.iter().map(|cell| cell.1).sum::<usize>();
        let mut first = 0;
        let mut last = self.cells.len();
        if width(&self.cells) > room {
            let before = room / 3;
            while width(&self.cells[first..self.from]) > before {
                first += 1;
            }
            let mut used = 0;
            last = first;
            while last < self.cells.len() && used + self.cells[last].1 <= room.saturating_sub(2) {
                used += self.cells[last].1;
                last += 1;
            }
        }
        let mut text: String = self.cells[first..last].iter().map(|cell| cell.0.as_str()).collect();
        let mut indent = width(&self.cells[first..self.from.min(last)]);
        let marks = width(&self.cells[self.from.min(last)..self.to.min(last)]).max(1);
        if first > 0 {
            text.insert(0, '…');
            indent += 1;
        }
        if last < self.cells.len() {
            text.push('…');
        }
        (text, indent, marks)
    }
}

/// A character as it is shown at column `at`, and how many columns it takes.
fn cell(c: char, at: usize) -> (String, usize) {
    match c {
        '\t' => {
            let width = TAB - at % TAB;
            (" ".repeat(width), width)
        }
        c => {
            let shown = escape::one_line(c.encode_utf8(&mut [0; 4]).as_bytes());
            let width = if shown.chars().eq([c]) { c.width().unwrap_or(0) } else { shown.width() };
            (shown, width)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { paint: Paint::PLAIN, width: None };

    fn span(text: &str, part: &str) -> Span {
        let start = text.find(part).expect("the part is in the text");
        Span::new(start, start + part.len())
    }

    #[test]
    fn an_error_looks_as_in_the_reference() {
        let text = "\n\n\n\n\n\na: expect \"HELLO\\n\" within 2s\n";
        let source = Source::new("lab.nsh", text);
        let diagnostic = Diagnostic::error("`expect` did not hold within 2 s")
            .at(span(text, "expect \"HELLO\\n\""))
            .labelled("expected 6 B, received 6 B that differ at byte 0")
            .note("expected  48 45 4c 4c 4f 0a   HELLO␊")
            .note("received  68 65 6c 6c 6f 0a   hello␊")
            .note("          ^^ ^^ ^^ ^^ ^^")
            .hint("`srv` is an `echo`; `listen tcp 14000 upper` answers in upper case");
        assert_eq!(
            diagnostic_in(&diagnostic, &source, PLAIN),
            r#"error: `expect` did not hold within 2 s
  --> lab.nsh:7:4
   |
 7 | a: expect "HELLO\n" within 2s
   |    ^^^^^^^^^^^^^^^^ expected 6 B, received 6 B that differ at byte 0
   |   expected  48 45 4c 4c 4f 0a   HELLO␊
   |   received  68 65 6c 6c 6f 0a   hello␊
   |             ^^ ^^ ^^ ^^ ^^
 hint: `srv` is an `echo`; `listen tcp 14000 upper` answers in upper case
"#
        );
    }

    #[test]
    fn an_error_without_place_is_a_line_and_its_hints() {
        let diagnostic = Diagnostic::error("connection refused by tcp 127.0.0.1:7").hint("nothing listens there");
        let drawn = diagnostic_in(&diagnostic, &Source::new("entry #1", ""), PLAIN);
        assert_eq!(drawn, "error: connection refused by tcp 127.0.0.1:7\n hint: nothing listens there\n");
    }

    #[test]
    fn wide_characters_and_tabs_are_aligned() {
        let text = "\tsend \"你好\" bad";
        let drawn = diagnostic_in(&Diagnostic::error("x").at(span(text, "bad")), &Source::new("f", text), PLAIN);
        assert_eq!(drawn, "error: x\n  --> f:1:12\n   |\n 1 |     send \"你好\" bad\n   |                 ^^^\n");
    }

    #[test]
    fn what_is_missing_at_the_end_is_marked_behind_the_last_word() {
        let source = Source::new("f", "listen tcp\n\n");
        let drawn = diagnostic_in(&Diagnostic::error("x").at(Span::new(12, 12)), &source, PLAIN);
        assert_eq!(drawn, "error: x\n  --> f:1:11\n   |\n 1 | listen tcp\n   |           ^\n");
    }

    #[test]
    fn a_mark_over_several_lines_ends_with_the_first() {
        let source = Source::new("f", "repeat 2 {\n  x\n}\n");
        let drawn = diagnostic_in(&Diagnostic::warning("x").at(Span::new(9, 16)), &source, PLAIN);
        assert_eq!(drawn, "warning: x\n  --> f:1:10\n   |\n 1 | repeat 2 {\n   |          ^\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("send \"{}\" here {}", "a".repeat(100), "b".repeat(100));
        let source = Source::new("f", text.clone());
        let style = Style { width: Some(44), ..PLAIN };
        let drawn = diagnostic_in(&Diagnostic::error("x").at(span(&text, "here")), &source, style);
        assert_eq!(
            drawn,
            "error: x\n  --> f:1:109\n   |\n 1 | …aaaaaaaaaaa\" here bbbbbbbbbbbbbbbbbbb…\n   |               ^^^^\n"
        );
    }

    #[test]
    fn hostile_text_is_spelled_out() {
        let text = "send \x1b[2J";
        let source = Source::new("f\n", text);
        let drawn = diagnostic_in(&Diagnostic::error("a\nb").at(Span::new(5, 9)), &source, PLAIN);
        assert_eq!(drawn, "error: a␊b\n  --> f␊:1:6\n   |\n 1 | send \\x1b[2J\n   |      ^^^^^^^\n");
    }

    #[test]
    fn an_empty_source_can_be_marked() {
        let drawn = diagnostic_in(&Diagnostic::error("x").at(Span::new(0, 0)), &Source::new("f", ""), PLAIN);
        assert_eq!(drawn, "error: x\n  --> f:1:1\n   |\n 1 |\n   | ^\n");
    }
}
