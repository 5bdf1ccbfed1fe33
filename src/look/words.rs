//! Words: every event as one line, and how much it matters.

use std::time::Duration;

use bytes::Bytes;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::flood::{Sum, Turn};
use super::paint::{Paint, Role};
use super::{amount, escape};
use crate::engine::event::{SessionTag, What};
use crate::net::http::{Entry, Head};
use crate::net::{Endpoint, Fact, Parting};

/// How much an event matters, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Importance {
    /// No event matters so much: where it is the least that is told, nothing is.
    Never,
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
        What::Listening { .. } | What::Answered(_) => Importance::Notable,
        What::Sent(_) | What::Received(_) | What::Head { .. } => Importance::Data,
        _ => Importance::Ordinary,
    }
}

/// How wide names and sizes in lines about data are, so that they stand below each other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gauge {
    name: usize,
    size: usize,
}

impl Gauge {
    /// Names are not made wider than this.
    const WIDEST: usize = 16;

    /// As wide as it was, or as a line of that session about `count` bytes needs it.
    pub(crate) fn widened(self, session: Option<&SessionTag>, count: usize) -> Self {
        let name = session.map_or(0, |tag| tag.name.width()).min(Self::WIDEST);
        Self { name: self.name.max(name), size: self.size.max(amount::bytes(count as u64).width()) }
    }
}

/// The line of an event that is told in one, without its line feed; `None` for those that are shown otherwise.
pub(crate) fn line(session: Option<&SessionTag>, what: &What, paint: Paint) -> Option<String> {
    let text = match what {
        What::Listening { protocol, at, serves, public, facts } => {
            listening(protocol, at, serves, *public, paint) + &told(facts, paint)
        }
        What::Connected { protocol, peer, facts, .. } => {
            format!("connected to {}{}", clean(&peer.by(protocol)), told(facts, paint))
        }
        What::Accepted { peer, facts, .. } => format!("open from {}{}", endpoint(peer), told(facts, paint)),
        What::HandshakeFailed { peer, reason } => {
            format!("handshake with {} failed: {}", endpoint(peer), clean(reason))
        }
        What::Denied(peer) => format!("denied {}", endpoint(peer)),
        What::Refused(peer) => format!("refused {}, being at its limit", endpoint(peer)),
        What::Exhausted(reason) => format!("cannot accept for now: {}", clean(reason)),
        What::Retrying { reason, after } => format!("retries in {}: {}", amount::pause(*after), clean(reason)),
        What::Exchanged { line, bytes, took } => {
            format!("{}: {}{}", clean(line), amount::bytes(*bytes), timed(" in ", *took, paint))
        }
        What::PeerFinished => "half-closed by its peer".to_owned(),
        What::PeerLeft(Parting { code, reason }) if reason.is_empty() => format!("closed by its peer with {code}"),
        What::PeerLeft(Parting { code, reason }) => format!("closed by its peer with {code}: {}", clean(reason)),
        What::Finished => "finished sending".to_owned(),
        What::Closed => "closed".to_owned(),
        What::Broken(reason) | What::Notice(reason) => clean(reason),
        What::TargetReached { target, endpoint: at, .. } if *target == endpoint(at) => {
            format!("reached {}", clean(target))
        }
        What::TargetReached { target, endpoint: at, .. } => format!("reached {} at {}", clean(target), endpoint(at)),
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
        What::Answered(entry) => answered(entry, paint),
        What::Matched { expectation, after } => {
            format!("matched {}{}", clean(expectation), timed(" after ", *after, paint))
        }
        What::Retried { attempt, reason } => format!("attempt {attempt} failed: {}", clean(reason)),
        What::Tested { name, failure: None, took } => {
            let verdict = paint.apply(Role::Good, "ok");
            return Some(format!("{verdict}    {}{}", clean(name), in_brackets(*took, paint)));
        }
        What::Tested { name, failure: Some(_), took } => {
            let verdict = paint.apply(Role::Error, "failed");
            return Some(format!("{verdict} {}{}", clean(name), in_brackets(*took, paint)));
        }
        What::Sent(_)
        | What::Received(_)
        | What::Head { .. }
        | What::Shown(_)
        | What::Printed(_)
        | What::Report(_)
        | What::Live(_)
        | What::Failed(_)
        | What::Began(_)
        | What::Ended(_)
        | What::Interrupted(_)
        | What::Reserved(_)
        | What::Remarked(_)
        | What::Exited(_)
        | What::TlsSecret(_)
        | What::Asked { .. } => return None,
    };
    Some(match session {
        Some(tag) => format!("{} {text}", name(tag, paint)),
        None => text,
    })
}

/// The line above a dump of data.
pub(crate) fn headline(session: Option<&SessionTag>, arrow: char, count: usize, gauge: Gauge, paint: Paint) -> String {
    let size = amount::bytes(count as u64);
    let gap = " ".repeat(gauge.size.saturating_sub(size.width()));
    format!("{}{} {gap}{size}", prefix(session, gauge, paint), paint.apply(Role::Faint, &arrow.to_string()))
}

