//! `use`: choose the current session.

use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "use",
        summary: "make a session the current one",
        parameters: &[options::one("NAME", Shape::Session, "which")],
        options: &[],
        handlers: false,
        effect: Effect::Switches,
    },
    purpose: Purpose::Talking,
    details: "Statements without a label address the current session.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv as a\nconnect $srv as b\nuse a\nsend \"x\"\na: expect \"x\"",
        shows: "back to the first",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    match evaluator.named_or_addressed(invocation, "NAME").await?.as_slice() {
        [session] => {
            evaluator.set_current(Some(session.clone()));
            Ok(())
        }
        sessions => Err(Problem::usage(format!("one session can be current, not {}", sessions.len()))),
    }
}
