//! `release`: an order that lets a flow go on.

use super::{Command, Purpose, order};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "release",
        summary: "let everything through a relay or handler again",
        parameters: &[order::WAY],
        options: &[],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Steering,
    details: "Ends `hold`, `pass` and `stall`; what has waited goes first.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nsrv: hold down\nconnect $srv as c\nc: send \"hello\"\n\
                 c: expect nothing for 20ms\nsrv: release\nc: expect \"hello\"",
        shows: "an answer that has waited",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    order::each(evaluator, invocation, false, |addressed| {
        addressed.order(invocation, crate::net::flow::Gate::release);
        Ok(())
    })
    .await
}
