//! Numbers: whole and broken ones, durations, sizes, rates and shares, from their text.

use std::time::Duration;

use super::terminal::{continues_name, take};
use super::{Expected, Input, Parse, between, miss};
use crate::language::ast::{Expr, Spanned};
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Shape;
use crate::language::source::Span;

/// Units of time in nanoseconds.
const TIMES: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Units of size in bytes: a letter alone and `KiB` are powers of 1024, `kB` is a power of 1000.
const SIZES: &[(&str, u128)] = &[
    ("B", 1),
    ("k", 1 << 10),
    ("K", 1 << 10),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("KB", 1_000),
    ("M", 1 << 20),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("G", 1 << 30),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("T", 1 << 40),
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
];

/// What is wrong with a text that begins like a number.
enum Flaw {
    TooBig,
    NoNumber,
}

/// A number of any kind.
pub(super) fn number(input: Input<'_>) -> Parse<'_, Spanned<Expr>> {
    number_shown(input, Expected::Shape(Shape::Value))
}

/// A number of any kind, or `expected`.
pub(super) fn number_shown(input: Input<'_>, expected: Expected) -> Parse<'_, Spanned<Expr>> {
    let start = input.location_offset();
    let length = length(&input);
    if length == 0 || input.extra.touches(start + length) {
        return miss(input, expected);
    }
    match read(&input[..length]) {
        Ok(expr) => {
            let (rest, _) = take(input, length, LexemeKind::Number);
            Ok((rest, Spanned::new(expr, between(input, rest))))
        }
        Err(flaw) => {
            let text: String = input[..length].chars().take(40).collect();
            let message = match flaw {
                Flaw::TooBig => Diagnostic::error(format!("`{text}` is too big")),
                Flaw::NoNumber => Diagnostic::error(format!("`{text}` is not a number, a duration or a size"))
                    .hint("units of time are `us ms s m h`, units of size `k M G kB MB KiB MiB`"),
            };
            input.extra.complain(start, message.at(Span::new(start, start + length)));
            miss(input, expected)
        }
    }
}

/// The length of what belongs together from the first digit on: `1.5s`, `10kB/s`, `5%`, `0x1F`.
fn length(text: &str) -> usize {
    if !text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return 0;
    }
    let digits = |from: usize| text[from..].find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len() - from);
    let mut at = digits(0);
    if text[at..].starts_with('.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    at += text[at..].find(|letter| !continues_name(letter)).unwrap_or(text.len() - at);
    let ends = |tail: &str| !tail.starts_with(|letter| continues_name(letter) || "$(/".contains(letter));
    if text[at..].strip_prefix("/s").is_some_and(ends) {
        at += 2;
    } else if text[at..].strip_prefix('%').is_some_and(ends) {
        at += 1;
    }
    at
}

/// What a text means that begins with a digit.
fn read(text: &str) -> Result<Expr, Flaw> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let known = !digits.is_empty() && digits.chars().all(|letter| letter.is_ascii_hexdigit());
        let value = if known { i64::from_str_radix(digits, 16).map_err(|_| Flaw::TooBig) } else { Err(Flaw::NoNumber) };
        return value.map(Expr::Integer);
    }
    let (number, unit) = text.split_at(text.find(|l: char| !l.is_ascii_digit() && l != '.').unwrap_or(text.len()));
    if unit.is_empty() {
        return plain(number);
    }
    if unit == "%" {
        let share = number.parse::<f64>().map_err(|_| Flaw::NoNumber)? / 100.0;
        return if share <= 1.0 { Ok(Expr::Percent(share, text.to_owned())) } else { Err(Flaw::TooBig) };
    }
    if let Some((_, factor)) = TIMES.iter().find(|(name, _)| *name == unit) {
        let nanoseconds = u64::try_from(scaled(number, *factor)?).map_err(|_| Flaw::TooBig)?;
        return Ok(Expr::Duration(Duration::from_nanos(nanoseconds), text.to_owned()));
    }
    let (size, rate) = unit.strip_suffix("/s").map_or((unit, false), |size| (size, true));
    let factor = SIZES.iter().find(|(name, _)| *name == size || size.is_empty()).ok_or(Flaw::NoNumber)?.1;
    let bytes = size_of(scaled(number, factor)?)?;
    Ok(if rate { Expr::Rate(bytes, text.to_owned()) } else { Expr::Size(bytes, text.to_owned()) })
}

/// A length of time as statements write it: `250us`, `1.5s`; `None` for any other text.
pub fn duration(text: &str) -> Option<Duration> {
    if length(text) != text.len() || text.is_empty() {
        return None;
    }
    match fitted(read(text).ok()?, text, Shape::Duration)? {
        Expr::Duration(time, _) => Some(time),
        _ => None,
    }
}

/// A number without a unit.
fn plain(number: &str) -> Result<Expr, Flaw> {
    if number.contains('.') {
        let value = number.parse::<f64>().map_err(|_| Flaw::NoNumber)?;
        return if value.is_finite() { Ok(Expr::Float(value)) } else { Err(Flaw::TooBig) };
    }
    number.parse().map(Expr::Integer).map_err(|_| Flaw::TooBig)
}

/// A count of bytes that every part of the program can hold.
fn size_of(bytes: u128) -> Result<u64, Flaw> {
    i64::try_from(bytes).ok().and_then(|bytes| u64::try_from(bytes).ok()).ok_or(Flaw::TooBig)
}

/// A decimal number times `factor`, what is smaller than one dropped.
fn scaled(number: &str, factor: u128) -> Result<u128, Flaw> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = &fraction[..fraction.len().min(15)];
    let digits: u128 = format!("{whole}{fraction}").parse().map_err(|_| Flaw::TooBig)?;
    let divisor = 10_u128.pow(u32::try_from(fraction.len()).expect("at most 15"));
    Ok(digits.checked_mul(factor).ok_or(Flaw::TooBig)? / divisor)
}

/// The number as a parameter of that shape holds it; `None` when it is of another kind.
pub(super) fn fitted(expr: Expr, text: &str, shape: Shape) -> Option<Expr> {
    match (shape, expr) {
        (Shape::Integer, expr @ Expr::Integer(_))
        | (Shape::Duration, expr @ Expr::Duration(..))
        | (Shape::Size, expr @ Expr::Size(..))
        | (Shape::Rate, expr @ Expr::Rate(..))
        | (Shape::Percent, expr @ Expr::Percent(..)) => Some(expr),
        (Shape::Duration, Expr::Integer(0)) => Some(Expr::Duration(Duration::ZERO, text.to_owned())),
        (Shape::Size, Expr::Integer(bytes)) => Some(Expr::Size(u64::try_from(bytes).ok()?, text.to_owned())),
        (Shape::Percent, Expr::Integer(whole @ (0 | 1))) => {
            Some(Expr::Percent(if whole == 0 { 0.0 } else { 1.0 }, text.to_owned()))
        }
        (Shape::Percent, Expr::Float(part)) if part <= 1.0 => Some(Expr::Percent(part, text.to_owned())),
        _ => None,
    }
}
