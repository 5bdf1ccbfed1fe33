//! `fail`: the end of a script that found something wrong.

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "fail",
        summary: "fail with a message",
        parameters: &[options::maybe("MESSAGE", Shape::Text, "what is wrong")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "Counts as an expectation that did not hold: exit code 3.",
    examples: &[Example { script: "if 1 > 2 { fail \"arithmetic is broken\" }", shows: "a check of one's own" }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

fn run(_: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    Err(Problem::unmet(invocation.text("MESSAGE").unwrap_or_else(|| "the script failed".to_owned())))
}
