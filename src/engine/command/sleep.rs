//! `sleep`: a pause.

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "sleep",
        summary: "do nothing for a while",
        parameters: &[options::one("DURATION", Shape::Duration, "how long")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "To wait for something to happen, `expect` and `wait` are exact where `sleep` guesses.",
    examples: &[Example { script: "sleep 1ms", shows: "a short pause" }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(_: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((given, span)) = invocation.get("DURATION") else {
        return Err(Problem::usage("expected a duration"));
    };
    tokio::time::sleep(given.duration().map_err(|problem| problem.at(span))?).await;
    Ok(())
}
