//! Words: every event as one line, and how much it matters.

use bytes::Bytes;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::colour::{Paint, Role};
use super::{amount, escape};
use crate::engine::event::{SessionTag, What};
use crate::net::http::Head;
use crate::net::{Endpoint, Fact};

/// How much an event matters, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Importance {
    /// Something failed.
    Error,
    /// Something is amiss.
    Warning,
    /// What one waits for: a listener is ready, a session broke.
    Notable,
    /// The ordinary life of sessions.
    Ordinary,
    /// The bytes they exchange.
    Data,
}

/// How much `what` matters.
pub(crate) fn importance(what: &What) -> Importance {
    match what {
        What::Failed(_) | What::Tested { failure: Some(_), .. } => Importance::Error,
        What::Denied(_)
        | What::Refused(_)
        | What::HandshakeFailed { .. }
        | What::Exhausted(_)
        | What::Retrying { .. }
        | What::Notice(_)
        | What::TargetLost { .. }
        | What::TargetBehind { .. }
        | What::TargetMissed { .. } => Importance::Warning,
        What::ProgramEnded(code) if *code != Some(0) => Importance::Warning,
        What::Listening { .. } => Importance::Notable,
        What::Sent(_) | What::Received(_) | What::Head { .. } => Importance::Data,
        _ => Importance::Ordinary,
    }
}

/// The line of an event that is told in one, without its line feed; `None` for those that are shown otherwise.
/// Data is cut so that the line fits into `width` columns.
pub(crate) fn line(session: Option<&SessionTag>, what: &What, paint: Paint, width: Option<usize>) -> Option<String> {
    let text = match what {
        What::Listening { protocol, at, serves, public, facts } => {
            listening(protocol, at, serves, *public, paint) + &told(facts, paint)
        }
        What::Connected { protocol, peer, facts, .. } => {
            format!("connected to {protocol} {}{}", endpoint(peer), told(facts, paint))
        }
        What::Accepted { peer, facts } => format!("open from {}{}", endpoint(peer), told(facts, paint)),
        What::HandshakeFailed { peer, reason } => {
            format!("handshake with {} failed: {}", endpoint(peer), clean(reason))
        }
        What::Denied(peer) => format!("denied {}", endpoint(peer)),
        What::Refused(peer) => format!("refused {}, being at its limit", endpoint(peer)),
        What::Exhausted(reason) => format!("cannot accept for now: {}", clean(reason)),
        What::Retrying { reason, after } => format!("retries in {}: {}", amount::pause(*after), clean(reason)),
        What::Sent(bytes) => return Some(data(session, '→', bytes, paint, width)),
        What::Received(bytes) => return Some(data(session, '←', bytes, paint, width)),
        What::Head { outgoing, head } => return Some(message(session, *outgoing, head, paint, width)),
        What::Answered { line, bytes, took } => {
            format!("{}: {} in {}", clean(line), amount::bytes(*bytes), amount::took(*took))
        }
        What::PeerFinished => "half-closed by its peer".to_owned(),
        What::Finished => "finished sending".to_owned(),
        What::Closed => "closed".to_owned(),
        What::Broken(reason) | What::Notice(reason) => clean(reason),
        What::TargetReached { target, endpoint: at } if *target == endpoint(at) => format!("reached {}", clean(target)),
        What::TargetReached { target, endpoint: at } => format!("reached {} at {}", clean(target), endpoint(at)),
        What::TargetLost { target, client, reason } => {
            format!("lost {} for {}: {}", clean(target), endpoint(client), clean(reason))
        }
        What::TargetBehind { target, client } => {
            format!("{} does not keep up with {} and misses what comes", clean(target), endpoint(client))
        }
        What::TargetMissed { target, client, bytes } => {
            format!("{} has missed {} from {}", clean(target), amount::bytes(*bytes), endpoint(client))
        }
        What::ProgramEnded(Some(0)) => "program ended".to_owned(),
        What::ProgramEnded(Some(code)) => format!("program ended with code {code}"),
        What::ProgramEnded(None) => "program was ended by a signal".to_owned(),
        What::Matched { expectation, after } => {
            format!("matched {} after {}", clean(expectation), amount::took(*after))
        }
        What::Retried { attempt, reason } => format!("attempt {attempt} failed: {}", clean(reason)),
        What::Tested { name, failure: None, took } => {
            let verdict = paint.apply(Role::Good, "ok");
            return Some(format!("{verdict}    {} ({})", clean(name), amount::took(*took)));
        }
        What::Tested { name, failure: Some(_), took } => {
            let verdict = paint.apply(Role::Error, "failed");
            return Some(format!("{verdict} {} ({})", clean(name), amount::took(*took)));
        }
        What::Shown(_) | What::Printed(_) | What::Report(_) | What::Live(_) | What::Failed(_) => return None,
    };
    Some(match session {
        Some(tag) => format!("{} {text}", name(tag, paint)),
        None => text,
    })
}

