//! Values: what variables hold and expressions give.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::event::SessionTag;
use crate::net::Endpoint;
use crate::net::http::Head;

/// A value of the language. Text is bytes; nothing is ever required to be UTF-8.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing: what a function without `return` gives back.
    Nothing,
    /// Bytes or text.
    Bytes(Bytes),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A length of time.
    Duration(Duration),
    /// Values in order.
    List(Arc<Vec<Value>>),
    /// A session.
    Session(Arc<SessionTag>),
    /// One end of a connection, with the fields `host` and `port`.
    Endpoint(Endpoint),
    /// The fields of an HTTP message, each a field of the value.
    Fields(Arc<Head>),
    /// A regular expression.
    Regex(Arc<regex::bytes::Regex>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Bytes(Bytes::from(text.into()))
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// How deep lists are in it: 0 for what is no list.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or_default(),
            _ => 0,
        }
    }

    /// What kind of value it is, as errors call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Bytes(_) => "text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Duration(_) => "a duration",
            Self::List(_) => "a list",
            Self::Session(_) => "a session",
            Self::Endpoint(_) => "an address",
            Self::Fields(_) => "the header of a message",
            Self::Regex(_) => "a regular expression",
        }
    }

    /// Its bytes, as `send` and `print` write them. The items of a list are joined by spaces.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Integer(number) => number.to_string().into(),
            Self::Float(number) => number.to_string().into(),
            Self::Boolean(value) => value.to_string().into(),
            Self::Duration(duration) => duration_text(*duration).into(),
            Self::List(items) => {
                let parts: Vec<Bytes> = items.iter().map(Self::to_bytes).collect();
                parts.join(&b' ').into()
            }
            Self::Session(tag) => tag.name.clone().into(),
            Self::Endpoint(endpoint) => endpoint.to_string().into(),
            Self::Fields(head) => {
                let lines = head.fields.iter().map(|(name, value)| [name.as_bytes(), b": ", value, b"\n"].concat());
                lines.collect::<Vec<_>>().concat().into()
            }
            Self::Regex(regex) => regex.as_str().to_owned().into(),
        }
    }

    /// Its text; bytes that are not UTF-8 are replaced.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.to_bytes()).into_owned()
    }

    /// The number it is, or that its text says.
    pub fn number(&self) -> Option<Number> {
        match self {
            Self::Integer(number) => Some(Number::Integer(*number)),
            Self::Float(number) => Some(Number::Float(*number)),
            Self::Bytes(bytes) => {
                let text = std::str::from_utf8(bytes).ok()?.trim();
                text.parse().map(Number::Integer).ok().or_else(|| {
                    let float: f64 = text.parse().ok()?;
                    float.is_finite().then_some(Number::Float(float))
                })
            }
            _ => None,
        }
    }

    /// The whole number it is, or that its text says.
    pub fn integer(&self) -> Option<i64> {
        match self.number()? {
            Number::Integer(number) => Some(number),
            Number::Float(_) => None,
        }
    }
}

/// Equal when both are numbers (or one is and the other's text says one) of the same size, or else when their
/// bytes are the same.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Without a fraction.
    Integer(i64),
    /// With one.
    Float(f64),
}

impl Number {
    /// The nearest float.
    #[expect(clippy::cast_precision_loss, reason = "a float is asked for")]
    pub fn float(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

impl Value {
    /// Orders two values: numbers and durations by size, lists item by item, everything else by bytes.
    /// `None` where there is no order, as between a list and a text.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Nothing, Self::Nothing) => Some(Ordering::Equal),
            (Self::List(a), Self::List(b)) => {
                for (a, b) in a.iter().zip(b.iter()) {
                    match a.compare(b)? {
                        Ordering::Equal => {}
                        unequal => return Some(unequal),
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            (Self::List(_) | Self::Nothing, _) | (_, Self::List(_) | Self::Nothing) => None,
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            _ => match (self.number(), other.number()) {
                (Some(Number::Integer(a)), Some(Number::Integer(b))) => Some(a.cmp(&b)),
                (Some(a), Some(b)) => a.float().partial_cmp(&b.float()),
                _ => Some(self.to_bytes().cmp(&other.to_bytes())),
            },
        }
    }
}

/// A duration as the language writes it, in the largest unit that keeps it exact: `250us`, `1500ms`, `2s`, `5m`.
pub(super) fn duration_text(duration: Duration) -> String {
    let micros = duration.as_micros();
    for (unit, size) in [("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000)] {
        if micros >= size && micros.is_multiple_of(size) {
            return format!("{}{unit}", micros / size);
        }
    }
    format!("{micros}us")
}

/// A duration as messages say it: `250 µs`, `1500 ms`, `2 s`, `5 min`.
pub(super) fn spoken(duration: Duration) -> String {
    let text = duration_text(duration);
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "us" => "µs",
        "m" => "min",
        other => other,
    };
    format!("{number} {unit}")
}
