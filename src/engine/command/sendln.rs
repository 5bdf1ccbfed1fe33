//! `sendln`: a payload and the session's line ending.

use super::send::{OPTIONS, send_all};
use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::signature::{Arity, Effect, Example, Parameter, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "sendln",
        summary: "send these bytes and the session's line ending",
        parameters: &[Parameter {
            arity: Arity::Optional,
            ..options::one("PAYLOAD", Shape::Text, "what to send; nothing for an empty line")
        }],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Talking,
    details: "The line ending is a line feed, or CR LF where the session was opened with `eol=crlf` or after `set eol crlf`.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv eol=crlf\nsendln \"hi\"\nexpect \"hi\\r\\n\"",
        shows: "a line",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let payload = invocation.get("PAYLOAD").map_or(Value::Nothing, |(given, _)| given.value()).to_bytes();
    send_all(evaluator, invocation, |session| [&payload[..], session.opening.line_ending.bytes()].concat().into()).await
}
