//! Reports: tables, fields, texts and bytes as lines.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::histogram::histogram;
use super::paint::{Paint, Role};
use super::{amount, escape, fit};
use crate::engine::event::{Cell, Report};

/// Columns of a histogram where there is room.
const USUAL: usize = 60;

/// A report as lines; each ends with a line feed. Tables, histograms and texts fit into `width` columns, where that is known.
pub(crate) fn report(report: &Report, paint: Paint, width: Option<usize>) -> String {
    match report {
        Report::Table { headings, rows, spare } => table(headings, rows, spare, paint, width),
        Report::Fields(fields) => self::fields(fields, paint, width),
        Report::Histogram(rows) => histogram(rows, width.map_or(USUAL, |width| width.saturating_sub(1).min(USUAL))),
        Report::Text(text) => ended(wrapped(&escape::lines(text.as_bytes()), width)),
        Report::Verbatim(text) => ended(escape::lines(text.as_bytes())),
        Report::Bytes { bytes, hex: true } => dump(bytes),
        Report::Bytes { bytes, hex: false } => ended(escape::lines(bytes)),
    }
}

/// What stands for a time that was measured where none is told.
const TIMELESS: &str = "–";

/// Whether a value is a time that was measured.
const fn is_time(cell: &Cell) -> bool {
    matches!(cell, Cell::Rate(_) | Cell::Moment(_) | Cell::Age(_) | Cell::Took(_))
}

/// A value as people read it.
fn cell(cell: &Cell, paint: Paint) -> String {
    match cell {
        time if is_time(time) && !paint.is_timed() => TIMELESS.to_owned(),
        Cell::Text(text) | Cell::Meaning(text) => escape::one_line(text.as_bytes()),
        Cell::Bytes(count) => amount::bytes(*count),
        Cell::Count(count) => count.to_string(),
        Cell::Rate(count) => amount::rate(*count),
        Cell::Moment(seconds) => crate::net::clock::iso(*seconds),
        Cell::Age(time) => amount::age(*time),
        Cell::Took(time) => amount::took(*time),
    }
}

fn table(headings: &[String], rows: &[Vec<Cell>], spare: &[String], paint: Paint, width: Option<usize>) -> String {
    // A column of times says nothing where none are told.
    let says =
        |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| paint.is_timed() || !is_time(cell)));
    let kept: Vec<usize> = (0..headings.len()).filter(|&column| rows.is_empty() || says(column)).collect();
    let headings: Vec<String> = kept.iter().map(|&column| headings[column].clone()).collect();
    let parts = rows.iter().flatten().any(|cell| matches!(cell, Cell::Meaning(_)));
    let cells = |row: &Vec<Cell>| kept.iter().filter_map(|&column| Some(cell(row.get(column)?, paint))).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| {
            let widest = rows.iter().filter_map(|row| row.get(column)).map(|text| text.width()).max();
            widest.unwrap_or(0).max(heading.width())
        })
        .collect();
    let spare: Vec<usize> =
        spare.iter().filter_map(|word| headings.iter().position(|heading| heading == word)).collect();
    let columns = if parts { with_meaning(widths, &spare, width) } else { fit::columns(&widths, &spare, width) };
    let mut out = paint.apply(Role::Strong, &row(&headings, &columns)) + "\n";
    for cells in rows {
        let meaning = columns.last().filter(|(column, _)| parts && column + 1 == headings.len());
        out += &match meaning {
            Some(&(column, width)) => parted(cells, column, width, &columns),
            None => row(&cells, &columns) + "\n",
        };
    }
    out
}

/// A row whose last column goes on in lines below.
fn parted(mut cells: Vec<String>, last: usize, width: usize, columns: &[(usize, usize)]) -> String {
    let mut out = String::new();
    for line in fit::lines(&std::mem::take(&mut cells[last]), width) {
        cells[last] = line;
        out += &(row(&cells, columns) + "\n");
        cells.iter_mut().for_each(String::clear);
    }
    out
}

/// Columns in which a meaning has as much room as the others leave, but not less than what one can read.
fn with_meaning(mut widths: Vec<usize>, spare: &[usize], width: Option<usize>) -> Vec<(usize, usize)> {
    const NARROWEST: usize = 24;
    let wanted = widths.last().copied().unwrap_or(0);
    if let Some(last) = widths.last_mut() {
        *last = wanted.min(NARROWEST);
    }
    let mut columns = fit::columns(&widths, spare, width);
    let taken: usize = columns.iter().map(|(_, width)| width + fit::GAP).sum();
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(1) + fit::GAP);
    if let Some((_, width)) = columns.last_mut().filter(|(column, _)| column + 1 == widths.len()) {
        *width = wanted.min(*width + room.saturating_sub(taken));
    }
    columns
}

fn row(cells: &[String], columns: &[(usize, usize)]) -> String {
    let padded: Vec<String> = columns
        .iter()
        .map(|&(column, width)| {
            let text = fit::cut(&cells[column], width);
            let gap = " ".repeat(width - text.width());
            text + &gap
        })
        .collect();
    padded.join(&" ".repeat(fit::GAP)).trim_end().to_owned()
}