/// The line that stands for what is not shown of data: so many bytes, of so many lines or messages more.
pub(crate) fn more(session: &SessionTag, arrow: char, bytes: u64, count: u64, gauge: Gauge, paint: Paint) -> String {
    let start = prefix(Some(session), gauge, paint) + &paint.apply(Role::Faint, &arrow.to_string());
    let pieces = if count > 0 { format!(" in {count}") } else { String::new() };
    format!("{start} {}", paint.apply(Role::Faint, &format!("… {} more{pieces}", amount::bytes(bytes))))
}

/// The line that stands for what came or went too fast to be shown one by one.
pub(crate) fn summary(sum: &Sum, gauge: Gauge, paint: Paint) -> String {
    match sum {
        Sum::Data { session, arrow, bytes, pieces, time } => {
            let owner = session.as_deref();
            let start = if owner.is_some() { prefix(owner, gauge, paint) } else { "others ".to_owned() };
            let arrow = paint.apply(Role::Faint, &arrow.to_string());
            let what = format!("{start}{arrow} {} in {}", amount::bytes(*bytes), counted(*pieces, "piece"));
            // What came in a moment has no rate worth telling.
            if time.as_millis() < 100 {
                return what;
            }
            let rate = u128::from(*bytes) * 1000 / time.as_millis();
            let rate = amount::rate(u64::try_from(rate).unwrap_or(u64::MAX));
            format!("{what}, {rate} {}", paint.apply(Role::Faint, "(too fast to show each)"))
        }
        Sum::Connections { listener, turns } => {
            let told = turns.iter().zip(Turn::WORDS).filter(|(count, _)| **count > 0);
            let told: Vec<String> = told.map(|(count, word)| format!("{count} {word}")).collect();
            let note = paint.apply(Role::Faint, "(too fast to show each)");
            format!("{} connections: {} {note}", clean(listener), told.join(", "))
        }
    }
}

