//! What no two runs share beside ports and times: fingerprints of new certificates, numbers of processes, dates.

use crate::engine::event::{Cell, Report};
use crate::net::http::Head;

/// What stands for it.
const MASK: &str = "…";
/// Hexadecimal digits of a SHA-256.
const FINGERPRINT: usize = 64;
/// Fields of `info` that are others every time.
const FIELDS: &[&str] = &["pid", "authority", "expires", "sha256"];
/// Columns of tables that are.
const COLUMNS: &[&str] = &["PID"];
/// Fields of messages of HTTP that are.
const HEADERS: &[&str] = &["date", "last-modified", "etag", "sec-websocket-key", "sec-websocket-accept"];

/// What tells of a session in each row of a table.
const NAME: &str = "NAME";

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

/// A head without it.
pub(super) fn head(head: &Head) -> Head {
    let mut head = head.clone();
    for (_, value) in head.fields.iter_mut().filter(|(name, _)| HEADERS.contains(&name.as_str())) {
        *value = MASK.into();
    }
    head
}

/// A text without fingerprints.
pub(super) fn text(text: &str) -> String {
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
    fn fingerprints_are_masked() {
        let print = "0123456789abcdef".repeat(4);
        assert_eq!(text(&format!("sha256:{print} · {print}0 cafe")), format!("sha256:… · {print}0 cafe"));
    }
}