fn fields(fields: &[(String, Cell)], paint: Paint, width: Option<usize>) -> String {
    let widest = fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in fields {
        let gap = " ".repeat(widest - name.width());
        let room = width.map_or(usize::MAX, |width| width.saturating_sub(widest + fit::GAP + 1));
        let value = fit::lines(&cell(value, paint), room).join(&format!("\n{}", " ".repeat(widest + fit::GAP)));
        let _ = writeln!(out, "{}{gap}  {value}", paint.apply(Role::Hint, name));
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

/// `text` with lines that are too long for the terminal parted between words; their rest stands below the last
/// column of theirs, where there are columns, or else as far in as they do.
fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(room) = width.map(|width| width.saturating_sub(1)) else { return text.to_owned() };
    let wrapped = text.split('\n').map(|line| {
        if line.width() <= room {
            return line.to_owned();
        }
        let start = line.len() - line.trim_start().len();
        let gap = line[start..].find("  ").map(|at| start + at);
        let start = gap.map_or(start, |gap| line.len() - line[gap..].trim_start().len());
        let start = if start * 2 > room { 0 } else { start };
        let (head, rest) = line.split_at(start);
        let indent = format!("\n{}", " ".repeat(head.width()));
        head.to_owned() + &fit::lines(rest, room - head.width()).join(&indent)
    });
    wrapped.collect::<Vec<_>>().join("\n")
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
        let headings = ["NAME", "KIND", "WHERE", "STATE", "IN", "OUT", "AGE"];
        let rows = vec![row("srv", "listen", "tcp 127.0.0.1:6666", 12), row("é", "accept", "tcp 127.0.0.1:53131", 9)];
        let sessions = Report::table(&headings, rows, &["AGE", "KIND", "OUT", "IN", "STATE"]);
        assert_eq!(
            report(&sessions, Paint::PLAIN, None),
            "\
NAME  KIND    WHERE                STATE  IN   OUT  AGE
srv   listen  tcp 127.0.0.1:6666   open   8 B  8 B  12 s
é     accept  tcp 127.0.0.1:53131  open   8 B  8 B  9 s
"
        );
    }

    #[test]
    fn a_table_fits_the_terminal() {
        let row = |name: &str, at: &str| vec![text(name), text("connect"), text(at), text("open"), Cell::Bytes(8)];
        let rows = vec![row("a", "tcp 127.0.0.1:6666"), row("a-name-of-some-length", "unix /run/user/1000/a/socket")];
        let sessions = Report::table(&["NAME", "KIND", "WHERE", "STATE", "IN"], rows, &["IN", "KIND"]);
        assert_eq!(
            report(&sessions, Paint::PLAIN, Some(52)),
            "\
NAME                   WHERE                  STATE
a                      tcp 127.0.0.1:6666     open
a-name-of-some-length  unix /run/…0/a/socket  open
"
        );
    }

    #[test]
    fn a_meaning_is_parted_into_lines() {
        let row = |name: &str, meaning: &str| vec![text(name), text("5s"), Cell::Meaning(meaning.to_owned())];
        let rows = vec![row("timeout", "how long `expect` and `recv` wait"), row("eol", "what ends lines")];
        let settings = Report::table(&["SETTING", "VALUE", "MEANING"], rows, &["VALUE", "MEANING"]);
        for (width, table) in [
            (
                Some(46),
                "\
SETTING  VALUE  MEANING
timeout  5s     how long `expect` and `recv`
                wait
eol      5s     what ends lines
",
            ),
            (
                Some(31),
                "SETTING  MEANING\ntimeout  how long `expect` and\n         `recv` wait\neol      what ends lines\n",
            ),
            (Some(17), "SETTING\ntimeout\neol\n"),
            (
                None,
                "SETTING  VALUE  MEANING\ntimeout  5s     how long `expect` and `recv` wait\neol      5s     what ends lines\n",
            ),
        ] {
            assert_eq!(report(&settings, Paint::PLAIN, width), table);
        }
    }

    #[test]
    fn fields_are_aligned_and_escaped() {
        let fields = Report::Fields(vec![("host".into(), text("a\x1b")), ("p".into(), Cell::Count(7))]);
        assert_eq!(report(&fields, Paint::PLAIN, None), "host  a\\x1b\np     7\n");
        let long = Report::Fields(vec![("serves".into(), text("delay 5ms -> upper -> 127.0.0.1:80"))]);
        assert_eq!(report(&long, Paint::PLAIN, Some(30)), "serves  delay 5ms -> upper ->\n        127.0.0.1:80\n");
    }

    #[test]
    fn long_lines_are_parted_between_words() {
        let text = Report::Text("  wait   until a session is over\nshort\n  or as far in as they begin\n".to_owned());
        let parted = "  wait   until a\n         session\n         is over\nshort\n  or as far in as\n  they begin\n";
        assert_eq!(report(&text, Paint::PLAIN, Some(19)), parted);
    }

    #[test]
    fn a_dump_has_offset_bytes_and_ascii() {
        let bytes = Report::Bytes { bytes: b"GET / HTTP/1.0\r\n\r\n\0\xff\x1b\n".to_vec().into(), hex: true };
        assert_eq!(
            report(&bytes, Paint::PLAIN, None),
            "\
00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 30 0d 0a  |GET / HTTP/1.0..|
00000010  0d 0a 00 ff 1b 0a                                 |......|
"
        );
    }

    #[test]
    fn texts_and_bytes_end_their_last_line() {
        assert_eq!(report(&Report::Text("a\nb".into()), Paint::PLAIN, None), "a\nb\n");
        let bytes = Report::Bytes { bytes: b"a\x1bc".to_vec().into(), hex: false };
        assert_eq!(report(&bytes, Paint::PLAIN, None), "a\\x1bc\n");
        assert_eq!(report(&Report::Text(String::new()), Paint::PLAIN, None), "");
    }
}
