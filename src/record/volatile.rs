//! What no two runs share beside ports and times: fingerprints of new certificates, numbers of processes, dates, the
//! folders that `tmp()` gives.

use crate::engine::event::{Cell, Report};
use crate::net::http::Head;

/// What stands for it.
pub(super) const MASK: &str = "…";
/// Hexadecimal digits of a SHA-256.
const FINGERPRINT: usize = 64;
/// What the name of a folder for temporary files begins with, and how many letters and digits follow.
const FOLDER: &str = "/nsh-";
const LETTERS: usize = 6;
/// Fields of `info` that are others every time.
const FIELDS: &[&str] = &["pid", "authority", "expires", "sha256"];
/// Columns of tables that are.
const COLUMNS: &[&str] = &["PID"];
/// Fields of messages of HTTP that are.
const HEADERS: &[&str] = &["date", "last-modified", "etag", "sec-websocket-key", "sec-websocket-accept"];

/// What tells of a session in each row of a table, or of a relay's target.
const NAME: &str = "NAME";
const TARGET: &str = "TARGET";
/// What becomes of it.
const STATE: &str = "STATE";
/// Fields of `info` that change by themselves.
const MOVING: &[&str] =
    &["state", "ended", "tcp state", "path up", "path down", "gate up", "gate down", "dropped", "took"];

/// A report without it, which tells of `session` if of one. Its texts get the names that `named` gives, since they are
/// laid out later.
pub(super) fn report(
    mut report: Report,
    session: Option<&str>,
    named: impl Fn(&str, Option<&str>) -> String,
) -> Report {
    let change = |hidden: bool, cell: &mut Cell, session: Option<&str>| match cell {
        cell if hidden => *cell = Cell::Text(MASK.to_owned()),
        Cell::Text(text) => *text = named(text, session),
        _ => {}
    };
    match &mut report {
        Report::Fields(fields) => {
            for (label, cell) in fields {
                change(FIELDS.contains(&label.as_str()), cell, session);
            }
        }
        Report::Table { headings, rows, .. } => {
            for row in rows {
                let told = match (headings.first().map(String::as_str), row.first()) {
                    (Some(NAME), Some(Cell::Text(name))) => Some(name.clone()),
                    _ => None,
                };
                for (heading, cell) in headings.iter().zip(row) {
                    change(COLUMNS.contains(&heading.as_str()), cell, told.as_deref());
                }
            }
        }
        _ => {}
    }
    report
}

/// What lasts of a report: what does not change while bytes move, and is the same wherever nsh runs. `None` where nothing
/// does.
pub(super) fn lasting(report: Report) -> Option<Report> {
    match report {
        Report::Fields(fields) => {
            let lasts = |(label, cell): &(String, Cell)| {
                is_text(cell) && !FIELDS.contains(&label.as_str()) && !MOVING.contains(&label.as_str())
            };
            Some(Report::Fields(fields.into_iter().filter(lasts).collect()))
        }
        Report::Table { headings, rows, spare } => columns(&headings, rows, spare),
        Report::Text(_) | Report::Verbatim(_) => Some(report),
        Report::Histogram(_) | Report::Bytes { .. } => None,
    }
}

/// The columns of a table that last. One that tells of processes is about this machine.
fn columns(headings: &[String], mut rows: Vec<Vec<Cell>>, spare: Vec<String>) -> Option<Report> {
    if headings.iter().any(|heading| COLUMNS.contains(&heading.as_str())) {
        return None;
    }
    let first = headings.first().map(String::as_str);
    if first == Some(NAME) {
        rows.retain(|row| !matches!(row.first(), Some(Cell::Text(name)) if is_accepted(name)));
    }
    let moves = |heading: &str| heading == STATE && [Some(NAME), Some(TARGET)].contains(&first);
    let all_text = |column: usize| rows.iter().all(|row| row.get(column).is_some_and(is_text));
    let lasts = |&column: &usize| !moves(&headings[column]) && all_text(column);
    let kept: Vec<usize> = (0..headings.len()).filter(lasts).collect();
    let rows = rows.iter().map(|row| kept.iter().filter_map(|&column| row.get(column).cloned()).collect()).collect();
    let headings = kept.iter().map(|&column| headings[column].clone()).collect();
    Some(Report::Table { headings, rows, spare })
}

const fn is_text(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(_) | Cell::Meaning(_))
}

/// Whether a session of that name was accepted: `srv.1`. When that happens is its peer's affair.
fn is_accepted(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a field of a message of HTTP is one of those, in whatever case it is written.
pub(super) fn is_header(name: &[u8]) -> bool {
    HEADERS.iter().any(|header| header.as_bytes().eq_ignore_ascii_case(name))
}

/// The longest name of those fields, in bytes.
pub(super) const LONGEST_HEADER: usize = 20;

/// A head without it.
pub(super) fn head(head: &Head) -> Head {
    let mut head = head.clone();
    for (_, value) in head.fields.iter_mut().filter(|(name, _)| is_header(name.as_bytes())) {
        *value = MASK.into();
    }
    head
}

/// A text without it.
pub(super) fn text(text: &str) -> String {
    without_folders(&without_fingerprints(text))
}

fn without_folders(text: &str) -> String {
    let mut parts = text.split(FOLDER);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letters = part.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(part.len());
        out += FOLDER;
        out += if letters == LETTERS { MASK } else { &part[..letters] };
        out += &part[letters..];
    }
    out
}

fn without_fingerprints(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_hexdigit()) {
        let digits = rest[at..].find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(rest.len() - at);
        out += &rest[..at];
        out += if digits == FINGERPRINT { MASK } else { &rest[at..at + digits] };
        rest = &rest[at + digits..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_longer_than_the_longest() {
        assert_eq!(HEADERS.iter().map(|header| header.len()).max(), Some(LONGEST_HEADER));
    }

    #[test]
    fn of_a_table_of_sessions_names_and_places_last() {
        let row = |name: &str| vec![Cell::Text(name.into()), Cell::Text("open".into()), Cell::Bytes(3)];
        let table = Report::table(&["NAME", "STATE", "IN"], vec![row("srv"), row("srv.1"), row("a.b")], &[]);
        let rows = [["srv"], ["a.b"]].map(|row| row.map(|name| Cell::Text(name.into())).to_vec()).to_vec();
        assert_eq!(lasting(table), Some(Report::table(&["NAME"], rows, &[])));
    }

    #[test]
    fn fingerprints_are_masked() {
        let print = "0123456789abcdef".repeat(4);
        assert_eq!(text(&format!("sha256:{print} · {print}0 cafe")), format!("sha256:… · {print}0 cafe"));
    }

    #[test]
    fn folders_of_one_run_are_masked() {
        assert_eq!(
            text("/tmp/nsh-aB3xY9/f and /tmp/nsh-aB3xY9, /tmp/nsh-1234567"),
            "/tmp/nsh-…/f and /tmp/nsh-…, /tmp/nsh-1234567"
        );
    }
}
