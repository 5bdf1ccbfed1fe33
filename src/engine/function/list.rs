//! Functions of lists.

use super::{Function, function};
use crate::engine::fault::Problem;
use crate::engine::value::Value;

/// They take or give lists.
pub(super) const FUNCTIONS: &[Function] = &[
    function("lines", "text", (1, 1), "the lines of a text, without their endings", |values, _| {
        let bytes = values[0].to_bytes();
        let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        if bytes.is_empty() {
            return Ok(Value::list(Vec::new()));
        }
        let lines = whole
            .split(|&byte| byte == b'\n')
            .map(|line| Value::Bytes(bytes.slice_ref(line.strip_suffix(b"\r").unwrap_or(line))));
        Ok(Value::list(lines.collect()))
    }),
    function(
        "split",
        "text, separator",
        (1, 2),
        "the parts between separators, or between white space",
        |values, _| {
            let bytes = values[0].to_bytes();
            let Some(separator) = values.get(1).map(Value::to_bytes).filter(|separator| !separator.is_empty()) else {
                let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
                return Ok(Value::list(words.map(|word| Value::Bytes(bytes.slice_ref(word))).collect()));
            };
            let mut parts = Vec::new();
            let mut rest = &bytes[..];
            while let Some(at) = rest.windows(separator.len()).position(|window| window == separator) {
                parts.push(Value::Bytes(bytes.slice_ref(&rest[..at])));
                rest = &rest[at + separator.len()..];
            }
            parts.push(Value::Bytes(bytes.slice_ref(rest)));
            Ok(Value::list(parts))
        },
    ),
    function("join", "list, separator", (1, 2), "the items as one text", |values, _| {
        let Value::List(items) = &values[0] else {
            return Err(Problem::usage(format!("`join` takes a list, this is {}", values[0].kind())));
        };
        let separator = values.get(1).map(Value::to_bytes).unwrap_or_default();
        let parts: Vec<_> = items.iter().map(Value::to_bytes).collect();
        Ok(Value::Bytes(parts.join(&separator[..]).into()))
    }),
    function("min", "a, b, …", (1, 64), "the smallest", |values, _| extreme(values, std::cmp::Ordering::Less)),
    function("max", "a, b, …", (1, 64), "the largest", |values, _| extreme(values, std::cmp::Ordering::Greater)),
];

fn extreme(values: &[Value], wanted: std::cmp::Ordering) -> Result<Value, Problem> {
    let items = match values {
        [Value::List(items)] => items.as_slice(),
        values => values,
    };
    let mut best = items.first().ok_or_else(|| Problem::usage("the list is empty"))?;
    for item in items {
        match item.compare(best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => {
                return Err(Problem::usage(format!("{} and {} have no order", item.kind(), best.kind())));
            }
        }
    }
    Ok(best.clone())
}
