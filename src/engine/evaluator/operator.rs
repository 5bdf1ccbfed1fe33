//! Operators: what they do with values.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::engine::fault::Problem;
use crate::engine::scope::Scope;
use crate::engine::value::{Number, Value};
use crate::language::ast::BinaryOp;

/// The longest list or text that an operator makes, in items or bytes.
const LONGEST: usize = 1 << 28;

/// `left op right`; the named groups of `~` become variables of `scope`.
pub(super) fn binary(op: BinaryOp, left: &Value, right: &Value, scope: &Scope) -> Result<Value, Problem> {
    let holds = match op {
        BinaryOp::Equal => left == right,
        BinaryOp::NotEqual => left != right,
        BinaryOp::Less => order(op, left, right)?.is_lt(),
        BinaryOp::LessEqual => order(op, left, right)?.is_le(),
        BinaryOp::Greater => order(op, left, right)?.is_gt(),
        BinaryOp::GreaterEqual => order(op, left, right)?.is_ge(),
        BinaryOp::Contains => contains(left, right),
        BinaryOp::Starts => left.to_bytes().starts_with(&right.to_bytes()),
        BinaryOp::Ends => left.to_bytes().ends_with(&right.to_bytes()),
        BinaryOp::Matches => matches(left, right, scope)?,
        BinaryOp::And | BinaryOp::Or => match (left, right) {
            (Value::Boolean(a), Value::Boolean(b)) => {
                if op == BinaryOp::And {
                    *a && *b
                } else {
                    *a || *b
                }
            }
            _ => return Err(mismatch(op, left, right)),
        },
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => {
            return arithmetic(op, left, right);
        }
    };
    Ok(Value::Boolean(holds))
}

fn order(op: BinaryOp, left: &Value, right: &Value) -> Result<Ordering, Problem> {
    left.compare(right).ok_or_else(|| mismatch(op, left, right))
}

/// Whether a list has an item, or bytes have others in them.
fn contains(whole: &Value, part: &Value) -> bool {
    if let Value::List(items) = whole {
        items.contains(part)
    } else {
        let (whole, part) = (whole.to_bytes(), part.to_bytes());
        part.is_empty() || whole.windows(part.len()).any(|window| window == part)
    }
}

fn matches(text: &Value, pattern: &Value, scope: &Scope) -> Result<bool, Problem> {
    let Value::Regex(regex) = pattern else {
        return Err(Problem::usage(format!("`~` wants a regular expression on its right, this is {}", pattern.kind()))
            .hint("write it between slashes: `$x ~ /^[0-9]+$/`"));
    };
    let text = text.to_bytes();
    let Some(captures) = regex.captures(&text) else {
        return Ok(false);
    };
    for name in regex.capture_names().flatten() {
        if let Some(group) = captures.name(name) {
            scope.set(name, Value::Bytes(text.slice(group.range())));
        }
    }
    Ok(true)
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, Problem> {
    match (op, left, right) {
        (BinaryOp::Add, Value::List(a), Value::List(b)) => {
            return Ok(Value::list(a.iter().chain(b.iter()).cloned().collect()));
        }
        (BinaryOp::Add, Value::Duration(a), Value::Duration(b)) => {
            return a.checked_add(*b).map(Value::Duration).ok_or_else(overflow);
        }
        (BinaryOp::Subtract, Value::Duration(a), Value::Duration(b)) => {
            return Ok(Value::Duration(a.saturating_sub(*b)));
        }
        (BinaryOp::Multiply, Value::Duration(duration), factor)
        | (BinaryOp::Multiply, factor, Value::Duration(duration)) => {
            let factor = factor.number().map(Number::float).filter(|factor| *factor >= 0.0);
            let factor = factor.ok_or_else(|| mismatch(op, left, right))?;
            let seconds = duration.as_secs_f64() * factor;
            return std::time::Duration::try_from_secs_f64(seconds).map(Value::Duration).map_err(|_| overflow());
        }
        // Two texts are joined even when both say numbers: `+` of texts is what a reader expects it to be.
        (BinaryOp::Add, Value::Bytes(_), Value::Bytes(_)) => return join(left, right),
        _ => {}
    }
    match (left.number(), right.number()) {
        (Some(Number::Integer(a)), Some(Number::Integer(b))) => whole(op, a, b),
        (Some(a), Some(b)) => fraction(op, a.float(), b.float()),
        _ if op == BinaryOp::Add && (matches!(left, Value::Bytes(_)) || matches!(right, Value::Bytes(_))) => {
            join(left, right)
        }
        _ => Err(mismatch(op, left, right)),
    }
}

fn join(left: &Value, right: &Value) -> Result<Value, Problem> {
    let joined = [left.to_bytes(), right.to_bytes()].concat();
    if joined.len() > LONGEST {
        return Err(Problem::usage("the text would be larger than 256 MiB"));
    }
    Ok(Value::Bytes(joined.into()))
}

fn whole(op: BinaryOp, a: i64, b: i64) -> Result<Value, Problem> {
    let result = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        BinaryOp::Divide | BinaryOp::Remainder if b == 0 => {
            return Err(Problem::usage("a division by zero"));
        }
        BinaryOp::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.map(Value::Integer).ok_or_else(overflow)
}

fn fraction(op: BinaryOp, a: f64, b: f64) -> Result<Value, Problem> {
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        _ => a % b,
    };
    if result.is_finite() { Ok(Value::Float(result)) } else { Err(overflow()) }
}

fn overflow() -> Problem {
    Problem::usage("the result is too big")
}

fn mismatch(op: BinaryOp, left: &Value, right: &Value) -> Problem {
    let word = match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        _ => "the comparison",
    };
    Problem::usage(format!("`{word}` does not go with {} and {}", left.kind(), right.kind()))
}

/// `-x`
pub(super) fn negate(value: &Value) -> Result<Value, Problem> {
    match value.number() {
        Some(Number::Integer(number)) => number.checked_neg().map(Value::Integer).ok_or_else(overflow),
        Some(Number::Float(number)) => Ok(Value::Float(-number)),
        None => Err(Problem::usage(format!("`-` wants a number, this is {}", value.kind()))),
    }
}

/// `from..to` as a list.
pub(super) fn range(from: &Value, to: &Value) -> Result<Value, Problem> {
    let (Some(from), Some(to)) = (from.integer(), to.integer()) else {
        return Err(Problem::usage("a range goes from one whole number to another"));
    };
    if to.saturating_sub(from) > 1_000_000 {
        return Err(Problem::usage("the list would have more than 1000000 items")
            .hint("`for` goes through a range of any length"));
    }
    Ok(Value::List(Arc::new((from..=to).map(Value::Integer).collect())))
}

/// `list[index]`: an item of a list, or a byte of a text as a text of one byte.
pub(super) fn index(list: &Value, index: &Value) -> Result<Value, Problem> {
    let Some(index) = index.integer() else {
        return Err(Problem::usage(format!("an index is a whole number, this is {}", index.kind())));
    };
    let length = match list {
        Value::List(items) => items.len(),
        Value::Bytes(bytes) => bytes.len(),
        other => return Err(Problem::usage(format!("{} has no items", other.kind()))),
    };
    let counted = i64::try_from(length).unwrap_or(i64::MAX);
    let place = if index < 0 { index.saturating_add(counted) } else { index };
    let place = usize::try_from(place).ok().filter(|place| *place < length);
    let Some(place) = place else {
        return Err(Problem::usage(format!("there is no item {index}: it has {length}")));
    };
    Ok(match list {
        Value::List(items) => items[place].clone(),
        _ => Value::Bytes(list.to_bytes().slice(place..=place)),
    })
}
