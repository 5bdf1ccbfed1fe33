//! `print`: the script's own output.

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::What;
use crate::engine::fault::Problem;
use crate::language::signature::{Arity, Effect, Example, Parameter, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "print",
        summary: "write values and a line ending to the script's output",
        parameters: &[Parameter {
            arity: Arity::Many,
            ..options::one("VALUE", Shape::Value, "what to write; several are parted by spaces")
        }],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "Bytes go out as they are; on a terminal, control characters that came from elsewhere are escaped.",
    examples: &[Example { script: "let n = 2\nprint \"one and $n\"", shows: "a text with a variable" }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let values: Vec<_> = invocation.all("VALUE").map(|(given, _)| given.value().to_bytes()).collect();
    let mut line = values.join(&b' ');
    line.push(b'\n');
    evaluator.emit(None, What::Printed(line.into()));
    Ok(())
}
