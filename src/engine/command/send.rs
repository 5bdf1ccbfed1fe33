//! `send`: exactly these bytes.

use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::options::{self, setting, word, words};
use super::{Command, Purpose};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::What;
use crate::engine::fault::Problem;
use crate::engine::session::{Ending, Session};
use crate::engine::value::spoken;
use crate::language::ast::{Expr, Quote, SessionRef, Term};
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::pending;
use crate::net::{Endpoint, Framing, MessageKind};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "send",
        summary: "send exactly these bytes",
        parameters: &[options::one("PAYLOAD", Shape::Text, "what to send")],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Talking,
    details: "On a datagram session the payload is one datagram, on a WebSocket one message: a text message where it \
              is written as a text, a binary one where it is written as bytes or a file. With `chunk` it goes out in pieces of so many bytes, \
              `every` so long apart.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv\nsend \"GET / HTTP/1.0\\r\\n\\r\\n\" chunk=7 every 1ms\nexpect \"\\r\\n\\r\\n\"",
        shows: "a request in small pieces",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

/// Options of `send` and `sendln`.
pub(super) const OPTIONS: &[OptionSpec] = &[
    setting("chunk", Shape::Size, "all at once", "bytes in a piece"),
    word("every", Shape::Duration, "at once", "how long between pieces"),
    word("within", Shape::Duration, "1m", "how long each piece may take to be sent"),
    setting("to", Shape::Address, "the peer", "a datagram to somebody else"),
    setting("kind", words!("text", "binary"), "as it is written", "as which kind of message, of a WebSocket"),
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let payload = invocation.value("PAYLOAD")?.to_bytes();
    send_all(evaluator, invocation, |_| payload.clone()).await
}

/// Sends to every conversation that is addressed what `payload` makes for it. Of `srv.*`, those that end meanwhile
/// are passed over.
pub(super) async fn send_all(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    payload: impl Fn(&Session) -> Bytes,
) -> Result<(), Problem> {
    let all = invocation.label.is_some_and(|label| matches!(label.node, SessionRef::All(_)));
    for session in evaluator.conversations(invocation).await? {
        match send(evaluator, invocation, &session, payload(&session)).await {
            Err(_) if all && !session.is_open() => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

/// Sends a payload on one session as the options ask.
async fn send(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    session: &Arc<Session>,
    payload: Bytes,
) -> Result<(), Problem> {
    if session.opening.inbox.is_none() && session.connection().is_none() {
        return Err(Problem::usage(format!("`{}` has no peer to send to", session.name())));
    }
    if let Some((given, span)) = invocation.option("to") {
        return send_to(evaluator, session, &payload, &given.text()).await.map_err(|problem| problem.at(span));
    }
    let chunk = match invocation.count("chunk")? {
        Some(0) => return Err(Problem::usage("a piece has at least one byte")),
        Some(chunk) => usize::try_from(chunk).unwrap_or(usize::MAX),
        None => payload.len().max(1),
    };
    let kind = kind(invocation, session, &payload)?;
    let within = invocation.duration("within")?.unwrap_or(PATIENCE);
    let every = invocation.duration("every")?.unwrap_or(Duration::ZERO);
    let mut rest = payload;
    loop {
        let piece = rest.split_to(rest.len().min(chunk));
        let sent = tokio::time::timeout(within, deliver(evaluator, session, piece, kind));
        sent.await.map_err(|_| stuck(session, within))??;
        if rest.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(every).await;
    }
}

/// How long sending may take when it does not say.
const PATIENCE: Duration = Duration::from_mins(1);

fn stuck(session: &Session, within: Duration) -> Problem {
    Problem::refused(format!("`{}` could not send everything within {} (timed out)", session.name(), spoken(within)))
        .hint("its peer does not read; `within` says how long to wait")
}

/// As which kind of message a payload goes where messages have kinds: as the statement says, or as it is written, a
/// text or bytes. What is computed goes as the socket thinks best.
fn kind(invocation: &Invocation<'_>, session: &Session, payload: &[u8]) -> Result<Option<MessageKind>, Problem> {
    if let Some((given, span)) = invocation.option("kind") {
        if session.connection().is_some_and(|connection| !connection.has_kinds()) {
            return Err(Problem::usage(format!("`{}` has no kinds of messages", session.name())).at(span));
        }
        if given.text() == "binary" {
            return Ok(Some(MessageKind::Binary));
        }
        let text = std::str::from_utf8(payload).map(|_| Some(MessageKind::Text));
        return text.map_err(|_| Problem::usage("a text message has to be UTF-8, and this is not").at(span));
    }
    let written = invocation.node.arguments.iter().find_map(|argument| match &argument.term.node {
        Term::Expr(expression) => Some(expression),
        _ => None,
    });
    Ok(match written {
        Some(Expr::Text(Quote::Hex | Quote::Base64, _) | Expr::File(_)) => Some(MessageKind::Binary),
        Some(Expr::Text(..)) => Some(MessageKind::Text),
        _ => None,
    })
}

async fn deliver(
    evaluator: &Evaluator,
    session: &Arc<Session>,
    bytes: Bytes,
    kind: Option<MessageKind>,
) -> Result<(), Problem> {
    if session.has_finished() {
        return Err(Problem::usage(format!("`{}` has finished sending", session.name())));
    }
    if let Err(ending) = session.send_as(bytes.clone(), kind).await {
        if session.opening.framing == Framing::Datagram && ending == Ending::Refused {
            // The refusal belongs to an earlier datagram; this one is sent again.
            if let Some(inbox) = &session.opening.inbox {
                inbox.note_refused();
            }
            session.send(bytes.clone()).await.map_err(|ending| attach::broken(session, &ending))?;
        } else {
            evaluator.shared().end(session, ending.clone());
            return Err(attach::broken(session, &ending));
        }
    }
    if evaluator.shared().wants_data() {
        evaluator.emit(Some(session), What::Sent(bytes));
    }
    Ok(())
}

async fn send_to(evaluator: &Evaluator, session: &Session, payload: &Bytes, to: &str) -> Result<(), Problem> {
    let connection = session.connection().ok_or_else(|| Problem::usage(format!("`{}` is closed", session.name())))?;
    let endpoint = match connection.local() {
        Endpoint::Inet(_) => {
            let text = to.to_owned();
            let found = pending::work(move || text.to_socket_addrs().ok()?.next()).await.ok().flatten();
            Endpoint::Inet(found.ok_or_else(|| Problem::usage(format!("`{to}` is no address: expected HOST:PORT")))?)
        }
        _ => Endpoint::Path(to.into()),
    };
    let failed = |error: std::io::Error| {
        Problem::refused(format!("cannot send to {to}: {}", crate::net::error::describe(&error)))
    };
    connection.send_to(payload, &endpoint).await.map_err(failed)?;
    if evaluator.shared().wants_data() {
        evaluator.emit(Some(session), What::Sent(payload.clone()));
    }
    Ok(())
}
