//! `edit`: an entry of the prompt in the person's editor.

use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "edit",
        summary: "open an entry in your editor, and run what was saved",
        parameters: &[options::maybe(
            "N",
            Shape::Integer,
            "the entry's number, as errors name it; the last when left out",
        )],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "The editor is `$VISUAL`, `$EDITOR` or vi. What it saves becomes the next entry, shown before it runs; an \
              empty file runs nothing, and nothing runs when the editor fails. Ctrl-X Ctrl-E does the same with the \
              line that is being typed.",
    examples: &[],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let given = invocation.get("N");
    let entry = given.as_ref().map(|(given, span)| given.count().map_err(|problem| problem.at(*span))).transpose()?;
    evaluator.shared().console.edit(entry).await.map_err(|error| {
        let problem = Problem::refused(error.to_string());
        match given {
            Some((_, span)) => problem.at(span),
            None => problem,
        }
    })
}