/// The line above a dump of data.
pub(crate) fn headline(session: Option<&SessionTag>, arrow: char, count: usize, paint: Paint) -> String {
    let arrow = paint.apply(Role::Faint, &arrow.to_string());
    format!("{}{arrow} {}", prefix(session, paint), amount::bytes(count as u64))
}

/// The line that stands for `pieces` of data that came or went too fast to be shown one by one.
pub(crate) fn summary(session: Option<&SessionTag>, arrow: char, count: u64, pieces: u64, paint: Paint) -> String {
    let pieces = if pieces == 1 { "1 piece".to_owned() } else { format!("{pieces} pieces") };
    format!(
        "{}{} {} in {pieces}",
        prefix(session, paint),
        paint.apply(Role::Faint, &arrow.to_string()),
        amount::bytes(count)
    )
}

/// A session's name, in its colour.
fn name(tag: &SessionTag, paint: Paint) -> String {
    paint.apply(Role::Session(tag.id), &tag.name)
}

fn prefix(session: Option<&SessionTag>, paint: Paint) -> String {
    session.map_or_else(String::new, |tag| name(tag, paint) + " ")
}

fn clean(text: &str) -> String {
    escape::one_line(text.as_bytes())
}

/// An endpoint; the path of a socket file may hold anything.
fn endpoint(endpoint: &Endpoint) -> String {
    clean(&endpoint.to_string())
}

fn listening(protocol: &str, at: &[Endpoint], serves: &str, public: bool, paint: Paint) -> String {
    let places: Vec<String> = at.iter().filter(|place| !is_twin(place, at)).map(endpoint).collect();
    let mut parts = vec![format!("listening on {protocol} {}", places.join(" and "))];
    if !serves.is_empty() {
        parts.push(clean(serves));
    }
    if public {
        parts.push(paint.apply(Role::Warning, "open to other machines"));
    }
    parts.join(&format!(" {} ", paint.apply(Role::Faint, "·")))
}

/// Those facts that the line tells.
fn told(facts: &[Fact], paint: Paint) -> String {
    let separator = format!(" {} ", paint.apply(Role::Faint, "·"));
    facts.iter().filter_map(|fact| fact.told.as_deref()).map(|words| separator.clone() + &clean(words)).collect()
}

/// Whether `place` is the IPv6 side of a place that stands there with its IPv4 address: `[::1]:6666` beside
/// `127.0.0.1:6666`.
fn is_twin(place: &Endpoint, all: &[Endpoint]) -> bool {
    let Endpoint::Inet(place) = place else { return false };
    place.is_ipv6()
        && all.iter().any(|other| match other {
            Endpoint::Inet(other) => {
                other.is_ipv4()
                    && other.port() == place.port()
                    && (other.ip().is_loopback() && place.ip().is_loopback()
                        || other.ip().is_unspecified() && place.ip().is_unspecified())
            }
            _ => false,
        })
}

/// How many fields of a message are told.
const MOST_FIELDS: usize = 32;

/// The head of a message, a line for each field.
fn message(session: Option<&SessionTag>, outgoing: bool, head: &Head, paint: Paint, width: Option<usize>) -> String {
    let arrow = if outgoing { '→' } else { '←' };
    let start = prefix(session, paint) + &paint.apply(Role::Faint, &arrow.to_string()) + " ";
    let taken = prefix(session, Paint::PLAIN).width() + 2;
    // A terminal's last column is left free: some wrap as soon as it is written.
    let room = |indent: usize| width.unwrap_or(160).saturating_sub(taken + indent + 1).max(16);
    let mut lines = vec![start.clone() + &excerpt(head.line.as_bytes(), room(0), paint)];
    for (name, value) in head.fields.iter().take(MOST_FIELDS) {
        let field = [name.as_bytes(), b": ", value].concat();
        lines.push(format!("{start}  {}", excerpt(&field, room(2), paint)));
    }
    if let Some(more) = head.fields.len().checked_sub(MOST_FIELDS).filter(|more| *more > 0) {
        lines.push(format!("{start}  … {more} more fields"));
    }
    lines.join("\n")
}

