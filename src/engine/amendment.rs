//! Amendments: what an expectation that did not hold would have to say to hold, as an edit of its text.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::exchange::Kind;
use super::handlers::without_ending;
use super::journal::{chosen_ports, loosely};
use super::lock;
use super::session::{Buffer, Ending, Session};
use super::shared::Shared;
use crate::language::ast::{Argument, Expr, Piece, Quote, Spanned, Term};
use crate::language::{self, Source, Span};

/// An edit: the bytes of the source from `from` up to `to` become `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The first byte.
    pub from: usize,
    /// The byte behind the last.
    pub to: usize,
    /// What stands there instead, as the formatter writes it.
    pub text: String,
}

/// Beyond so many bytes nobody would write it down.
const LONGEST: usize = 4096;

/// What came in the place of what a match expects.
struct Instead {
    bytes: Bytes,
    /// Whether a pattern for it matches all of it, as for lines and datagrams.
    whole: bool,
    /// Whether it has to be these very bytes, so that no pattern may stand for them.
    exact: bool,
}

impl Instead {
    fn part(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), whole: false, exact: false }
    }

    fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { whole: true, ..Self::part(bytes) }
    }

    fn exact(bytes: impl Into<Bytes>) -> Self {
        Self { exact: true, ..Self::part(bytes) }
    }
}

/// What the match `written` in `source` would have to say of what `session` has received. `None` where nothing came,
/// where it is made of variables, where its groups become variables, and where no text would do.
pub(super) fn of(shared: &Shared, source: &Source, written: &Argument, session: &Session) -> Option<Amendment> {
    let Term::Sequence(items) = &written.term.node else { return None };
    let words: Vec<&str> = items.iter().map(word).collect();
    let payload = items.last()?;
    if let Some((place, text)) = numbers(&words, items, session) {
        return edit(source, place, text);
    }
    let (quote, wanted) = literal(&payload.node)?;
    let instead = instead(&words, wanted, session)?;
    if instead.bytes.len() > LONGEST || shared.conceal(&instead.bytes) != instead.bytes {
        return None;
    }
    let text = if matches!(quote, Quote::Hex | Quote::Base64) {
        language::quote_as(quote, &instead.bytes)
    } else if instead.exact {
        language::quote(&instead.bytes)
    } else {
        let ports = chosen_ports(lock(&shared.table).all().map(AsRef::as_ref), &source.text);
        loosely(&instead.bytes, &ports, instead.whole)
    };
    edit(source, payload.span, text)
}

/// The edit that puts `text` at a place; `None` when it stands there already.
fn edit(source: &Source, place: Span, text: String) -> Option<Amendment> {
    let changes = source.text.get(place.range())? != text;
    changes.then_some(Amendment { from: place.start, to: place.end, text })
}

/// The word that an item of a match is; empty for a payload.
fn word(item: &Spanned<Term>) -> &str {
    match &item.node {
        Term::Word(word) => word,
        Term::Template(template) => template.literal().unwrap_or_default(),
        _ => "",
    }
}

/// How a payload is quoted, and what it says; `None` unless it stands for itself, and takes nothing out of what came.
fn literal(payload: &Term) -> Option<(Quote, &[u8])> {
    match payload {
        Term::Expr(Expr::Text(quote, template)) => match template.pieces.as_slice() {
            [] => Some((*quote, b"")),
            [Piece::Literal(bytes)] => Some((*quote, bytes)),
            _ => None,
        },
        Term::Expr(Expr::Regex(regex)) => {
            let takes = ["(?<", "(?P<"].iter().any(|group| regex.pattern.contains(group));
            (!takes).then_some((Quote::Double, regex.pattern.as_bytes()))
        }
        _ => None,
    }
}

/// Where the numbers of a match stand, and those that came.
fn numbers(words: &[&str], items: &[Spanned<Term>], session: &Session) -> Option<(Span, String)> {
    let (first, last) = (items.get(1)?.span, items.last()?.span);
    let text = match words {
        ["status", _] => match session.exchange()?.kind {
            Kind::Answer(status) => status.to_string(),
            Kind::Request { .. } => return None,
        },
        ["exit", _] => match session.ending()? {
            Ending::Exited(Some(code)) => code.to_string(),
            _ => return None,
        },
        ["close", _, ..] => {
            let parting = session.opening.inbox.as_ref()?.with(|buffer| buffer.parting.clone())?;
            let reason = language::quote(parting.reason.as_bytes());
            if words.len() > 2 { format!("{} {reason}", parting.code) } else { parting.code.to_string() }
        }
        _ => return None,
    };
    Some((first.to(last), text))
}

/// What came in the place of a payload that says `wanted`.
fn instead(words: &[&str], wanted: &[u8], session: &Session) -> Option<Instead> {
    match words {
        ["header", name, _] => Some(Instead::whole(session.exchange()?.head.field(name)?)),
        ["body", rest @ ..] => {
            let held = session.exchange()?.content();
            let content = held.or_else(|| session.opening.inbox.as_ref().map(|inbox| inbox.with(all)))?;
            Some(if rest.len() > 1 { Instead::exact(content) } else { Instead::part(content) })
        }
        _ => session.opening.inbox.as_ref()?.with(|buffer| unread(words, wanted, buffer)),
    }
}

fn all(buffer: &mut Buffer) -> Bytes {
    Bytes::copy_from_slice(&buffer.bytes)
}

/// The same of what is unread.
fn unread(words: &[&str], wanted: &[u8], buffer: &mut Buffer) -> Option<Instead> {
    let datagram = buffer.datagrams.front().map(|&length| Bytes::copy_from_slice(&buffer.bytes[..length]));
    let next = datagram.clone().or_else(|| Some(all(buffer)).filter(|bytes| !bytes.is_empty()));
    match words {
        ["line", _] => match datagram {
            Some(datagram) => Some(Instead::whole(without_ending(&datagram))),
            None => line(&next?, wanted).map(Instead::whole),
        },
        ["exactly", _] => next.map(Instead::exact),
        ["datagram", _] => datagram.map(Instead::whole),
        ["text" | "binary", _] if buffer.kinds.front().is_some_and(|kind| kind.word() == words[0]) => {
            datagram.map(Instead::whole)
        }
        [""] => next.map(Instead::part),
        _ => None,
    }
}

/// The line that is most like `wanted`, or the first.
fn line(unread: &Bytes, wanted: &[u8]) -> Option<Bytes> {
    let pieces = unread.split_inclusive(|&byte| byte == b'\n');
    let lines: Vec<Bytes> = pieces.map(|line| without_ending(&unread.slice_ref(line))).collect();
    let texts = lines.iter().filter_map(|line| std::str::from_utf8(line).ok());
    let like = language::nearest(std::str::from_utf8(wanted).unwrap_or_default(), texts);
    like.map(|line| Bytes::copy_from_slice(line.as_bytes())).or_else(|| lines.first().cloned())
}
