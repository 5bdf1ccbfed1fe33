//! Rows: the letters of a line of a screen, and the runs in which they are drawn.

use unicode_width::UnicodeWidthStr;

use super::cluster::Clusters;
use super::ink::Ink;

/// What one cell of a terminal shows, or two where it is wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Letter {
    /// The character, or one that stands for several (see [`super::Screen::spell`]).
    pub(crate) char: char,
    /// How many columns it takes.
    pub(crate) width: usize,
    /// How it is drawn.
    pub(crate) ink: Ink,
}

impl Letter {
    fn is_unseen(&self) -> bool {
        self.char == ' ' && !self.ink.shows_blanks()
    }
}

/// A line of a screen, without what is not seen at its end unless it goes on in the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    letters: Vec<Letter>,
    wrapped: bool,
}

/// Letters that are drawn at once: of one ink, and of one kind, so that a font that lacks some of them, or has them in
/// another width, moves nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    /// The column that it begins in.
    pub(crate) column: usize,
    /// How many columns it takes.
    pub(crate) width: usize,
    /// Its letters.
    pub(crate) text: String,
    /// How they are drawn.
    pub(crate) ink: Ink,
}

/// What fonts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A blank, which goes with anything.
    Blank,
    /// Latin letters, digits and signs: every font has them.
    Latin,
    /// Letters of two columns.
    Wide,
    /// Everything else.
    Other,
}

impl Kind {
    fn of(letter: &Letter) -> Self {
        match letter.char {
            ' ' => Self::Blank,
            '!'..='\u{17f}' => Self::Latin,
            _ if letter.width == 2 => Self::Wide,
            _ => Self::Other,
        }
    }

    /// Whether a letter of kind `next` may stand in a run of this kind.
    fn admits(self, next: Self) -> bool {
        self == next || self == Self::Blank || (next == Self::Blank && self == Self::Latin)
    }
}

impl Row {
    /// One of these letters; `wrapped` if its line goes on in the next.
    pub(super) fn new(mut letters: Vec<Letter>, wrapped: bool) -> Self {
        while !wrapped && letters.last().is_some_and(Letter::is_unseen) {
            letters.pop();
        }
        Self { letters, wrapped }
    }

    /// Whether its line goes on in the next.
    pub(crate) const fn is_wrapped(&self) -> bool {
        self.wrapped
    }

    /// Whether nothing is seen of it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.letters.iter().map(|letter| letter.width).sum()
    }

    /// Its letters, each with the column that it begins in.
    pub(crate) fn letters(&self) -> impl Iterator<Item = (usize, &Letter)> {
        self.letters.iter().scan(0, |column, letter| {
            let start = *column;
            *column += letter.width;
            Some((start, letter))
        })
    }

    /// Whether the first `columns` of it are those of `other`, which has nothing behind them.
    pub(crate) fn continues(&self, other: &Self, columns: usize) -> bool {
        let before = |row: &Self| row.letters().take_while(|(at, _)| *at < columns).count();
        let (mine, its) = (&self.letters[..before(self)], &other.letters);
        let common = mine.len().min(its.len());
        mine[..common] == its[..common]
            && mine[common..].iter().all(Letter::is_unseen)
            && its[common..].iter().all(Letter::is_unseen)
    }

    /// Its text, without what is not seen at its end.
    pub(super) fn text(&self, clusters: &Clusters) -> String {
        self.letters.iter().flat_map(|letter| clusters.spell(letter.char)).collect()
    }

    /// Its runs, from the left; blanks between them are left out where they are not seen.
    pub(super) fn runs(&self, clusters: &Clusters) -> Vec<Run> {
        let mut runs: Vec<(Kind, Run)> = Vec::new();
        for (column, letter) in self.letters() {
            let kind = Kind::of(letter);
            let joins = runs.last().is_some_and(|(last, run)| last.admits(kind) && run.ink == letter.ink);
            if !joins {
                runs.push((kind, Run { column, width: 0, text: String::new(), ink: letter.ink }));
            }
            if let Some((last, run)) = runs.last_mut() {
                run.width += letter.width;
                run.text.extend(clusters.spell(letter.char));
                if *last == Kind::Blank {
                    *last = kind;
                }
            }
        }
        runs.into_iter().map(|(_, run)| run.trimmed()).filter(|run| !run.text.is_empty()).collect()
    }
}

impl Run {
    /// The same without blanks that are not seen.
    fn trimmed(mut self) -> Self {
        if !self.ink.shows_blanks() {
            let text = self.text.trim_start_matches(' ');
            self.column += self.text.len() - text.len();
            self.width -= self.text.len() - text.len();
            let shown = text.trim_end_matches(' ');
            self.width -= text.len() - shown.len();
            self.text = shown.to_owned();
        }
        self
    }

    /// Whether its letters are as wide as their own Unicode properties have it, so that it is text like any other.
    pub(crate) fn is_plain(&self) -> bool {
        self.text.width() == self.width && self.text.chars().all(|letter| (' '..='\u{17f}').contains(&letter))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Screen;
    use super::*;

    fn row(text: &str) -> (Screen, Row) {
        let mut screen = Screen::new(40, 1).unwrap();
        screen.feed(text);
        let row = screen.rows().next().unwrap();
        (screen, row)
    }

    #[test]
    fn runs_are_of_one_ink_and_one_kind() {
        let (screen, row) = row("a \x1b[1mb c\x1b[0m  你好 d →x\x1b[7m  \x1b[0m ");
        let runs: Vec<(usize, usize, String)> =
            screen.runs(&row).into_iter().map(|run| (run.column, run.width, run.text)).collect();
        let expected =
            [(0, 1, "a"), (2, 3, "b c"), (7, 4, "你好"), (12, 1, "d"), (14, 1, "→"), (15, 1, "x"), (16, 2, "  ")];
        assert_eq!(runs, expected.map(|(column, width, text)| (column, width, text.to_owned())));
    }

    #[test]
    fn a_row_continues_another() {
        let (short, long) = (row("nsh> li").1, row("nsh> listen").1);
        assert!(long.continues(&short, 7) && short.continues(&short, 7));
        assert!(row("nsh>").1.continues(&row("nsh> ").1, 5) && row("nsh> x").1.continues(&row("nsh>").1, 5));
        assert!(!long.continues(&row("nsh> lo").1, 7) && !long.continues(&short, 8));
        assert!(!row("\x1b[1mnsh> li\x1b[0msten").1.continues(&short, 7));
    }
}
