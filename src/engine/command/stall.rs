//! `stall`: an order that stops a flow for a while.

use super::{Command, Purpose, options, order};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::open::deadline;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "stall",
        summary: "let nothing through a relay or handler for so long",
        parameters: &[options::one("D", Shape::Duration, "how long"), order::WAY],
        options: &[],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Steering,
    details: "Returns at once: `hold` now and `release` later in one.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nsrv: stall 50ms\nconnect $srv as c\nc: send \"hello\"\nc: expect \"hello\"",
        shows: "a server that hangs for a moment",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((given, span)) = invocation.get("D") else {
        return Err(Problem::usage("expected how long"));
    };
    let until = deadline(given.duration().map_err(|problem| problem.at(span))?);
    order::each(evaluator, invocation, false, |addressed| {
        addressed.order(invocation, |gate| gate.hold(Some(until)));
        Ok(())
    })
    .await
}
