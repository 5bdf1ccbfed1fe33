//! `ask`: a line from the person.

use super::options::{self, setting, word};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::What;
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::signature::{Effect, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "ask",
        summary: "ask the person for a line",
        parameters: &[options::maybe("PROMPT", Shape::Text, "what to show before it")],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "Reads a line of standard input; its end fails the script, unless `default` says what to take then. \
              With `hidden=yes` the terminal does not show what is typed.",
    examples: &[],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    word("as", Shape::NewVariable, "nowhere", "the variable that takes it"),
    setting("default", Shape::Text, "the script fails", "what to take at the end of input"),
    setting("hidden", Shape::Boolean, "no", "whether the terminal hides what is typed"),
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let prompt = evaluator.shared().conceal(invocation.text("PROMPT").unwrap_or_default().as_bytes());
    let prompt = String::from_utf8_lossy(&prompt);
    let hidden = invocation.flag("hidden", false)?;
    let failed = |error: std::io::Error| {
        Problem::refused(format!("cannot read the answer: {}", crate::net::error::describe(&error)))
    };
    let answer = evaluator.shared().console.ask(&prompt, hidden).await.map_err(failed)?;
    let shown = answer.clone().filter(|_| !hidden);
    evaluator.emit(None, What::Asked { prompt: prompt.clone().into_owned(), answer: shown });
    let answer = match (answer, invocation.option("default")) {
        (Some(answer), _) => Value::text(answer),
        (None, Some((default, _))) => default.value(),
        (None, None) => return Err(Problem::refused("the input ended before an answer came")),
    };
    if let Some(name) = invocation.option_text("as") {
        evaluator.scope().set(name, answer);
    }
    Ok(())
}
