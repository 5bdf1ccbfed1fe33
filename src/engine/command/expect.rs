//! `expect`: wait for something to come, and fail if it does not.

use std::sync::Arc;
use std::time::Duration;

use super::options::{self, word};
use super::unmet::{came, unmet};
use super::{Command, Purpose, requests};
use crate::engine::amendment::{self, Amendment};
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::What;
use crate::engine::expectation::{self, Expectation, Found, Pattern, Verdict};
use crate::engine::fault::Problem;
use crate::engine::routes::METHODS;
use crate::engine::session::{Buffer, Ending, Inbox, PATIENT_LIMIT, Session};
use crate::engine::value::Value;
use crate::language::Span;
use crate::language::signature::{Arity, Effect, Example, OptionSpec, Parameter, Shape, Signature};
use crate::net::{Endpoint, MessageKind, clock};

/// What help says of each match: the word it is known by, how it is written, when it holds.
pub(in crate::engine) const MATCHES: &[(&str, &str, &str)] = &[
    ("line", "line \"…\" | line /RE/", "a line is that, or is matched; lines before it are passed over"),
    ("exactly", "exactly \"…\"", "the unread bytes are these and no others"),
    ("datagram", "datagram [\"…\" | /RE/]", "the next datagram is that"),
    ("eof", "eof", "the peer has finished sending"),
    ("reset", "reset", "the peer reset the connection"),
    ("refused", "refused", "nobody took it"),
    ("closed", "closed", "the session has ended, however"),
    ("echo", "echo", "what was sent last came back, and nothing else"),
    ("nothing", "nothing [for D]", "nothing comes for so long"),
    ("bytes", "N bytes", "so many bytes have come"),
    ("text", "text \"…\" | text /RE/", "the next message of a WebSocket is a text message, and that"),
    ("binary", "binary \"…\" | binary /RE/", "the next message of a WebSocket is a binary message, and that"),
    ("close", "close [CODE [\"…\" | /RE/]]", "the peer of a WebSocket leaves with that status code and reason"),
    ("exit", "exit N", "the program at the other end has ended with that code"),
    ("status", "status N | status /RE/", "the answer to an `http` has that status"),
    ("header", "header NAME [\"…\" | /RE/]", "there is such a field, is that, or is matched; takes nothing"),
    ("body", "body [exactly] \"…\" | body /RE/", "it stands in the content of the answer or request; takes nothing"),
    ("request", "request [METHOD] [PATH]", "a web server got one; `header` and `body` are then about it"),
    ("match", "\"…\" | /RE/", "it stands anywhere in what is unread; named groups become variables"),
];

/// What may be expected.
const SHAPES: &[&[Shape]] = &[
    &[Shape::Keyword("line"), Shape::Regex],
    &[Shape::Keyword("line"), Shape::Text],
    &[Shape::Keyword("exactly"), Shape::Text],
    &[Shape::Keyword("datagram"), Shape::Regex],
    &[Shape::Keyword("datagram"), Shape::Text],
    &[Shape::Keyword("datagram")],
    &[Shape::Keyword("text"), Shape::Regex],
    &[Shape::Keyword("text"), Shape::Text],
    &[Shape::Keyword("binary"), Shape::Regex],
    &[Shape::Keyword("binary"), Shape::Text],
    &[Shape::Keyword("close"), Shape::Integer, Shape::Regex],
    &[Shape::Keyword("close"), Shape::Integer, Shape::Text],
    &[Shape::Keyword("close"), Shape::Integer],
    &[Shape::Keyword("close")],
    &[Shape::Keyword("eof")],
    &[Shape::Keyword("reset")],
    &[Shape::Keyword("refused")],
    &[Shape::Keyword("closed")],
    &[Shape::Keyword("exit"), Shape::Integer],
    &[Shape::Keyword("echo")],
    &[Shape::Keyword("nothing")],
    &[Shape::Keyword("request"), METHODS, Shape::Pattern],
    &[Shape::Keyword("request"), METHODS],
    &[Shape::Keyword("request"), Shape::Pattern],
    &[Shape::Keyword("request")],
    &[Shape::Keyword("status"), Shape::Integer],
    &[Shape::Keyword("status"), Shape::Regex],
    &[Shape::Keyword("header"), Shape::Label, Shape::Regex],
    &[Shape::Keyword("header"), Shape::Label, Shape::Text],
    &[Shape::Keyword("header"), Shape::Label],
    &[Shape::Keyword("body"), Shape::Keyword("exactly"), Shape::Text],
    &[Shape::Keyword("body"), Shape::Regex],
    &[Shape::Keyword("body"), Shape::Text],
    &[Shape::Integer, Shape::Keyword("bytes")],
    &[Shape::Regex],
    &[Shape::Text],
];

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "expect",
        summary: "wait for a match and take it; fail if it does not come",
        parameters: &[
            Parameter {
                arity: Arity::Optional,
                ..options::one("not", Shape::Keyword("not"), "hold when it does not come")
            },
            Parameter {
                arity: Arity::Joined("or"),
                ..options::one("MATCH", Shape::Choice(SHAPES), "what to wait for")
            },
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Talking,
    details: "Takes everything through the match and leaves the rest. Named groups of a regular expression become \
              variables. Of a WebSocket `text` and `binary` are the next message, of that kind, and `close` is what the peer \
              says as it leaves. `help matches` lists what may be expected. Waits 5s unless `set timeout` or `within` says \
              otherwise.",
    examples: &[
        Example {
            script: "listen tcp 0 reply \"220 mail ready\\r\\n\" as srv\nconnect $srv\nexpect /^(?<code>[0-9]+) /\nassert $code == 220\nexpect line \"mail ready\"\nexpect eof",
            shows: "a code, a line, the end",
        },
        Example {
            script: "listen ws 0 as srv\nconnect $srv as a\na: send x\"00\"\nsrv.1: expect binary x\"00\"\na: close code=3000\nsrv.1: expect close 3000",
            shows: "a message of that kind, and how the peer closes",
        },
        Example { script: "listen tcp 0 discard as srv\nconnect $srv\nexpect nothing for 20ms", shows: "silence" },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    word("within", Shape::Duration, "5s, or `set timeout`", "how long to wait"),
    word("for", Shape::Duration, "200ms", "how long `nothing` has to last"),
];

/// How long `nothing` lasts when it does not say.
const SILENCE: Duration = Duration::from_millis(200);

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let whole = invocation.node.name.span.to(place(invocation));
    if let Some(server) = requests::server(evaluator, invocation).await? {
        return requests::expect(evaluator, invocation, &server).await.map_err(|problem| problem.at(whole));
    }
    for session in evaluator.conversations(invocation).await? {
        expect(evaluator, invocation, &session).await.map_err(|problem| problem.at(whole))?;
    }
    Ok(())
}

