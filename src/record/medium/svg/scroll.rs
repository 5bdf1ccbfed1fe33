//! Scrolls: every line that a film shows, with the ways in which it looked one after the other, and what moves over it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::paper::{self, COLUMN, Paper, ROW, Tenths};
use super::timetable::{Timetable, Way};
use super::window::Window;
use crate::record::screen::{Row, Screen};

/// Everything that a film has shown so far.
#[derive(Debug, Default)]
pub(super) struct Scroll {
    /// How many lines have left the screen at the top.
    gone: usize,
    /// How many rows of the screen were used at the same time.
    height: usize,
    /// How the lines of the screen look now.
    open: BTreeMap<usize, Look>,
    /// What its lines are drawn on.
    pub(super) paper: Paper,
    /// What was drawn, by when it is shown.
    drawn: BTreeMap<(u64, Option<u64>), String>,
    size: usize,
    /// By how many lines the whole is moved up, from when on.
    moves: Vec<(u64, usize)>,
    /// Where the cursor stands behind all letters of its line, by column and line, from when on.
    cursor: Vec<(u64, Option<(usize, usize)>)>,
}

/// How a line looks.
#[derive(Debug)]
struct Look {
    since: u64,
    row: Row,
    /// The last column from which on the cursor's curtain has hidden it all the time: what is added there was not seen
    /// before. `None` where it has not.
    hidden: Option<usize>,
}

/// What an entry of a timetable takes, in bytes.
const ENTRY: usize = 40;

impl Scroll {
    /// How many bytes it takes when it is drawn.
    pub(super) fn size(&self) -> usize {
        self.size + (self.cursor.len() + self.moves.len()) * ENTRY
    }

    /// How many rows of the screen are used.
    pub(super) fn height(&self) -> usize {
        self.height.max(1)
    }

    /// Moves it by lines that have left the screen.
    pub(super) fn advance(&mut self, lines: usize, screen: &Screen) {
        self.gone += lines;
        while let Some(first) = self.open.first_entry().filter(|first| *first.key() < self.gone) {
            let (line, look) = first.remove_entry();
            self.close(line, &look, None, screen);
        }
    }

    /// Takes note of what the screen has shown since `at`.
    pub(super) fn settle(&mut self, at: u64, screen: &Screen) {
        let cursor = screen.cursor();
        let mut behind = None;
        for (number, row) in screen.rows().enumerate() {
            let hidden =
                cursor.filter(|(column, at)| *at == number && row.width() <= *column).map(|(column, _)| column);
            if hidden.is_some() || !row.is_empty() {
                self.height = self.height.max(number + 1);
            }
            behind = behind.or(hidden.map(|column| (column, self.gone + number)));
            self.look(at, self.gone + number, row, hidden, screen);
        }
        if self.moves.last().map_or(0, |last| last.1) != self.gone {
            self.moves.push((at, self.gone));
        }
        if self.cursor.last().is_none_or(|last| last.1 != behind) {
            self.cursor.push((at, behind));
        }
    }

    /// Takes note of how a line looks; `hidden` is where the curtain begins, if it is on it.
    fn look(&mut self, at: u64, line: usize, row: Row, hidden: Option<usize>, screen: &Screen) {
        if let Some(look) = self.open.get_mut(&line) {
            let since = look.hidden.zip(hidden).map(|(before, now)| before.max(now));
            if look.row == row {
                look.hidden = since;
                return;
            }
            if look.hidden.is_some_and(|columns| row.continues(&look.row, columns)) {
                (look.row, look.hidden) = (row, since);
                return;
            }
        }
        if let Some(look) = self.open.remove(&line) {
            self.close(line, &look, Some(at), screen);
        }
        if !row.is_empty() {
            self.open.insert(line, Look { since: at, row, hidden });
        }
    }

    /// Draws how a line has looked until a moment, or until the end.
    fn close(&mut self, line: usize, look: &Look, until: Option<u64>, screen: &Screen) {
        let drawn = self.paper.row(&screen.runs(&look.row), line);
        self.size += drawn.len() + ENTRY;
        *self.drawn.entry((look.since, until)).or_default() += &drawn;
    }

    /// Its elements, and the rules that show and move them through a film of that length in microseconds.
    pub(super) fn draw(&mut self, screen: &Screen, window: &Window, length: u64) -> (String, String) {
        for (line, look) in std::mem::take(&mut self.open) {
            self.close(line, &look, None, screen);
        }
        let mut timetable = Timetable::of(length);
        let mut body = String::new();
        for ((since, until), drawn) in std::mem::take(&mut self.drawn) {
            let class = timetable.shows(since, until);
            let _ = write!(body, "<g{class}>\n{drawn}</g>\n");
        }
        let (width, _) = window.inner;
        let curtain = format!("<rect class=\"q\" width=\"{}\" height=\"{}\"/>", Tenths(width + COLUMN), Tenths(ROW));
        let curtain = curtain + &paper::cursor((0, 0));
        let place = |place: Option<(usize, usize)>| match place {
            Some((column, line)) => (column * COLUMN, line * ROW),
            // Nowhere to be seen.
            None => (width + COLUMN, 0),
        };
        let cursor = self.cursor.iter().map(|&(at, stands)| (at, place(stands)));
        let cursor = timetable.moves('q', Way::Along, cursor);
        let moves = timetable.moves('m', Way::Up, self.moves.iter().map(|&(at, lines)| (at, (0, lines * ROW))));
        (format!("<g{moves}>\n{body}<g{cursor}>{curtain}</g>\n</g>\n"), timetable.rules())
    }
}
