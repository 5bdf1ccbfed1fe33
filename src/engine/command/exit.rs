//! `exit`: the end of a script.

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "exit",
        summary: "end the script, or leave the prompt",
        parameters: &[options::maybe("CODE", Shape::Integer, "the exit code, 0 when left out")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "Cleanup blocks still run; all sessions are closed.",
    examples: &[Example { script: "exit 0", shows: "the end" }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

pub(super) fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let code = match invocation.get("CODE") {
        None => 0,
        Some((given, span)) => {
            let code = u8::try_from(given.count().map_err(|problem| problem.at(span))?);
            code.map_err(|_| Problem::usage("an exit code is a number from 0 to 255").at(span))?
        }
    };
    evaluator.exit(code);
    Ok(())
}