/// Waits for what is expected of one session.
pub(super) async fn expect(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    session: &Arc<Session>,
) -> Result<(), Problem> {
    let nothing_comes = Inbox::new(1);
    let inbox = match &session.opening.inbox {
        Some(inbox) => inbox,
        None if session.ledger().is_some() => {
            nothing_comes.end(Ending::Orderly);
            &nothing_comes
        }
        None => {
            let name = session.name();
            return Err(Problem::usage(format!("`{name}` keeps nothing: a handler takes what it receives")));
        }
    };
    let mut any = Vec::new();
    for (given, span) in invocation.all("MATCH") {
        any.push(read(given, session).map_err(|problem| problem.at(span))?);
    }
    let not = invocation.get("not").is_some();
    let nothing = any.iter().any(|expectation| matches!(expectation, Expectation::Nothing));
    if not && nothing {
        return Err(Problem::usage("`not nothing` is anything: expect what you mean"));
    }
    let limit = match invocation.duration("within")? {
        Some(limit) => limit,
        None if nothing => invocation.duration("for")?.unwrap_or(SILENCE),
        None => evaluator.settings().timeout,
    };
    let started = clock::now();
    let captures = match tokio::time::timeout(limit, wait(inbox, &any)).await {
        Ok(Some(found)) if not => return Err(came(&found, inbox)),
        Ok(Some(found)) => found.captures,
        Err(_) if not || (nothing && is_silent(inbox)) => Vec::new(),
        Ok(None) if not => Vec::new(),
        outcome => {
            let limit = outcome.is_err().then_some(limit);
            let amendment = amendment(evaluator, invocation, session);
            return Err(unmet(evaluator, session, inbox, &any, limit).amended(amendment));
        }
    };
    for (name, value) in captures {
        evaluator.scope().set(name, value);
    }
    held(evaluator, invocation, session, started);
    Ok(())
}

/// What the only match of an expectation would have to say to hold.
fn amendment(evaluator: &Evaluator, invocation: &Invocation<'_>, session: &Session) -> Option<Amendment> {
    let mut matches = invocation.node.arguments.iter().filter(|argument| argument.parameter == "MATCH");
    let written = matches.next().filter(|_| matches.next().is_none())?;
    amendment::of(evaluator.shared(), evaluator.source(), written, session)
}

fn is_silent(inbox: &Inbox) -> bool {
    inbox.with(|buffer| buffer.bytes.is_empty() && buffer.datagrams.is_empty() && buffer.end.is_none())
}

/// Tells that what was expected is there.
pub(super) fn held(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    session: &Session,
    started: tokio::time::Instant,
) {
    let expectation = evaluator.source().text[place(invocation).range()].to_owned();
    evaluator.emit(Some(session), What::Matched { expectation, after: clock::now().duration_since(started) });
}

/// Where the expectation itself is written.
fn place(invocation: &Invocation<'_>) -> Span {
    let mut spans = invocation.all("MATCH").map(|(_, span)| span);
    let first = spans.next().unwrap_or(invocation.span);
    spans.fold(first, Span::to)
}

