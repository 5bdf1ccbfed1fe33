//! Typing: how a statement comes about on the screen, key by key, in the colours that it has after each.

use crate::language::vocabulary::Names;
use crate::look::Paint;
use crate::look::statement;

/// What a statement may name: everything, since it has been run.
struct Trusting;

impl Names for Trusting {
    fn has_session(&self, _: &str) -> bool {
        true
    }
    fn has_variable(&self, _: &str) -> bool {
        true
    }
    fn arity(&self, _: &str) -> Option<(usize, usize)> {
        Some((0, usize::MAX))
    }
    fn sessions(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn variables(&self) -> Vec<String> {
        Vec::new()
    }
    fn functions(&self) -> Vec<String> {
        Vec::new()
    }
    fn session_summary(&self, _: &str) -> String {
        String::new()
    }
}

/// A longer statement is not typed but put in at once, in bytes.
const LONGEST: usize = 4096;

/// How a key changes what is drawn.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// This is added to the line.
    More(String),
    /// The line is drawn anew.
    Anew(String),
    /// Another line begins, with this on it.
    Line(String),
}

/// The changes that typing a statement makes, one for each key.
pub(super) struct Typing<'t> {
    text: &'t str,
    paint: Paint,
    /// Up to where it is typed.
    typed: usize,
    /// The line that the cursor is on, as it is drawn.
    line: Vec<Letter>,
}

/// A letter that is drawn, and its colours. Those of a blank are not seen.
#[derive(Clone)]
struct Letter(char, String);

impl PartialEq for Letter {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && (self.0 == ' ' || self.1 == other.1)
    }
}

impl<'t> Typing<'t> {
    /// Those of `text`.
    pub(super) const fn of(text: &'t str, paint: Paint) -> Self {
        Self { text, paint, typed: 0, line: Vec::new() }
    }

    /// What is typed so far, in colour.
    fn drawn(&self) -> String {
        let typed = &self.text[..self.typed];
        statement::coloured(typed, typed.len(), &Trusting, self.paint)
    }

    fn last_line(&self) -> Vec<Letter> {
        letters(self.drawn().rsplit('\n').next().unwrap_or_default())
    }
}

impl Iterator for Typing<'_> {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        let key = self.text[self.typed..].chars().next()?;
        if self.text.len() > LONGEST {
            self.typed = self.text.len();
            return Some(Change::More(self.drawn()));
        }
        self.typed += key.len_utf8();
        if key == '\n' {
            // The editor sets the next line in by itself.
            self.typed += self.text[self.typed..].find(|letter| letter != ' ').unwrap_or(0);
            self.line = self.last_line();
            return Some(Change::Line(styled(&self.line)));
        }
        let line = self.last_line();
        let change = match line.strip_prefix(&self.line[..]) {
            Some(more) => Change::More(styled(more)),
            None => Change::Anew(styled(&line)),
        };
        self.line = line;
        Some(change)
    }
}

/// The letters of a line, each with its colours.
fn letters(line: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut style = String::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        if let Some((codes, behind)) = rest.strip_prefix("\x1b[").and_then(|codes| codes.split_once('m')) {
            style = if codes == "0" { String::new() } else { codes.to_owned() };
            rest = behind;
        } else {
            letters.push(Letter(letter, style.clone()));
            rest = &rest[letter.len_utf8()..];
        }
    }
    letters
}

/// Letters as the terminal gets them.
fn styled(letters: &[Letter]) -> String {
    let mut out = String::new();
    for run in letters.chunk_by(|one, other| one.1 == other.1) {
        let text = run.iter().map(|Letter(letter, _)| letter);
        match run.first().map(|Letter(_, style)| style.as_str()) {
            None | Some("") => out.extend(text),
            Some(style) => {
                out.extend(["\x1b[", style, "m"]);
                out.extend(text);
                out += "\x1b[0m";
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_add_to_a_line_until_its_colours_change() {
        let changes: Vec<Change> = Typing::of("if 1 {\n    x", Paint::PLAIN).collect();
        let more = |text: &str| Change::More(text.to_owned());
        let expected = ["i", "f", " ", "1", " ", "{"].map(more).into_iter();
        let expected = expected.chain([Change::Line("    ".to_owned()), more("x")]);
        assert_eq!(changes, expected.collect::<Vec<_>>());
        let changes: Vec<Change> = Typing::of("print 1", Paint::new(true)).collect();
        assert!(changes[4] == Change::Anew("\u{1b}[1mprint\u{1b}[0m".to_owned()), "{changes:?}");
    }
}
