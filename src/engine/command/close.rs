//! `close`: the end of a session.

use super::options::setting;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Ending;
use crate::language::Span;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::Parting;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "close",
        summary: "close the session in order",
        parameters: &[],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Ends,
    },
    purpose: Purpose::Talking,
    details: "What was sent is still delivered. In a handler it ends the handler: what stands behind it does not run. A session that is closed already stays so. Of a listener its only connection is meant; `stop` ends the listener.",
    examples: &[
        Example {
            script: "listen tcp 0 as srv\nconnect $srv as a\na: close\nsrv.1: expect eof",
            shows: "the peer sees the end",
        },
        Example {
            script: "listen ws 0 as srv\nconnect $srv as a\na: close code=4000 reason=\"so long\"\nsrv.1: expect close 4000 \"so long\"",
            shows: "a WebSocket closes with a code and a reason",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    setting("code", Shape::Integer, "1000", "the status code, of a WebSocket: 1000 to 4999"),
    setting("reason", Shape::Text, "none", "why, of a WebSocket: 123 B at most"),
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let parting = parting(invocation)?;
    for session in evaluator.conversations(invocation).await? {
        if let Some((parting, span)) = &parting
            && let Some(connection) = session.connection()
            && !connection.part_with(parting.clone())
        {
            let wordless = format!("`{}` ends without words: it has no status code or reason", session.name());
            return Err(Problem::usage(wordless).at(*span));
        }
        evaluator.shared().end(&session, Ending::Orderly);
        evaluator.leave(&session);
    }
    // The socket goes when the task that reads from it has been polled once more.
    tokio::task::yield_now().await;
    Ok(())
}

/// What `code` and `reason` have us say.
fn parting(invocation: &Invocation<'_>) -> Result<Option<(Parting, Span)>, Problem> {
    let Some((_, span)) = invocation.option("code").or(invocation.option("reason")) else { return Ok(None) };
    let code = invocation.count("code")?.unwrap_or(1000);
    // Those between are never sent (RFC 6455, 7.4.1).
    let code = u16::try_from(code).ok().filter(|code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999));
    let code = code.ok_or_else(|| {
        Problem::usage("`code` is 1000 to 1003, 1007 to 1014, or 3000 to 4999 (RFC 6455, 7.4)").at(span)
    })?;
    let reason = invocation.option_text("reason").unwrap_or_default();
    if reason.len() > 123 {
        return Err(Problem::usage("`reason` has at most 123 B (RFC 6455, 5.5)").at(span));
    }
    Ok(Some((Parting { code, reason }, span)))
}
