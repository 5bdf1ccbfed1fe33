//! `pass`: an order that lets so much of a flow through.

use super::order::Addressed;
use super::{Command, Purpose, options, order};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "pass",
        summary: "let exactly so much through a relay or handler, then hold",
        parameters: &[
            options::one(
                "N",
                Shape::Size,
                "how many bytes of a stream, or datagrams, more than were let through before",
            ),
            order::WAY,
        ],
        options: &[],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Steering,
    details: "Returns at once; what has not come yet passes when it comes. Each connection of a listener may pass so \
              much; the first one is waited for, those to come are not concerned.",
    examples: &[Example {
        script: "listen tcp 0 as srv\nrelay 0 -> $srv as r\nr: hold\nconnect $r as c\nc: send \"HELO there\"\n\
                 r: pass 4 up\nsrv: expect exactly \"HELO\"\nr: release\nsrv: expect \" there\"",
        shows: "a conversation that stops at byte 4 and goes on",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((given, span)) = invocation.get("N") else {
        return Err(Problem::usage("expected how much"));
    };
    let count = given.count().map_err(|problem| problem.at(span))?;
    order::each(evaluator, invocation, true, |addressed| {
        if let Addressed::Connection(..) = addressed {
            addressed.order(invocation, |gate| gate.pass(count));
        }
        Ok(())
    })
    .await
}
