//! `shutdown`: the end of our sending.

use super::{Command, Purpose};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "shutdown",
        summary: "finish sending and go on receiving (half-close)",
        parameters: &[],
        options: &[],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Talking,
    details: "The peer reads the end of the stream. The session closes when the peer has finished too.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv\nsend \"x\"\nshutdown\nexpect \"x\"\nexpect eof",
        shows: "a half-close",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.conversations(invocation).await? {
        attach::finish(evaluator.shared(), &session).await?;
    }
    Ok(())
}
