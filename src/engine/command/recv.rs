//! `recv`: take what comes into a variable.

use std::sync::Arc;

use bytes::Bytes;

use super::options::{self, word};
use super::{Command, Purpose};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::{Form, Report, What};
use crate::engine::fault::Problem;
use crate::engine::handlers::without_ending;
use crate::engine::session::{Buffer, Ending, PATIENT_LIMIT, Session};
use crate::engine::value::{Value, spoken};
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "recv",
        summary: "take what comes into a variable, or show it",
        parameters: &[options::maybe(
            "HOW",
            Shape::Choice(&[
                &[Shape::Integer, Shape::Keyword("bytes")],
                &[Shape::Keyword("line")],
                &[Shape::Keyword("datagram")],
                &[Shape::Keyword("all")],
            ]),
            "how much: N bytes, a line (without its ending), a datagram, or all until the peer finishes; what is there when left out",
        )],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Talking,
    details: "Waits 5s unless `set timeout` or `within` says otherwise; when it does not come, that is a failed expectation.",
    examples: &[Example {
        script: "listen tcp 0 reply \"one\\ntwo\\n\" as srv\nconnect $srv\nrecv line as first\nrecv all as rest\nassert $first == \"one\" and $rest == \"two\\n\"",
        shows: "a line, then the rest",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    word("within", Shape::Duration, "5s, or `set timeout`", "how long to wait"),
    word("as", Shape::NewVariable, "it is shown", "the variable that takes it"),
];

enum How {
    Count(usize),
    Line,
    Datagram,
    All,
    Any,
}

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let how = match invocation.get("HOW") {
        Some((Given::Sequence(items), _)) => match items.as_slice() {
            [count, Given::Word(_)] => How::Count(usize::try_from(count.count()?).unwrap_or(usize::MAX)),
            [Given::Word(word)] if word == "line" => How::Line,
            [Given::Word(word)] if word == "datagram" => How::Datagram,
            _ => How::All,
        },
        _ => How::Any,
    };
    for session in evaluator.conversations(invocation).await? {
        let taken = receive(evaluator, invocation, &session, &how).await?;
        if let Some(name) = invocation.option_text("as") {
            evaluator.scope().set(name, Value::Bytes(taken));
        } else {
            let hex = session.form() == Form::Hex;
            evaluator.emit(Some(&session), What::Report(Report::Bytes { bytes: taken, hex }));
        }
    }
    Ok(())
}

async fn receive(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    session: &Arc<Session>,
    how: &How,
) -> Result<Bytes, Problem> {
    let Some(inbox) = &session.opening.inbox else {
        return Err(Problem::usage(format!("`{}` keeps nothing: a handler takes what it receives", session.name())));
    };
    let _room = inbox.room(match how {
        How::Count(count) => *count,
        How::Line | How::All => PATIENT_LIMIT,
        How::Datagram | How::Any => 0,
    });
    let limit = invocation.duration("within")?.unwrap_or(evaluator.settings().timeout);
    match tokio::time::timeout(limit, inbox.until(|buffer| take(buffer, how))).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(Ending::Orderly)) => Err(Problem::unmet("`recv` got less than it waits for")
            .labelled(format!("unread: {} B, and the peer has finished", inbox.with(|buffer| buffer.bytes.len())))),
        Ok(Err(ending)) => Err(attach::broken(session, &ending)),
        Err(_) => {
            let unread = inbox.with(|buffer| buffer.bytes.len());
            Err(Problem::unmet(format!("`recv` got nothing to take within {}", spoken(limit)))
                .labelled(format!("unread: {unread} B")))
        }
    }
}

fn take(buffer: &mut Buffer, how: &How) -> Option<Result<Bytes, Ending>> {
    let all = buffer.bytes.len();
    let taken = match how {
        How::Count(count) if all >= *count => Some(buffer.take(*count)),
        How::Line => match buffer.bytes.iter().position(|&byte| byte == b'\n') {
            Some(end) => Some(without_ending(&buffer.take(end + 1))),
            None if buffer.end.is_some() && all > 0 => Some(buffer.take(all)),
            None => None,
        },
        How::Datagram => buffer.take_datagram(),
        How::All if buffer.end == Some(Ending::Orderly) => Some(buffer.take(all)),
        How::Any => buffer.take_datagram().or_else(|| (all > 0).then(|| buffer.take(all))),
        How::Count(_) | How::All => None,
    };
    match (taken, &buffer.end) {
        (Some(bytes), _) => Some(Ok(bytes)),
        (None, Some(ending)) => Some(Err(ending.clone())),
        (None, None) => None,
    }
}
