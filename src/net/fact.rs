//! Facts: what a connection or listener knows about itself beyond its addresses, told with its opening, by `info`, and
//! as fields.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A fact: `alpn` is `h2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name, one of those that the transport declares; a field of the session.
    pub name: Cow<'static, str>,
    /// What it is. It may come from the peer: whoever shows it escapes it.
    pub value: String,
    /// Whether the line that tells of the opening says it, too; in these words.
    pub told: Option<String>,
}

impl Fact {
    /// The fact of that name.
    pub fn find<'f>(facts: &'f [Self], name: &str) -> Option<&'f Self> {
        facts.iter().find(|fact| fact.name == name)
    }

    /// A fact that `info` and the field tell.
    pub fn quiet(name: &'static str, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), told: None }
    }

    /// A fact that the line of the opening tells in these words.
    pub fn told(name: &'static str, value: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), told: Some(words.into()) }
    }
}
