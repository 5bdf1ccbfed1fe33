//! Reports: tables, fields, texts and bytes as lines.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::colour::{Paint, Role};
use super::histogram::histogram;
use super::{amount, escape};
use crate::engine::event::{Cell, Report};

/// A report as lines; each ends with a line feed.
pub(crate) fn report(report: &Report, paint: Paint) -> String {
    match report {
        Report::Table { headings, rows } => table(headings, rows, paint),
        Report::Fields(fields) => self::fields(fields, paint),
        Report::Histogram(rows) => histogram(rows, USUAL),
        Report::Text(text) => ended(escape::lines(text.as_bytes())),
        Report::Bytes { bytes, hex: true } => dump(bytes),
        Report::Bytes { bytes, hex: false } => ended(escape::lines(bytes)),
    }
}

/// A report as lines of at most `columns`: of a table, texts are shortened, then left out, then the last columns are;
/// the bars of a histogram are shortened; other lines are left as they are.
pub(crate) fn fitted(report: &Report, columns: usize, paint: Paint) -> String {
    match report {
        Report::Table { headings, rows } => {
            let (headings, rows) = fit(headings, rows, columns);
            table(&headings, &rows, paint)
        }
        Report::Histogram(rows) => histogram(rows, columns.min(USUAL)),
        _ => self::report(report, paint),
    }
}

/// Columns of a histogram where there is room.
const USUAL: usize = 60;

/// Columns that a shortened text keeps.
const SHORTEST: usize = 10;

/// What of a table fits into so many columns; its first column always stays.
fn fit(headings: &[&'static str], rows: &[Vec<Cell>], columns: usize) -> (Vec<&'static str>, Vec<Vec<Cell>>) {
    let (mut headings, mut rows) = (headings.to_vec(), rows.to_vec());
    while headings.len() > 1 {
        let widths = widths(&headings, &shown(&rows));
        let whole = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
        if whole <= columns {
            break;
        }
        let is_text = |column: &usize| rows.iter().any(|row| matches!(row.get(*column), Some(Cell::Text(_))));
        let texts: Vec<usize> = (1..headings.len()).filter(is_text).collect();
        let long = texts.iter().copied().filter(|column| widths[*column] > SHORTEST);
        if let Some(widest) = long.max_by_key(|column| widths[*column]) {
            let room = widths[widest].saturating_sub(whole - columns).max(SHORTEST);
            for row in &mut rows {
                shorten(&mut row[widest], room);
            }
        } else {
            let last = texts.first().copied().unwrap_or(headings.len() - 1);
            headings.remove(last);
            for row in &mut rows {
                row.remove(last);
            }
        }
    }
    let first = columns.min(widths(&headings, &shown(&rows))[0]);
    for row in &mut rows {
        shorten(&mut row[0], first);
    }
    (headings, rows)
}

/// Cuts a text to so many columns. What it draws matters most at its end, what it says at its start.
fn shorten(cell: &mut Cell, room: usize) {
    let Cell::Text(text) = cell else { return };
    let whole = escape::one_line(text.as_bytes());
    if whole.width() <= room {
        return;
    }
    if whole.starts_with(|letter| ('▁'..='█').contains(&letter)) {
        let letters = whole.chars().count();
        *text = whole.chars().skip(letters - room).collect();
        return;
    }
    let mut left = room.saturating_sub(1);
    let fits = |letter: &char| {
        let width = letter.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    *text = whole.chars().take_while(fits).chain(['…']).collect();
}

/// A value as people read it.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => escape::one_line(text.as_bytes()),
        Cell::Bytes(count) => amount::bytes(*count),
        Cell::Count(count) => count.to_string(),
        Cell::Age(time) => amount::age(*time),
        Cell::Took(time) => amount::took(*time),
    }
}

fn table(headings: &[&str], rows: &[Vec<Cell>], paint: Paint) -> String {
    let rows = shown(rows);
    let widths = widths(headings, &rows);
    let heading: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let mut out = paint.apply(Role::Strong, &row(&heading, &widths)) + "\n";
    for cells in &rows {
        out += &row(cells, &widths);
        out.push('\n');
    }
    out
}

