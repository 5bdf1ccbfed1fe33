//! Expectations: what a script waits for, and how it is found in what a session has received.

use std::ops::Range;

use bytes::Bytes;
use regex::bytes::Regex;

use super::handlers::without_ending;
use super::session::{Buffer, Ending};
use super::value::Value;
use crate::net::MessageKind;

/// The named groups of a match with what they matched.
type Captures = Vec<(String, Value)>;

/// One thing that may be expected.
#[derive(Debug, Clone)]
pub(super) enum Expectation {
    /// These bytes, anywhere in what is unread.
    Text(Bytes),
    /// What the expression matches, anywhere in what is unread.
    Regex(Regex),
    /// The next line, without its ending: these bytes, or matched by the expression.
    Line(Pattern),
    /// These bytes next, and nothing behind them.
    Exactly(Bytes),
    /// So many bytes.
    Count(usize),
    /// The next datagram.
    Datagram(Option<Pattern>),
    /// The next message, of this kind.
    Message(MessageKind, Pattern),
    /// What the peer says as it leaves: a status code, and why.
    Close(Option<u16>, Option<Pattern>),
    /// The peer's end of sending.
    Eof,
    /// A reset.
    Reset,
    /// Nobody took it.
    Refused,
    /// Any end of the session.
    Closed,
    /// The end of the program at the other end, with that code.
    Exit(i32),
    /// Something that is known already: the named groups if it holds, or else what there is instead, in words.
    Known(Result<Captures, String>),
    /// In what is unread, or in these bytes; nothing is taken.
    Content(Pattern, Option<Bytes>),
    /// The whole content is this, from what is unread or these bytes; nothing is taken.
    WholeContent(Bytes, Option<Bytes>),
    /// Nothing at all.
    Nothing,
}

/// What a line or datagram has to be.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// These bytes.
    Bytes(Bytes),
    /// Matched by this expression.
    Regex(Regex),
}

/// What was found: the bytes, what is consumed with them, and the named groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The bytes that matched.
    pub bytes: Bytes,
    /// How many bytes of the unread are consumed, those before the match included.
    pub consumes: usize,
    /// The named groups that took part.
    pub captures: Captures,
    /// Whether a whole datagram is consumed rather than bytes.
    pub datagram: bool,
    /// Where the match starts in what is unread.
    start: usize,
}

/// What a look at the unread gave.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// It is there.
    Found(Found),
    /// It may still come.
    NotYet,
    /// It can no longer come.
    Never,
}

impl Pattern {
    /// The pattern that a value is.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Regex(regex) => Self::Regex(regex.as_ref().clone()),
            other => Self::Bytes(other.to_bytes()),
        }
    }

    /// The named groups if it stands anywhere in `bytes`.
    pub(super) fn is_in(&self, bytes: &[u8]) -> Option<Captures> {
        match self {
            Self::Bytes(wanted) => find(bytes, wanted, 0).map(|_| Vec::new()),
            Self::Regex(regex) => capture(regex, bytes, 0).map(|(_, captures)| captures),
        }
    }

    /// The named groups if these bytes are it, or it stands anywhere in them as an expression.
    pub(super) fn matches(&self, bytes: &Bytes) -> Option<Captures> {
        match self {
            Self::Bytes(wanted) => (wanted == bytes).then(Vec::new),
            Self::Regex(regex) => capture(regex, bytes, 0).map(|(_, captures)| captures),
        }
    }
}

/// How far back an expression is looked for in what an earlier look has searched in vain, in bytes.
const OVERLAP: usize = 64 << 10;

/// The first match that starts at `from` or behind it, and its named groups.
fn capture(regex: &Regex, bytes: &[u8], from: usize) -> Option<(Range<usize>, Captures)> {
    let found = regex.captures_at(bytes, from)?;
    let groups = regex.capture_names().flatten();
    let named = groups.filter_map(|name| {
        let group = Bytes::copy_from_slice(found.name(name)?.as_bytes());
        Some((name.to_owned(), Value::Bytes(group)))
    });
    let named = named.collect();
    Some((found.get(0)?.range(), named))
}

