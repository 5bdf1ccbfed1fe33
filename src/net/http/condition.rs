//! Conditions: whether a request still wants what it asks for (RFC 9110, 13).

use hyper::HeaderMap;
use hyper::header::{AsHeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};

use super::date;
use crate::net::clock;

/// What tells one state of a file from another.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    /// The entity tag with its quotes; a strong one.
    pub tag: String,
    /// When it was modified, in seconds since 1970.
    pub modified: i64,
}

/// What the conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// They hold, or there are none.
    Holds,
    /// The client has it already.
    NotModified,
    /// A condition does not hold.
    Failed,
}

impl Validators {
    /// Evaluates the conditions of a `GET` or `HEAD` in the order of RFC 9110, 13.2.2: tags before dates.
    pub(super) fn evaluate(&self, headers: &HeaderMap) -> Outcome {
        if let Some(tags) = joined(headers, IF_MATCH) {
            if !listed(&tags, |tag| tag == self.tag) {
                return Outcome::Failed;
            }
        } else if moment(headers, IF_UNMODIFIED_SINCE).is_some_and(|since| self.seconds() > since) {
            return Outcome::Failed;
        }
        let unmodified = match joined(headers, IF_NONE_MATCH) {
            Some(tags) => listed(&tags, |tag| tag.strip_prefix("W/").unwrap_or(tag) == self.tag),
            None => moment(headers, IF_MODIFIED_SINCE).is_some_and(|since| self.seconds() <= since),
        };
        if unmodified { Outcome::NotModified } else { Outcome::Holds }
    }

    /// Whether `If-Range`, if there is one, names this very state, so that a part of it fits what the client has.
    pub(super) fn fits_range(&self, headers: &HeaderMap) -> bool {
        let Some(field) = headers.get(IF_RANGE) else { return true };
        let field = field.to_str().unwrap_or_default().trim();
        if field.starts_with('"') || field.starts_with("W/") {
            return field == self.tag;
        }
        date::parse(field, clock::since_1970().as_secs()) == Some(self.seconds())
    }

    /// The time as `Last-Modified` tells it.
    fn seconds(&self) -> i64 {
        date::clamp(self.modified).cast_signed()
    }
}

/// A field of tags, its lines joined.
fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    Some(lines.join(","))
}

/// A field that is a date; one that is none is ignored.
fn moment(headers: &HeaderMap, name: impl AsHeaderName) -> Option<i64> {
    date::parse(headers.get(name)?.to_str().ok()?, clock::since_1970().as_secs())
}

/// Whether a list of tags is `*` or has one that `fits`. A tag may hold commas.
fn listed(list: &str, fits: impl Fn(&str) -> bool) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let weak = if rest.starts_with("W/") { 2 } else { 0 };
        if !rest[weak..].starts_with('"') {
            return false;
        }
        let Some(length) = rest[weak + 1..].find('"') else { return false };
        let end = weak + length + 2;
        if fits(&rest[..end]) {
            return true;
        }
        rest = &rest[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_a_file() {
        let file = Validators { tag: "\"a,b\"".into(), modified: 784_111_777 };
        let (before, same, after) =
            ("Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT");
        for (fields, expected) in [
            (vec![], Outcome::Holds),
            (vec![("if-none-match", "\"x\", \"a,b\"")], Outcome::NotModified),
            (vec![("if-none-match", "W/\"a,b\"")], Outcome::NotModified),
            (vec![("if-none-match", "*")], Outcome::NotModified),
            (vec![("if-none-match", "\"x\""), ("if-none-match", "\"a,b\"")], Outcome::NotModified),
            (vec![("if-none-match", "\"x\""), ("if-modified-since", after)], Outcome::Holds),
            (vec![("if-none-match", "a,b")], Outcome::Holds),
            (vec![("if-modified-since", same)], Outcome::NotModified),
            (vec![("if-modified-since", before)], Outcome::Holds),
            (vec![("if-modified-since", "garbage")], Outcome::Holds),
            (vec![("if-match", "\"a,b\"")], Outcome::Holds),
            (vec![("if-match", "*")], Outcome::Holds),
            (vec![("if-match", "W/\"a,b\"")], Outcome::Failed),
            (vec![("if-match", "\"x\"")], Outcome::Failed),
            (vec![("if-match", "\"a,b\""), ("if-unmodified-since", before)], Outcome::Holds),
            (vec![("if-unmodified-since", before)], Outcome::Failed),
            (vec![("if-unmodified-since", same)], Outcome::Holds),
            (vec![("if-match", "\"x\""), ("if-none-match", "\"a,b\"")], Outcome::Failed),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &fields {
                headers.append(*name, value.parse().expect("a value"));
            }
            assert_eq!(file.evaluate(&headers), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_part_fits_only_the_same_state() {
        let file = Validators { tag: "\"t\"".into(), modified: 784_111_777 };
        for (field, expected) in [
            ("\"t\"", true),
            ("W/\"t\"", false),
            ("\"x\"", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
            ("garbage", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_RANGE, field.parse().expect("a value"));
            assert_eq!(file.fits_range(&headers), expected, "{field}");
        }
        assert!(file.fits_range(&HeaderMap::new()));
    }
}
