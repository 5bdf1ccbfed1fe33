//! Functions of text and bytes.

use std::fmt::Write;

use super::{Function, function, whole};
use crate::engine::fault::Problem;
use crate::engine::value::Value;

/// The longest text that `repeated` makes, in bytes.
const LONGEST: usize = 1 << 28;

/// They take text and give text.
pub(super) const FUNCTIONS: &[Function] = &[
    function("len", "x", (1, 1), "bytes of a text, items of a list", |values, _| {
        let length = match &values[0] {
            Value::List(items) => items.len(),
            other => other.to_bytes().len(),
        };
        Ok(Value::Integer(i64::try_from(length).unwrap_or(i64::MAX)))
    }),
    function("upper", "text", (1, 1), "in upper case", |values, _| Ok(map_text(&values[0], str::to_uppercase))),
    function("lower", "text", (1, 1), "in lower case", |values, _| Ok(map_text(&values[0], str::to_lowercase))),
    function("trim", "text", (1, 1), "without white space at both ends", |values, _| {
        let bytes = values[0].to_bytes();
        let trimmed = bytes.trim_ascii();
        Ok(Value::Bytes(bytes.slice_ref(trimmed)))
    }),
    function("hex", "bytes", (1, 1), "its bytes as hexadecimal digits", |values, _| {
        let mut text = String::new();
        for byte in &values[0].to_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Value::text(text))
    }),
    function("unhex", "text", (1, 1), "the bytes that hexadecimal digits say", |values, _| unhex(&values[0])),
    function("replace", "text, from, to", (3, 3), "every `from` (text or regex) replaced", |values, _| {
        Ok(replace(values))
    }),
    function("slice", "text, from, count", (2, 3), "`count` bytes or items from index `from`", |values, _| {
        slice(values)
    }),
    function("find", "text, part", (2, 2), "index of the part, or -1", |values, _| {
        let (text, part) = (values[0].to_bytes(), values[1].to_bytes());
        let at = if part.is_empty() { Some(0) } else { text.windows(part.len()).position(|window| window == part) };
        Ok(Value::Integer(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
    }),
    function("repeated", "text, count", (2, 2), "the text so many times", |values, _| {
        let (text, count) = (values[0].to_bytes(), whole(&values[1], "count")?);
        let count = usize::try_from(count).map_err(|_| Problem::usage("`count` is negative"))?;
        match text.len().checked_mul(count) {
            Some(length) if length <= LONGEST => Ok(Value::Bytes(text.repeat(count).into())),
            _ => Err(Problem::usage("the text would be larger than 256 MiB")),
        }
    }),
    function("number", "text", (1, 1), "the number that a text says", |values, _| match values[0].number() {
        Some(crate::engine::value::Number::Integer(number)) => Ok(Value::Integer(number)),
        Some(crate::engine::value::Number::Float(number)) => Ok(Value::Float(number)),
        None => Err(Problem::usage(format!("`{}` is no number", values[0].to_text()))),
    }),
    function("text", "x", (1, 1), "its text", |values, _| Ok(Value::Bytes(values[0].to_bytes()))),
];

/// Changes the text; bytes that are not UTF-8 stay as they are.
fn map_text(value: &Value, change: fn(&str) -> String) -> Value {
    let bytes = value.to_bytes();
    let mut changed = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        changed.extend_from_slice(change(chunk.valid()).as_bytes());
        changed.extend_from_slice(chunk.invalid());
    }
    Value::Bytes(changed.into())
}

fn unhex(value: &Value) -> Result<Value, Problem> {
    let text = value.to_text();
    let digits: Vec<u32> = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| {
            character.to_digit(16).ok_or_else(|| Problem::usage(format!("`{character}` is no hexadecimal digit")))
        })
        .collect::<Result<_, _>>()?;
    if digits.len() % 2 == 1 {
        return Err(Problem::usage("an odd number of hexadecimal digits"));
    }
    let bytes: Vec<u8> = digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect();
    Ok(Value::Bytes(bytes.into()))
}

fn replace(values: &[Value]) -> Value {
    let (text, to) = (values[0].to_bytes(), values[2].to_bytes());
    if let Value::Regex(regex) = &values[1] {
        return Value::Bytes(regex.replace_all(&text, &to[..]).into_owned().into());
    }
    let from = values[1].to_bytes();
    if from.is_empty() {
        return Value::Bytes(text);
    }
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(&to);
        rest = &rest[at + from.len()..];
    }
    replaced.extend_from_slice(rest);
    Value::Bytes(replaced.into())
}

fn slice(values: &[Value]) -> Result<Value, Problem> {
    let length = match &values[0] {
        Value::List(items) => items.len(),
        other => other.to_bytes().len(),
    };
    let from = whole(&values[1], "from")?;
    let counted = i64::try_from(length).unwrap_or(i64::MAX);
    let from = if from < 0 { from.saturating_add(counted).max(0) } else { from };
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(length);
    let count = match values.get(2) {
        Some(count) => usize::try_from(whole(count, "count")?).map_err(|_| Problem::usage("`count` is negative"))?,
        None => length,
    };
    let range = from..from.saturating_add(count).min(length);
    Ok(match &values[0] {
        Value::List(items) => Value::list(items[range].to_vec()),
        other => Value::Bytes(other.to_bytes().slice(range)),
    })
}
