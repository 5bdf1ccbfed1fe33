//! `hold`: an order that stops a flow.

use super::{Command, Purpose, order};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "hold",
        summary: "let nothing more through a relay or handler until `release`",
        parameters: &[order::WAY],
        options: &[],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Steering,
    details: "Behind the stages the bytes, and the end of the stream, wait; nothing is lost, and whoever sends feels it \
              in time. A listener holds all its connections and those to come. `pass` lets so much through.",
    examples: &[Example {
        script: "listen tcp 0 as srv\nrelay 0 -> $srv as r\nr: hold\nconnect $r as c\nc: send \"hello\"\n\
                 srv: expect nothing for 20ms\nr: release\nsrv: expect \"hello\"",
        shows: "a conversation that stands still for a while",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    order::each(evaluator, invocation, false, |addressed| {
        addressed.order(invocation, |gate| gate.hold(None));
        Ok(())
    })
    .await
}
