//! Heads: the first line and the fields of a message (RFC 9110, 6), as events and sessions keep them.

use bytes::Bytes;
use hyper::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::net::json;

/// The head of a request or response. A peer may have written it: whoever shows it escapes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Head {
    /// The first line: `GET / HTTP/1.1`, `HTTP/1.1 200 OK`. That of HTTP/2 is written in the same way.
    pub line: String,
    /// The fields in order, their names lower case.
    #[serde(with = "json::fields")]
    pub fields: Vec<(String, Bytes)>,
}

impl Head {
    /// The head with that first line and those fields.
    pub fn new(line: impl Into<String>, fields: &HeaderMap) -> Self {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes())));
        Self { line: line.into(), fields: fields.collect() }
    }

    /// What the fields of that name hold, in whatever case it is written; several are joined by `, ` (RFC 9110, 5.3).
    pub fn field(&self, name: &str) -> Option<Bytes> {
        let mut all = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let first = all.next()?.clone();
        let more: Vec<&[u8]> = all.map(|value| &value[..]).collect();
        if more.is_empty() {
            return Some(first);
        }
        let mut joined = vec![&first[..]];
        joined.extend(more);
        Some(joined.join(&b", "[..]).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_one_name_are_joined() {
        let fields = [("vary", "a"), ("x", "1"), ("vary", "b")];
        let fields = fields.map(|(name, value)| (name.to_owned(), Bytes::from(value))).to_vec();
        let head = Head { line: "HTTP/1.1 200 OK".into(), fields };
        assert_eq!(head.field("Vary").as_deref(), Some(&b"a, b"[..]));
        assert_eq!(head.field("X").as_deref(), Some(&b"1"[..]));
        assert_eq!(head.field("none"), None);
    }
}