/// The place of `needle` in `hay`, not starting before `from`.
fn find(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    if needle.is_empty() {
        return Some(from.min(hay.len()));
    }
    let first = needle[0];
    let mut at = from;
    while at + needle.len() <= hay.len() {
        at += hay[at..=hay.len() - needle.len()].iter().position(|&byte| byte == first)?;
        if hay[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

impl Expectation {
    /// Looks for it in the unread. `seen` is how much of the unread an earlier look has searched in vain.
    pub(super) fn look(&self, buffer: &Buffer, seen: usize) -> Verdict {
        let over = buffer.end.is_some();
        let missing = if over { Verdict::Never } else { Verdict::NotYet };
        if !buffer.datagrams.is_empty() && matches!(self, Self::Text(_) | Self::Regex(_) | Self::Exactly(_)) {
            return self.in_datagrams(buffer, missing);
        }
        match self {
            Self::Text(text) => {
                let from = seen.saturating_sub(text.len().saturating_sub(1));
                match find(&buffer.bytes, text, from) {
                    Some(start) => found(text.clone(), start, start + text.len()),
                    None => missing,
                }
            }
            Self::Regex(regex) => match capture(regex, &buffer.bytes, seen.saturating_sub(OVERLAP)) {
                Some((range, captures)) => Verdict::Found(Found {
                    bytes: Bytes::copy_from_slice(&buffer.bytes[range.clone()]),
                    consumes: range.end,
                    captures,
                    datagram: false,
                    start: range.start,
                }),
                None => missing,
            },
            Self::Line(pattern) => Self::line(pattern, buffer, seen, missing),
            Self::Exactly(wanted) => exactly(wanted, buffer, missing),
            Self::Count(count) => {
                if buffer.bytes.len() >= *count {
                    found(Bytes::copy_from_slice(&buffer.bytes[..*count]), 0, *count)
                } else {
                    missing
                }
            }
            Self::Datagram(pattern) => datagram(pattern.as_ref(), buffer, missing),
            Self::Message(kind, pattern) => match buffer.kinds.front() {
                None if !buffer.datagrams.is_empty() => Verdict::Never,
                Some(came) if came != kind => Verdict::Never,
                _ => datagram(Some(pattern), buffer, missing),
            },
            Self::Close(code, reason) => close(*code, reason.as_ref(), buffer),
            Self::Eof => match &buffer.end {
                Some(Ending::Orderly | Ending::Exited(_)) => {
                    found(Bytes::new(), buffer.bytes.len(), buffer.bytes.len())
                }
                Some(_) => Verdict::Never,
                None => Verdict::NotYet,
            },
            Self::Reset => ended(buffer, |ending| *ending == Ending::Reset),
            Self::Refused if buffer.refused => found(Bytes::new(), 0, 0),
            Self::Refused => ended(buffer, |ending| *ending == Ending::Refused),
            Self::Closed => ended(buffer, |_| true),
            Self::Exit(code) => ended(buffer, |ending| *ending == Ending::Exited(Some(*code))),
            Self::Known(Ok(captures)) => Verdict::Found(Found { captures: captures.clone(), ..Found::default() }),
            Self::Known(Err(_)) => Verdict::Never,
            Self::Content(pattern, held) => match pattern.is_in(held.as_deref().unwrap_or(&buffer.bytes)) {
                Some(captures) => Verdict::Found(Found { captures, ..Found::default() }),
                None if held.is_some() => Verdict::Never,
                None => missing,
            },
            Self::WholeContent(wanted, held) => {
                let content = held.as_deref().unwrap_or(&buffer.bytes);
                let whole = held.is_some() || buffer.end == Some(Ending::Orderly);
                match (whole && content == &wanted[..], wanted.starts_with(content) && !whole) {
                    (true, _) => Verdict::Found(Found::default()),
                    (false, true) => missing,
                    (false, false) => Verdict::Never,
                }
            }
            Self::Nothing => {
                if buffer.bytes.is_empty() && buffer.datagrams.is_empty() && !over {
                    Verdict::NotYet
                } else {
                    Verdict::Never
                }
            }
        }
    }

    /// Looks in one datagram after the other; the one with the match is taken whole. `exactly` is the next one.
    fn in_datagrams(&self, buffer: &Buffer, missing: Verdict) -> Verdict {
        let mut start = 0;
        for &length in &buffer.datagrams {
            let datagram = &buffer.bytes[start..start + length];
            let end = start + length;
            match self {
                Self::Exactly(wanted) if datagram == &wanted[..] => return found(wanted.clone(), start, end),
                Self::Exactly(_) => return Verdict::Never,
                Self::Text(text) if find(datagram, text, 0).is_some() => return found(text.clone(), start, end),
                Self::Regex(regex) => {
                    if let Some((range, captures)) = capture(regex, datagram, 0) {
                        let bytes = Bytes::copy_from_slice(&datagram[range]);
                        return Verdict::Found(Found { bytes, consumes: end, captures, datagram: false, start });
                    }
                }
                _ => {}
            }
            start = end;
        }
        missing
    }

    fn line(pattern: &Pattern, buffer: &Buffer, seen: usize, missing: Verdict) -> Verdict {
        if !buffer.datagrams.is_empty() {
            return datagram_line(pattern, buffer, missing);
        }
        // Lines that do not match are passed over, as bytes before a text are.
        let whole_lines = &buffer.bytes[..seen.min(buffer.bytes.len())];
        let mut start = whole_lines.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        while let Some(length) = buffer.bytes[start..].iter().position(|&byte| byte == b'\n') {
            let whole = Bytes::copy_from_slice(&buffer.bytes[start..=start + length]);
            if let Some(captures) = pattern.matches(&without_ending(&whole)) {
                return Verdict::Found(Found {
                    bytes: without_ending(&whole),
                    consumes: start + length + 1,
                    captures,
                    datagram: false,
                    start,
                });
            }
            start += length + 1;
        }
        let rest = Bytes::copy_from_slice(&buffer.bytes[start..]);
        if buffer.end.is_some()
            && !rest.is_empty()
            && let Some(captures) = pattern.matches(&rest)
        {
            return Verdict::Found(Found {
                consumes: start + rest.len(),
                bytes: rest,
                captures,
                datagram: false,
                start,
            });
        }
        missing
    }
}

fn found(bytes: Bytes, start: usize, end: usize) -> Verdict {
    Verdict::Found(Found { bytes, consumes: end, captures: Vec::new(), datagram: false, start })
}

fn exactly(wanted: &Bytes, buffer: &Buffer, missing: Verdict) -> Verdict {
    let unread = &buffer.bytes;
    if unread.len() > wanted.len() || !wanted.starts_with(unread) {
        return Verdict::Never;
    }
    if unread.len() == wanted.len() { found(wanted.clone(), 0, wanted.len()) } else { missing }
}

fn first_datagram(buffer: &Buffer) -> Option<Bytes> {
    buffer.datagrams.front().map(|&length| Bytes::copy_from_slice(&buffer.bytes[..length]))
}

fn datagram(pattern: Option<&Pattern>, buffer: &Buffer, missing: Verdict) -> Verdict {
    let Some(first) = first_datagram(buffer) else {
        return missing;
    };
    let captures = match pattern {
        None => Some(Vec::new()),
        Some(pattern) => pattern.matches(&first),
    };
    match captures {
        Some(captures) => {
            Verdict::Found(Found { consumes: first.len(), bytes: first, captures, datagram: true, start: 0 })
        }
        None => Verdict::Never,
    }
}

fn datagram_line(pattern: &Pattern, buffer: &Buffer, missing: Verdict) -> Verdict {
    let Some(first) = first_datagram(buffer) else {
        return missing;
    };
    match pattern.matches(&without_ending(&first)) {
        Some(captures) => Verdict::Found(Found {
            bytes: without_ending(&first),
            consumes: first.len(),
            captures,
            datagram: true,
            start: 0,
        }),
        None => Verdict::Never,
    }
}

fn close(code: Option<u16>, reason: Option<&Pattern>, buffer: &Buffer) -> Verdict {
    let Some(parting) = &buffer.parting else {
        return if buffer.end.is_some() { Verdict::Never } else { Verdict::NotYet };
    };
    if code.is_some_and(|code| code != parting.code) {
        return Verdict::Never;
    }
    let said = Bytes::from(parting.reason.clone());
    let captures = reason.map_or_else(|| Some(Vec::new()), |reason| reason.matches(&said));
    let Some(captures) = captures else { return Verdict::Never };
    let all = buffer.bytes.len();
    Verdict::Found(Found { bytes: said, consumes: all, captures, datagram: false, start: all })
}

fn ended(buffer: &Buffer, fits: impl Fn(&Ending) -> bool) -> Verdict {
    match &buffer.end {
        Some(ending) if fits(ending) => found(Bytes::new(), buffer.bytes.len(), buffer.bytes.len()),
        Some(Ending::Orderly) | None => Verdict::NotYet,
        Some(_) => Verdict::Never,
    }
}

impl Expectation {
    /// How many bytes have to be unread for it to be found.
    pub(super) fn needs(&self) -> usize {
        match self {
            Self::Count(count) => *count,
            Self::Exactly(bytes) => bytes.len() + 1,
            Self::Text(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

/// Looks for any of several; the one that matches earliest wins, then the one named first.
pub(super) fn look(any: &[Expectation], buffer: &Buffer, seen: usize) -> Verdict {
    let mut best: Option<Found> = None;
    let mut possible = false;
    for expectation in any {
        match expectation.look(buffer, seen) {
            Verdict::Found(found) if best.as_ref().is_none_or(|best| found.start < best.start) => best = Some(found),
            Verdict::Found(_) | Verdict::Never => {}
            Verdict::NotYet => possible = true,
        }
    }
    match best {
        Some(found) => Verdict::Found(found),
        None if possible => Verdict::NotYet,
        None => Verdict::Never,
    }
}

/// Takes what was found out of the unread.
pub(super) fn take(found: &Found, buffer: &mut Buffer) {
    if found.datagram {
        buffer.take_datagram();
    } else {
        buffer.take(found.consumes);
    }
}
