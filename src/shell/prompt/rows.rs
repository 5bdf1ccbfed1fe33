//! Rows: where a line that goes on over several rows begins and ends, and how to find its beginning again after the
//! terminal has changed its width.

use std::env;

use rustyline::Prompt;
use unicode_width::UnicodeWidthChar;

use super::entry::Entry;
use crate::shell::terminal;

/// Columns that a tab may take, as the line editor counts them.
pub(super) const TAB: usize = 4;

/// A prompt, plain and in colour. The line editor measures it right behind each look at the terminal's width; so that
/// is when the width is what the editor takes it for.
pub(super) struct Face<'a> {
    pub(super) plain: &'a str,
    pub(super) styled: &'a str,
    pub(super) entry: &'a Entry,
}

impl Prompt for Face<'_> {
    fn raw(&self) -> &str {
        self.entry.set_columns(terminal::output_width().unwrap_or(80));
        self.plain
    }

    fn styled(&self) -> &str {
        self.styled
    }
}

/// How a line was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Drawn {
    /// The terminal's columns.
    columns: usize,
    /// Rows from the first to the cursor's.
    cursor: usize,
    /// Rows from the first to the last.
    last: usize,
    /// Columns that are taken in the last.
    end: usize,
}

impl Drawn {
    /// A line behind a prompt of so many columns, with the cursor at that byte, and a hint behind it.
    pub(super) fn new(columns: usize, prompt: usize, (line, cursor): (&str, usize), hint: &str) -> Self {
        let columns = columns.max(1);
        let start = (prompt / columns, prompt % columns);
        let to_cursor = end(&line[..cursor], start, columns);
        let to_end = end(hint, end(&line[cursor..], to_cursor, columns), columns);
        Self { columns, cursor: to_cursor.0, last: to_end.0, end: to_end.1 }
    }

    /// Whether it would not fit into one row of so many columns, or does not do so now. Only then does the line editor
    /// draw it anew when the width changes.
    pub(super) const fn breaks(self, columns: usize) -> bool {
        self.last > 0 || self.end >= columns
    }

    /// How many rows it takes.
    pub(super) const fn rows(self) -> usize {
        self.last + 1
    }

    /// What moves the terminal's cursor to where the line editor believes it is, if the terminal has been given
    /// another width since; `now` is how the line would be drawn in it.
    ///
    /// Terminals set the rows of a line anew when their width changes. The line editor then clears the rows that the
    /// line had before: with more of them now a part would be left standing, with fewer it would clear what stands
    /// above the line. So everything from the line's first row on is cleared here, and as many rows made as the line
    /// editor is going to clear.
    pub(super) fn correction(self, now: Self) -> Option<String> {
        if self.columns == now.columns || !sets_anew() {
            return None;
        }
        let up = |rows| if rows > 0 { format!("\x1b[{rows}A") } else { String::new() };
        Some(format!("{}\r\x1b[J{}{}", up(now.cursor), "\n".repeat(self.last), up(self.last - self.cursor)))
    }
}

/// The row and the column behind `text`, which begins at those.
fn end(text: &str, (mut row, mut column): (usize, usize), columns: usize) -> (usize, usize) {
    for letter in text.chars() {
        let width = match letter {
            '\n' => {
                (row, column) = (row + 1, 0);
                continue;
            }
            '\t' => TAB - column % TAB,
            letter => letter.width().unwrap_or(0),
        };
        column += width;
        if column > columns {
            (row, column) = (row + 1, width);
        }
    }
    if column == columns { (row + 1, 0) } else { (row, column) }
}

/// Whether the terminal sets lines anew when its width changes. The few that cut them off instead are known by name.
fn sets_anew() -> bool {
    let term = env::var("TERM").unwrap_or_default();
    env::var_os("XTERM_VERSION").is_none() && !["linux", "rxvt", "vt"].iter().any(|name| term.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_they_are_drawn() {
        let rows = |columns, line: &str, cursor| {
            let drawn = Drawn::new(columns, 5, (line, cursor), "");
            (drawn.cursor, drawn.last)
        };
        assert_eq!(rows(10, "12345", 5), (1, 1));
        assert_eq!(rows(10, "1234", 4), (0, 0));
        assert_eq!(rows(10, "1234567890123456", 3), (0, 2));
        assert_eq!(rows(10, "1234日", 7), (1, 1));
        assert_eq!(rows(80, "{\n    one\n}", 2), (1, 2));
    }
}
