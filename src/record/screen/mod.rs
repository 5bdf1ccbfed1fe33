//! Screens: what a terminal shows after everything that it got, letter by letter.

mod cluster;
mod ink;
mod row;

use std::io;

use avt::parser::Function;
use avt::{Cell, Line, Observation, Observer, Parser, Terminal};
use unicode_width::UnicodeWidthChar;

use cluster::Clusters;

pub(crate) use ink::{Colour, Ink, Weight};
pub(crate) use row::{Letter, Row, Run};

/// A terminal without a past: what leaves it at the top is handed out.
pub(crate) struct Screen {
    parser: Parser,
    terminal: Terminal,
    clusters: Clusters,
    /// The letter that the cursor stands behind, if one was printed last.
    last: Option<char>,
}

impl Screen {
    /// An empty one of so many columns and rows.
    pub(crate) fn new(width: usize, height: usize) -> io::Result<Self> {
        let terminal = Terminal::new(width, height).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(Self { parser: Parser::new(), terminal, clusters: Clusters::default(), last: None })
    }

    /// Shows `text`. Gives the rows that left at the top.
    pub(crate) fn feed(&mut self, text: &str) -> Vec<Row> {
        let mut gone = Vec::new();
        for letter in text.chars() {
            match self.parser.feed(letter) {
                Some(Function::Print(letter)) if letter.width() == Some(0) => self.mark(letter, &mut gone),
                Some(Function::Print(letter)) => {
                    let letter = cluster::own(letter);
                    self.execute(Function::Print(letter), &mut gone);
                    self.last = Some(letter);
                }
                Some(function) => {
                    self.execute(function, &mut gone);
                    self.last = None;
                }
                None => {}
            }
        }
        gone
    }

    /// Has so many columns and rows from now on. Gives the rows that left at the top.
    pub(crate) fn resize(&mut self, width: usize, height: usize) -> Vec<Row> {
        let mut gone = Vec::new();
        self.terminal.resize_with(width, height, Leaving(&mut gone));
        self.last = None;
        gone
    }

    fn execute(&mut self, function: Function, gone: &mut Vec<Row>) {
        self.terminal.execute_with(function, Leaving(gone));
    }

    /// Puts a mark on the letter in front of the cursor. One without a letter is not shown.
    fn mark(&mut self, mark: char, gone: &mut Vec<Row>) {
        let Some(letter) = self.last else { return };
        let Some(marked) = self.clusters.marked(letter, mark) else { return };
        let column = self.terminal.cursor().col.saturating_sub(letter.width().unwrap_or(1));
        let column = u16::try_from(column + 1).unwrap_or(u16::MAX);
        self.execute(Function::Cha(column), gone);
        self.execute(Function::Print(marked), gone);
        self.last = Some(marked);
    }

    /// Its rows, from the top.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
        self.terminal.screen().visible_lines().map(row)
    }

    /// Where the cursor stands, by column and row; `None` while it is hidden.
    pub(crate) fn cursor(&self) -> Option<(usize, usize)> {
        self.terminal.cursor().position()
    }

    /// A row in pieces that can be drawn at once.
    pub(crate) fn runs(&self, row: &Row) -> Vec<Run> {
        row.runs(&self.clusters)
    }

    /// A row's text.
    pub(crate) fn text(&self, row: &Row) -> String {
        row.text(&self.clusters)
    }

    /// The letters that stand for a letter of a row: one, or one with its marks.
    pub(crate) fn spell(&self, letter: char) -> impl Iterator<Item = char> {
        self.clusters.spell(letter)
    }
}

fn row(line: &Line) -> Row {
    let shown = |cell: &&Cell| cell.width() > 0;
    let letter = |cell: &Cell| Letter { char: cell.char(), width: usize::from(cell.width()), ink: Ink::of(cell.pen()) };
    Row::new(line.cells().iter().filter(shown).map(letter).collect(), line.is_wrapped())
}

/// Collects the lines that leave a terminal at the top.
struct Leaving<'g>(&'g mut Vec<Row>);

impl Observer for Leaving<'_> {
    type Output = ();

    fn evicted(&mut self, _: &mut Observation<'_>, line: &Line) {
        self.0.push(row(line));
    }

    fn end(&mut self, _: &mut Observation<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(screen: &Screen) -> String {
        let lines: Vec<String> = screen.rows().map(|row| row.text(&screen.clusters)).collect();
        lines.join("\n").trim_end().to_owned()
    }

    #[test]
    fn marks_stand_on_their_letters() {
        let mut screen = Screen::new(6, 3).unwrap();
        screen.feed("e\u{301}a你\u{3099}b");
        assert_eq!(text(&screen), "e\u{301}a你\u{3099}b");
        assert_eq!(screen.cursor(), Some((5, 0)));
        // However they come, and at the end of a row too.
        for letter in ["c", "\u{302}", "\u{303}", "d"] {
            screen.feed(letter);
        }
        assert_eq!(text(&screen), "e\u{301}a你\u{3099}bc\u{302}\u{303}\nd");
        screen.feed("\r\n\u{301}x");
        assert_eq!(text(&screen).lines().last(), Some("x"));
    }

    #[test]
    fn letters_that_stand_for_others_are_not_taken_from_outside() {
        let mut screen = Screen::new(6, 1).unwrap();
        screen.feed("\u{100000}\u{3f000}");
        assert_eq!(text(&screen), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_leaves_is_handed_out() {
        let mut screen = Screen::new(4, 2).unwrap();
        let gone = screen.feed("one\r\n\x1b[1mtwo\r\nthree\r\n");
        let gone: Vec<String> = gone.iter().map(|row| row.text(&screen.clusters)).collect();
        assert_eq!(gone, ["one", "two", "thre"]);
        assert_eq!(text(&screen), "e");
    }
}
