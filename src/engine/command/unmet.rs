//! Unmet: what is said of an expectation that did not hold, and of what came instead.

use std::time::Duration;

use bytes::Bytes;

use crate::engine::difference;
use crate::engine::evaluator::Evaluator;
use crate::engine::expectation::{Expectation, Found, Pattern};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::session::{Ending, Inbox, Session};
use crate::engine::value::spoken;
use crate::net::{MessageKind, Parting};

/// The problem that something came which should not.
pub(super) fn came(found: &Found, inbox: &Inbox) -> Problem {
    Problem::unmet("`expect not` did not hold")
        .labelled(format!("this came: {}", difference::summary(&found.bytes)))
        .note(unread(inbox))
}

/// The problem that nothing fitting came, with what is unread instead.
pub(super) fn unmet(
    evaluator: &Evaluator,
    session: &Session,
    inbox: &Inbox,
    any: &[Expectation],
    limit: Option<Duration>,
) -> Problem {
    let within = limit.map_or_else(String::new, |limit| format!(" within {}", spoken(limit)));
    let problem = Problem::unmet(format!("`expect` did not hold{within}"));
    let (received, datagram, end, other) = inbox.with(|buffer| {
        let first = buffer.datagrams.front().copied();
        let other = Other { kind: buffer.kinds.front().copied(), parting: buffer.parting.clone() };
        (buffer.bytes.to_vec(), first, buffer.end.clone(), other)
    });
    let conceal = |bytes: &[u8]| evaluator.shared().conceal(bytes);
    let problem = describe(problem, any, &received, datagram, (end.as_ref(), other), &conceal);
    if any.iter().any(|expectation| matches!(expectation, Expectation::Known(_))) {
        return problem;
    }
    let problem = match served_by(evaluator, session, any, &received) {
        Some(hint) => problem.hint(hint),
        None => problem,
    };
    match &end {
        Some(Ending::Orderly) if limit.is_none() => {
            problem.hint(format!("`{}` has sent all it will: its peer has finished", session.name()))
        }
        Some(ending) if limit.is_none() && *ending != Ending::Orderly => {
            problem.hint(format!("`{}` {}", session.name(), ending.words()))
        }
        _ => problem,
    }
}

/// When the other end is a listener of ours: what it serves, and what would have answered as expected.
fn served_by(evaluator: &Evaluator, session: &Session, any: &[Expectation], received: &[u8]) -> Option<String> {
    let peer = session.opening.peer.as_ref()?;
    let table = lock(&evaluator.shared().table);
    let listener =
        table.all().find(|other| other.is_open() && other.opening.peer.is_none() && other.opening.at.contains(peer))?;
    let serves = listener.serves().to_string();
    let is = format!("`{}` is an `{serves}`", listener.name());
    let [Expectation::Text(wanted) | Expectation::Exactly(wanted)] = any else { return None };
    if serves != "echo" || !wanted.eq_ignore_ascii_case(received) {
        return None;
    }
    let (word, case) = if wanted.iter().any(u8::is_ascii_uppercase) { ("upper", "upper") } else { ("lower", "lower") };
    let port = peer.port().map_or_else(|| peer.to_string(), |port| port.to_string());
    Some(format!("{is}; `listen {} {port} {word}` answers in {case} case", listener.opening.protocol))
}

/// What else came.
struct Other {
    /// The kind of the next message.
    kind: Option<MessageKind>,
    /// How the peer has left.
    parting: Option<Parting>,
}

/// Where not the bytes are wrong: a message of another kind, another way of leaving.
fn otherwise(any: &[Expectation], other: Other) -> Option<String> {
    match (any, other) {
        ([Expectation::Message(kind, _)], Other { kind: Some(came), .. }) if came != *kind => {
            Some(format!("the next message is {}, not {}", came.word(), kind.word()))
        }
        ([Expectation::Close(..)], Other { parting: Some(Parting { code, reason }), .. }) => {
            Some(format!("the peer closed with {code} {reason:?}"))
        }
        _ => None,
    }
}

fn describe(
    problem: Problem,
    any: &[Expectation],
    received: &[u8],
    datagram: Option<usize>,
    (end, other): (Option<&Ending>, Other),
    conceal: &dyn Fn(&[u8]) -> Bytes,
) -> Problem {
    if let [Expectation::Known(Err(instead)), ..] = any {
        return problem.labelled(conceal_text(instead, conceal));
    }
    let received = match any {
        [Expectation::Content(_, Some(held)) | Expectation::WholeContent(_, Some(held))] => held,
        _ => received,
    };
    let wanted = match any {
        [
            Expectation::Text(bytes)
            | Expectation::Exactly(bytes)
            | Expectation::Line(Pattern::Bytes(bytes))
            | Expectation::Datagram(Some(Pattern::Bytes(bytes)))
            | Expectation::Message(_, Pattern::Bytes(bytes))
            | Expectation::WholeContent(bytes, _),
        ] => Some(bytes),
        _ => None,
    };
    let shown = datagram.map_or(received, |length| &received[..length]);
    if let Some(label) = otherwise(any, other) {
        return problem.labelled(label);
    }
    match wanted {
        Some(wanted) if !shown.is_empty() => {
            let at = difference::first(wanted, shown);
            let label = if wanted.starts_with(shown) || shown.starts_with(wanted) {
                format!("expected {} B, received {} B", wanted.len(), shown.len())
            } else {
                format!("expected {} B, received {} B that differ at byte {at}", wanted.len(), shown.len())
            };
            let mut problem = problem.labelled(label);
            for note in difference::notes(&conceal(wanted), &conceal(shown)) {
                problem = problem.note(note);
            }
            problem
        }
        _ if received.is_empty() && datagram.is_none() => problem.labelled(match end {
            Some(Ending::Orderly) => "the peer finished without sending more",
            Some(Ending::Reset) => "the peer reset the connection",
            Some(Ending::Exited(_)) => "the program has ended",
            Some(_) => "the session is over",
            None => "nothing came",
        }),
        Some(_) | None => problem.labelled(format!("unread: {}", difference::summary(&conceal(shown)))),
    }
}

fn conceal_text(text: &str, conceal: &dyn Fn(&[u8]) -> Bytes) -> String {
    String::from_utf8_lossy(&conceal(text.as_bytes())).into_owned()
}

fn unread(inbox: &Inbox) -> String {
    let rest = inbox.with(|buffer| buffer.bytes.to_vec());
    if rest.is_empty() {
        "nothing else is unread".to_owned()
    } else {
        format!("unread: {}", difference::summary(&rest))
    }
}
