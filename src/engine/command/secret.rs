//! `secret`: a text that no output shows.

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "secret",
        summary: "show a variable's text nowhere: every output has `***` for it",
        parameters: &[options::one("NAME", Shape::VariableName, "the variable")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "It is still sent and compared as it is. One that arrives in pieces is recognised only within a piece.",
    examples: &[Example {
        script: "let token = \"s3cret\"\nsecret token\nprint \"token is $token\"",
        shows: "prints `token is ***`",
    }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let name = invocation.text("NAME").unwrap_or_default();
    let value =
        evaluator.scope().get(&name).ok_or_else(|| Problem::usage(format!("there is no variable `${name}`")))?;
    let bytes = value.to_bytes();
    if bytes.is_empty() {
        return Err(Problem::usage(format!("`${name}` is empty: there is nothing to hide")));
    }
    evaluator.shared().hide(bytes);
    Ok(())
}
