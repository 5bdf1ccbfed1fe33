//! Frames of a film as JSON, for the player: what differs from the frame before.
//!
//! A frame is an array: when, in milliseconds; the cursor's column and row, -1 while it is hidden; by how many rows the
//! screen has moved up; then the rows that differ, each an array of its number and its cells. Cells are letters that stand
//! together: their column, how many columns they take, their classes, their text, and their colours where no theme has
//! them.

use serde::Serialize;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthChar;

use super::page;
use crate::record::screen::{Colour, Row, Run, Screen};

/// The frames so far.
#[derive(Default)]
pub(super) struct Frames {
    /// The rows of the last.
    shown: Vec<Row>,
    /// Where the cursor stood in it.
    cursor: Option<(usize, usize)>,
    any: bool,
}

impl Frames {
    /// The next frame with what parts it from the one before; nothing when nothing has changed. `gone` rows have left the
    /// screen since then.
    pub(super) fn next(&mut self, at: u64, gone: usize, screen: &Screen) -> String {
        let rows: Vec<Row> = screen.rows().collect();
        let moved = gone.min(rows.len());
        let empty = Row::default();
        let before = |number: usize| self.shown.get(number + moved).unwrap_or(&empty);
        let differing = rows.iter().enumerate().filter(|(number, row)| before(*number) != *row);
        let differing: Vec<Value> = differing.map(|(number, row)| json!([number, cells(row, screen)])).collect();
        if self.any && differing.is_empty() && moved == 0 && self.cursor == screen.cursor() {
            return String::new();
        }
        (self.shown, self.cursor) = (rows, screen.cursor());
        let (column, row) = self.cursor.map_or((-1, -1), |(column, row)| (count(column), count(row)));
        let frame = script(&(at / 1000, column, row, moved, differing));
        let parted = if std::mem::replace(&mut self.any, true) { ",\n" } else { "" };
        format!("{parted}{frame}")
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A value as JSON that may stand in a script of a page.
pub(super) fn script(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).expect("texts and numbers are JSON");
    text.replace('<', "\\u003c")
}

/// The cells of a row.
fn cells(row: &Row, screen: &Screen) -> Vec<Value> {
    screen.runs(row).iter().flat_map(|run| pieces(run).into_iter().map(|piece| cell(run, piece))).collect()
}

/// A run as it is when every font has its letters; otherwise letter by letter with their marks.
fn pieces(run: &Run) -> Vec<(usize, usize, &str)> {
    if run.is_plain() {
        return vec![(run.column, run.width, &run.text)];
    }
    let starts = run.text.char_indices().filter(|(_, letter)| letter.width() != Some(0)).map(|(at, _)| at);
    let mut ends: Vec<usize> = starts.skip(1).collect();
    ends.push(run.text.len());
    let mut start = 0;
    let mut column = run.column;
    let piece = |end: usize| {
        let text = &run.text[std::mem::replace(&mut start, end)..end];
        let width = text.chars().next().and_then(UnicodeWidthChar::width).unwrap_or(1).max(1);
        column += width;
        (column - width, width, text)
    };
    ends.into_iter().map(piece).collect()
}

fn cell(run: &Run, (column, width, text): (usize, usize, &str)) -> Value {
    let exact = [(run.ink.front), (run.ink.back)].map(|colour| match colour {
        Colour::Exact([red, green, blue]) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    });
    let classes = page::classes(run.ink);
    if exact == [None, None] {
        return json!([column, width, classes, text]);
    }
    let [front, back] = exact.map(Option::unwrap_or_default);
    json!([column, width, classes, text, front, back])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_what_differs() {
        let mut screen = Screen::new(20, 2).unwrap();
        let mut frames = Frames::default();
        screen.feed("\x1b[1mab\x1b[0m 你e\u{301}");
        assert_eq!(
            frames.next(1_500_000, 0, &screen),
            "[1500,6,0,0,[[0,[[0,2,\"b\",\"ab\"],[3,2,\"\",\"你\"],[5,1,\"\",\"e\u{301}\"]]]]]"
        );
        assert_eq!(frames.next(1_600_000, 0, &screen), "");
        let gone = screen.feed("\r\n\x1b[38;2;1;2;3m</\r\n").len();
        assert_eq!(
            frames.next(1_700_000, gone, &screen),
            ",\n[1700,0,1,1,[[0,[[0,2,\"\",\"\\u003c/\",\"#010203\",\"\"]]]]]"
        );
    }
}
