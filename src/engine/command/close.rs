//! `close`: the end of a session.

use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Ending;
use crate::language::signature::{Effect, Example, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "close",
        summary: "close the session in order",
        parameters: &[],
        options: &[],
        handlers: false,
        effect: Effect::Ends,
    },
    purpose: Purpose::Talking,
    details: "What was sent is still delivered. A session that is closed already stays so. Of a listener its only connection is meant; `stop` ends the listener.",
    examples: &[Example {
        script: "listen tcp 0 as srv\nconnect $srv as a\na: close\nsrv.1: expect eof",
        shows: "the peer sees the end",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.conversations(invocation).await? {
        evaluator.shared().end(&session, Ending::Orderly);
    }
    // The socket goes when the task that reads from it has been polled once more.
    tokio::task::yield_now().await;
    Ok(())
}