/// `1 piece`, `2 pieces`
fn counted(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// The line that sums up the `test` blocks of a run.
pub(crate) fn total(held: u64, failed: u64) -> String {
    let held = counted(held, "test") + " held";
    if failed == 0 { held } else { format!("{held}, {failed} did not") }
}

/// A session's name, in its colour.
fn name(tag: &SessionTag, paint: Paint) -> String {
    paint.apply(Role::Session(tag.id), &tag.name)
}

fn prefix(session: Option<&SessionTag>, gauge: Gauge, paint: Paint) -> String {
    session
        .map_or_else(String::new, |tag| name(tag, paint) + &" ".repeat(gauge.name.saturating_sub(tag.name.width()) + 1))
}

/// How long something took, behind `word`; nothing where no times are told.
fn timed(word: &str, took: Duration, paint: Paint) -> String {
    if paint.is_timed() { format!("{word}{}", amount::took(took)) } else { String::new() }
}

fn in_brackets(took: Duration, paint: Paint) -> String {
    if paint.is_timed() { format!(" ({})", amount::took(took)) } else { String::new() }
}

fn clean(text: &str) -> String {
    escape::one_line(text.as_bytes())
}

/// An endpoint; the path of a socket file may hold anything.
fn endpoint(endpoint: &Endpoint) -> String {
    clean(&endpoint.to_string())
}

fn listening(protocol: &str, at: &[Endpoint], serves: &str, public: bool, paint: Paint) -> String {
    let mut places = at.iter().filter(|place| !is_twin(place, at));
    let first = places.next().map_or_else(|| protocol.to_owned(), |place| clean(&place.by(protocol)));
    let places: Vec<String> = std::iter::once(first).chain(places.map(endpoint)).collect();
    let mut parts = vec![format!("listening on {}", places.join(" and "))];
    if !serves.is_empty() {
        parts.push(clean(serves));
    }
    if public {
        parts.push(paint.apply(Role::Warning, "open to other machines"));
    }
    parts.join(&format!(" {} ", paint.apply(Role::Faint, "·")))
}

/// The most columns of a request's target.
const TARGET: usize = 100;

/// A request and its answer: `GET /a?b 200 1.2 KiB 0.4 ms`.
fn answered(entry: &Entry, paint: Paint) -> String {
    let status = entry.status.to_string();
    let status = match entry.status {
        0 => "left".to_owned(),
        400.. => paint.apply(Role::Warning, &status),
        200..=299 => paint.apply(Role::Good, &status),
        _ => status,
    };
    let user = entry.user.as_deref().map(|user| format!(" as {}", clean(user))).unwrap_or_default();
    let cut = if entry.whole { "" } else { ", cut short" };
    format!(
        "{} {} {status} {}{cut}{}{user}",
        clean(&entry.method),
        excerpt(entry.target.as_bytes(), TARGET, paint),
        amount::bytes(entry.bytes),
        timed(" ", entry.took, paint)
    )
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
pub(crate) fn message(
    session: Option<&SessionTag>,
    arrow: char,
    head: &Head,
    gauge: Gauge,
    paint: Paint,
    width: Option<usize>,
) -> String {
    let start = prefix(session, gauge, paint) + &paint.apply(Role::Faint, &arrow.to_string()) + " ";
    let taken = prefix(session, gauge, Paint::PLAIN).width() + 2;
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
    lines.join("\n") + "\n"
}

/// The line of bytes that moved, cut so that it fits into `width` columns.
pub(crate) fn data(
    session: Option<&SessionTag>,
    arrow: char,
    bytes: &Bytes,
    gauge: Gauge,
    paint: Paint,
    width: Option<usize>,
) -> String {
    beginning(session, arrow, (bytes, bytes.len()), gauge, paint, width)
}

/// The same of the first of `count` bytes.
pub(crate) fn beginning(
    session: Option<&SessionTag>,
    arrow: char,
    (bytes, count): (&[u8], usize),
    gauge: Gauge,
    paint: Paint,
    width: Option<usize>,
) -> String {
    let taken = headline(session, arrow, count, gauge, Paint::PLAIN).width() + 2;
    let start = headline(session, arrow, count, gauge, paint);
    if bytes.is_empty() {
        return start;
    }
    // A terminal's last column is left free: some wrap as soon as it is written.
    let room = width.unwrap_or(160).saturating_sub(taken + 1).max(16);
    format!("{start}  {}", cut(bytes, count, room, paint))
}

/// `bytes` on one line of at most `room` columns; what does not fit is counted.
fn excerpt(bytes: &[u8], room: usize, paint: Paint) -> String {
    cut(bytes, bytes.len(), room, paint)
}

/// The first of `all` bytes on one line of at most `room` columns; what does not fit is counted.
fn cut(bytes: &[u8], all: usize, room: usize, paint: Paint) -> String {
    // No byte is shown in less than a quarter of a column (a character of four bytes).
    let likely = &bytes[..bytes.len().min(room * 4 + 4)];
    let whole = escape::one_line(likely);
    if likely.len() == all && whole.width() <= room {
        return whole;
    }
    let room = room.saturating_sub(format!(" … +{all} B").width());
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
    format!("{shown}{}", paint.apply(Role::Faint, &format!(" … +{} B", all - count)))
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
    use super::*;
    use crate::engine::event::SessionKind;

    fn line_of(name: &str, what: &What) -> String {
        let tag = SessionTag { id: 1, name: name.to_owned(), kind: SessionKind::Connect };
        let data = |arrow, bytes| data(Some(&tag), arrow, bytes, Gauge::default(), Paint::PLAIN, Some(40));
        match what {
            What::Sent(bytes) => data('→', bytes),
            What::Received(bytes) => data('←', bytes),
            what => line(Some(&tag), what, Paint::PLAIN).expect("it is told in a line"),
        }
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
    fn lines_about_data_stand_below_each_other() {
        let tag = |name: &str| SessionTag { id: 1, name: name.to_owned(), kind: SessionKind::Connect };
        let gauge = Gauge::default().widened(Some(&tag("srv.12")), 1229);
        let shown = |name, bytes| data(Some(&tag(name)), '→', &Bytes::from(bytes), gauge, Paint::PLAIN, Some(60));
        assert_eq!(shown("a", "hi".to_owned()), "a      →     2 B  hi");
        assert_eq!(shown("srv.12", "x".repeat(1229)), format!("srv.12 → 1.2 KiB  {} … +1198 B", "x".repeat(31)));
    }

    #[test]
    fn a_summary_tells_bytes_pieces_and_rate() {
        let tag = SessionTag { id: 1, name: "a".into(), kind: SessionKind::Connect };
        let sum = |session, time| Sum::Data { session, arrow: '←', bytes: 1_258_291, pieces: 800, time };
        let shown = |sum| summary(&sum, Gauge::default(), Paint::PLAIN);
        let tag = Some(std::sync::Arc::new(tag));
        assert_eq!(shown(sum(tag.clone(), Duration::ZERO)), "a ← 1.1 MiB in 800 pieces");
        assert_eq!(
            shown(sum(tag, Duration::from_secs(2))),
            "a ← 1.1 MiB in 800 pieces, 614 KiB/s (too fast to show each)"
        );
        assert_eq!(shown(sum(None, Duration::ZERO)), "others ← 1.1 MiB in 800 pieces");
        let connections = Sum::Connections { listener: "srv".into(), turns: [812, 0, 790, 0] };
        assert_eq!(shown(connections), "srv connections: 812 opened, 790 ended (too fast to show each)");
    }

    #[test]
    fn a_total_counts_what_held() {
        assert_eq!(
            [total(3, 1), total(1, 0), total(0, 2)],
            ["3 tests held, 1 did not", "1 test held", "0 tests held, 2 did not"]
        );
    }
}