/// Waits until one of them is there (and takes it), or none can come any more.
async fn wait(inbox: &Inbox, any: &[Expectation]) -> Option<Found> {
    let needs = any.iter().map(Expectation::needs).max().unwrap_or_default();
    let _room = inbox.room(needs.max(PATIENT_LIMIT));
    let mut seen = 0;
    inbox
        .until(|buffer: &mut Buffer| match expectation::look(any, buffer, seen) {
            Verdict::Found(found) => {
                expectation::take(&found, buffer);
                Some(Some(found))
            }
            Verdict::Never => Some(None),
            Verdict::NotYet => {
                seen = buffer.bytes.len();
                None
            }
        })
        .await
}

/// An expectation as it was given.
fn read(given: &Given, session: &Session) -> Result<Expectation, Problem> {
    let Given::Sequence(items) = given else {
        return Err(Problem::usage("expected a match"));
    };
    if requests::is_request(given) {
        let problem = Problem::usage(format!("`{}` is no web server", session.name()));
        return Err(problem.hint("requests come to `serve`: `web: expect request GET /`"));
    }
    if let [Given::Word(part), rest @ ..] = items.as_slice()
        && matches!(part.as_str(), "status" | "header" | "body")
    {
        return message(part, rest, session);
    }
    let value = items.last().map_or(Value::Nothing, Given::value);
    let pattern = || Pattern::of(&value);
    Ok(match items.as_slice() {
        [Given::Word(word)] => match word.as_str() {
            "datagram" => Expectation::Datagram(None),
            "eof" => Expectation::Eof,
            "reset" => Expectation::Reset,
            "refused" => Expectation::Refused,
            "closed" => Expectation::Closed,
            "close" => Expectation::Close(None, None),
            "echo" => Expectation::Exactly(session.last_sent().ok_or_else(|| {
                Problem::usage(format!("`{}` has sent nothing whose echo could come", session.name()))
            })?),
            _ => Expectation::Nothing,
        },
        [Given::Word(word), _] => match word.as_str() {
            "line" => Expectation::Line(pattern()),
            "exactly" => Expectation::Exactly(value.to_bytes()),
            "text" => Expectation::Message(MessageKind::Text, pattern()),
            "binary" => Expectation::Message(MessageKind::Binary, pattern()),
            "close" => Expectation::Close(Some(close_code(&items[1])?), None),
            "exit" => Expectation::Exit(exit_code(session, &items[1])?),
            _ => Expectation::Datagram(Some(pattern())),
        },
        [Given::Word(_), code, _] => Expectation::Close(Some(close_code(code)?), Some(pattern())),
        [count, Given::Word(_)] => Expectation::Count(usize::try_from(count.count()?).unwrap_or(usize::MAX)),
        _ => match value {
            Value::Regex(regex) => Expectation::Regex(regex.as_ref().clone()),
            other => Expectation::Text(other.to_bytes()),
        },
    })
}

/// A status code of closing.
fn close_code(given: &Given) -> Result<u16, Problem> {
    let code = given.count()?;
    u16::try_from(code).map_err(|_| Problem::usage(format!("{code} is no status code: they have four digits")))
}

/// The code that a program is expected to end with.
fn exit_code(session: &Session, given: &Given) -> Result<i32, Problem> {
    if !matches!(session.opening.peer, Some(Endpoint::Command(_))) {
        return Err(Problem::usage(format!("`{}` is no program", session.name())));
    }
    let code = given.count()?;
    i32::try_from(code).map_err(|_| Problem::usage(format!("{code} is no exit code: there are 0 to 255")))
}

/// An expectation about the message of HTTP that the session holds.
fn message(part: &str, rest: &[Given], session: &Session) -> Result<Expectation, Problem> {
    let exchange = session.exchange().ok_or_else(|| {
        let problem = Problem::usage(format!("`{}` holds no message of HTTP", session.name()));
        problem.hint("`http GET URL` gets an answer")
    })?;
    let value = rest.last().map_or(Value::Nothing, Given::value);
    Ok(match (part, rest) {
        ("status", _) => Expectation::Known(exchange.status(&value)),
        ("header", [name]) => Expectation::Known(exchange.header(&name.text(), None)),
        ("header", [name, ..]) => Expectation::Known(exchange.header(&name.text(), Some(&Pattern::of(&value)))),
        (_, [_, _]) => Expectation::WholeContent(value.to_bytes(), exchange.content()),
        _ => Expectation::Content(Pattern::of(&value), exchange.content()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_match_is_told_of() {
        for shapes in SHAPES {
            for shape in *shapes {
                let Shape::Keyword(word) = shape else { continue };
                assert!(MATCHES.iter().any(|(name, ..)| name == word), "`{word}` is not told of");
            }
        }
    }
}
