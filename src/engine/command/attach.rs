//! `attach`: the terminal becomes the connection.

use super::{Command, Purpose, options};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "attach",
        summary: "join a session to the terminal, as netcat does",
        parameters: &[options::maybe("NAME", Shape::Session, "which; the addressed session when left out")],
        options: &options::JOIN,
        handlers: false,
        effect: Effect::MayUse,
    },
    purpose: Purpose::Talking,
    details: "What is typed is sent, what comes is shown, until the input or the peer ends; Ctrl-] returns to the prompt. \
              Attached to a listener, the terminal talks to the connection that comes first.",
    examples: &[],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let join = options::join(invocation)?;
    for session in evaluator.named_or_addressed(invocation, "NAME").await? {
        if matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
            attach::join_listener(evaluator.shared(), &session, &join, None, true).await?;
        } else {
            attach::join(evaluator.shared(), &session, &join).await?;
        }
    }
    Ok(())
}
