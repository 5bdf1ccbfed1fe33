//! `resolve`: the addresses of a name.

use super::options;
use super::options::word;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "resolve",
        summary: "look up the addresses of a host's name",
        parameters: &[options::one("HOST", Shape::Host, "the name")],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "One address a line, in the order in which `connect` tries them. With `as` they become a list and are not shown.",
    examples: &[Example {
        script: "resolve localhost as found\nassert $found contains \"127.0.0.1\"",
        shows: "the addresses of this machine",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] =
    &[options::IP, word("as", Shape::NewVariable, "shown", "a variable that takes them as a list")];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let host = invocation.text("HOST").unwrap_or_default();
    let found = crate::net::resolve::resolve(&host, options::family(invocation)).await?;
    if let Some(name) = invocation.option_text("as") {
        evaluator
            .scope()
            .set(name, Value::list(found.iter().map(|address| Value::text(address.to_string())).collect()));
        return Ok(());
    }
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    evaluator.emit(None, What::Report(Report::Text(lines.join("\n"))));
    Ok(())
}