/// Rows as people read them.
fn shown(rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// Columns of each column.
fn widths(headings: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |(column, heading): (usize, &&str)| {
        let widest = rows.iter().filter_map(|row| row.get(column)).map(|text| text.width()).max();
        widest.unwrap_or(0).max(heading.width())
    };
    headings.iter().enumerate().map(width).collect()
}

fn row(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> =
        cells.iter().zip(widths).map(|(text, width)| text.clone() + &" ".repeat(width - text.width())).collect();
    padded.join("  ").trim_end().to_owned()
}

fn fields(fields: &[(String, Cell)], paint: Paint) -> String {
    let widest = fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in fields {
        let gap = " ".repeat(widest - name.width());
        let _ = writeln!(out, "{}{gap}  {}", paint.apply(Role::Hint, name), cell(value));
    }
    out
}

/// Offset, sixteen bytes, and the same as ASCII with a `.` for what cannot be shown.
pub(crate) fn dump(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (number, row) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:08x}  ", number * 16);
        for column in 0..16 {
            match row.get(column) {
                Some(byte) => {
                    let _ = write!(out, "{byte:02x} ");
                }
                None => out.push_str("   "),
            }
            if column == 7 {
                out.push(' ');
            }
        }
        let ascii: String =
            row.iter().map(|&byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '.' }).collect();
        let _ = writeln!(out, " |{ascii}|");
    }
    out
}

/// `text` with a line feed at its end, unless it is empty.
fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn a_table_has_a_heading_and_aligned_columns() {
        let row = |name: &str, kind: &str, at: &str, age| {
            let age = Cell::Age(Duration::from_secs(age));
            vec![text(name), text(kind), text(at), text("open"), Cell::Bytes(8), Cell::Bytes(8), age]
        };
        let sessions = Report::Table {
            headings: vec!["NAME", "KIND", "WHERE", "STATE", "IN", "OUT", "AGE"],
            rows: vec![row("srv", "listen", "tcp 127.0.0.1:6666", 12), row("é", "accept", "tcp 127.0.0.1:53131", 9)],
        };
        assert_eq!(
            report(&sessions, Paint::PLAIN),
            "\
NAME  KIND    WHERE                STATE  IN   OUT  AGE
srv   listen  tcp 127.0.0.1:6666   open   8 B  8 B  12 s
é     accept  tcp 127.0.0.1:53131  open   8 B  8 B  9 s
"
        );
    }

    #[test]
    fn a_table_is_made_to_fit() {
        let row = vec![
            text("srv"),
            text("upper -> lower -> localhost:80"),
            Cell::Bytes(8),
            Cell::Count(3),
            text("▁▂▃▄▅▆▇█▇▆▅▄"),
        ];
        let flows = Report::Table { headings: vec!["NAME", "ROUTE", "IN", "OPEN", "LATELY"], rows: vec![row] };
        let within = |columns| fitted(&flows, columns, Paint::PLAIN);
        assert_eq!(
            within(50),
            "NAME  ROUTE                IN   OPEN  LATELY\nsrv   upper -> lower -> …  8 B  3     ▁▂▃▄▅▆▇█▇▆▅▄\n"
        );
        assert_eq!(within(40), "NAME  ROUTE       IN   OPEN  LATELY\nsrv   upper -> …  8 B  3     ▂▃▄▅▆▇█▇▆▅▄\n");
        assert_eq!(within(30), "NAME  IN   OPEN  LATELY\nsrv   8 B  3     ▃▄▅▆▇█▇▆▅▄\n");
        assert_eq!(within(16), "NAME  IN   OPEN\nsrv   8 B  3\n");
        assert_eq!(within(10), "NAME  IN\nsrv   8 B\n");
        assert_eq!(within(4), "NAME\nsrv\n");
    }

    #[test]
    fn fields_are_aligned_and_escaped() {
        let fields = Report::Fields(vec![("host".into(), text("a\x1b")), ("p".into(), Cell::Count(7))]);
        assert_eq!(report(&fields, Paint::PLAIN), "host  a\\x1b\np     7\n");
    }

    #[test]
    fn a_dump_has_offset_bytes_and_ascii() {
        let bytes = Report::Bytes { bytes: b"GET / HTTP/1.0\r\n\r\n\0\xff\x1b\n".to_vec().into(), hex: true };
        assert_eq!(
            report(&bytes, Paint::PLAIN),
            "\
00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 30 0d 0a  |GET / HTTP/1.0..|
00000010  0d 0a 00 ff 1b 0a                                 |......|
"
        );
    }

    #[test]
    fn texts_and_bytes_end_their_last_line() {
        assert_eq!(report(&Report::Text("a\nb".into()), Paint::PLAIN), "a\nb\n");
        let bytes = Report::Bytes { bytes: b"a\x1bc".to_vec().into(), hex: false };
        assert_eq!(report(&bytes, Paint::PLAIN), "a\\x1bc\n");
        assert_eq!(report(&Report::Text(String::new()), Paint::PLAIN), "");
    }
}