fn data(session: Option<&SessionTag>, arrow: char, bytes: &Bytes, paint: Paint, width: Option<usize>) -> String {
    let taken = headline(session, arrow, bytes.len(), Paint::PLAIN).width() + 2;
    let start = headline(session, arrow, bytes.len(), paint);
    if bytes.is_empty() {
        return start;
    }
    // A terminal's last column is left free: some wrap as soon as it is written.
    let room = width.unwrap_or(160).saturating_sub(taken + 1).max(16);
    format!("{start}  {}", excerpt(bytes, room, paint))
}

/// `bytes` on one line of at most `room` columns; what does not fit is counted.
fn excerpt(bytes: &[u8], room: usize, paint: Paint) -> String {
    // No byte is shown in less than a quarter of a column (a character of four bytes).
    let likely = &bytes[..bytes.len().min(room * 4 + 4)];
    let whole = escape::one_line(likely);
    if likely.len() == bytes.len() && whole.width() <= room {
        return whole;
    }
    let room = room.saturating_sub(format!(" … +{} B", bytes.len()).width());
    let mut shown = String::new();
    let mut columns = 0;
    let mut count = 0;
    for piece in pieces(likely) {
        let text = escape::one_line(piece);
        let width = if text.chars().count() == 1 {
            text.chars().next().and_then(UnicodeWidthChar::width).unwrap_or(0)
        } else {
            text.width()
        };
        if columns + width > room {
            break;
        }
        columns += width;
        count += piece.len();
        shown += &text;
    }
    format!("{shown}{}", paint.apply(Role::Faint, &format!(" … +{} B", bytes.len() - count)))
}

/// `bytes` cut into characters, and into single bytes where they are none.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let characters = valid.char_indices().map(|(at, c)| &valid.as_bytes()[at..at + c.len_utf8()]);
        characters.chain(chunk.invalid().chunks(1))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::event::SessionKind;

    fn line_of(name: &str, what: &What) -> String {
        let tag = SessionTag { id: 1, name: name.to_owned(), kind: SessionKind::Connect };
        line(Some(&tag), what, Paint::PLAIN, Some(40)).expect("it is told in a line")
    }

    #[test]
    fn the_conversation_of_the_prompt() {
        assert_eq!(line_of("a", &What::Sent("bonjour\n".into())), "a → 8 B  bonjour␊");
        assert_eq!(line_of("a", &What::Received("bonjour\n".into())), "a ← 8 B  bonjour␊");
        assert_eq!(line_of("a", &What::Received(Bytes::new())), "a ← 0 B");
        let matched = What::Matched { expectation: "\"bonjour\"".into(), after: Duration::from_micros(210) };
        assert_eq!(line_of("a", &matched), "a matched \"bonjour\" after 0.2 ms");
        assert_eq!(line_of("a", &What::Broken("reset by its peer".into())), "a reset by its peer");
        let retrying = What::Retrying { reason: "connection refused".into(), after: Duration::from_secs(1) };
        assert_eq!(line_of("a", &retrying), "a retries in 1 s: connection refused");
    }

    #[test]
    fn data_that_does_not_fit_is_cut_and_counted() {
        let long = Bytes::from("x".repeat(100));
        let shown = line_of("a", &What::Received(long));
        assert_eq!(shown, "a ← 100 B  xxxxxxxxxxxxxxxxxxx … +81 B");
        assert!(shown.width() < 40);
        let wide = line_of("a", &What::Sent(Bytes::from("你\x1b".repeat(50))));
        assert_eq!(wide, "a → 200 B  你\\x1b你\\x1b你\\x1b … +188 B");
    }

    #[test]
    fn what_a_peer_sends_is_escaped() {
        assert_eq!(line_of("a", &What::Received("\x1b[2J".into())), "a ← 4 B  \\x1b[2J");
        assert_eq!(line_of("a", &What::Notice("x\x1b".into())), "a x\\x1b");
    }

    #[test]
    fn a_summary_counts_bytes_and_pieces() {
        let tag = SessionTag { id: 1, name: "a".into(), kind: SessionKind::Connect };
        assert_eq!(summary(Some(&tag), '←', 1_258_291, 800, Paint::PLAIN), "a ← 1.1 MiB in 800 pieces");
    }
}
