//! `replay`: run a script here, showing each statement as if it were typed.

use super::options::{self, setting};
use super::source;
use super::{Command, Purpose};
use crate::engine::console::Pace;
use crate::engine::evaluator::{Evaluator, Flow, Invocation};
use crate::engine::fault::Problem;
use crate::language::Span;
use crate::language::ast::Item;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "replay",
        summary: "run a script here, showing each statement as if it were typed",
        parameters: &[
            options::one("FILE", Shape::Path, "the script"),
            options::maybe("step", Shape::Keyword("step"), "wait for Enter at each statement; Ctrl-D or Ctrl-C stops"),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "As with `source`, the file is checked first, its sessions, variables and functions stay, and an error \
              ends it.",
    examples: &[Example {
        script: "!printf '# greets\\nprint \"hello\"\\n' > demo.nsh\nreplay ./demo.nsh speed=10",
        shows: "a script of one statement",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[setting("speed", Shape::Value, "1", "how many times as fast as a person types")];

/// The slowest and the fastest.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=1000.0;

/// The extension of logs.
const LOG: &str = ".nshlog";

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    if let Some((given, span)) = invocation.get("FILE")
        && given.text().ends_with(LOG)
    {
        return Err(no_script(&given.text(), span));
    }
    let pace = pace(invocation)?;
    let program = source::load(evaluator, invocation)?;
    let mut inner = evaluator.instead(program.checked.source())?;
    let text = &program.checked.source().text;
    for item in &program.checked.block().items {
        let (shown, statement) = match item {
            Item::Blank => continue,
            Item::Comment(comment) => (format!("#{}", comment.node), None),
            Item::Statement(statement) => (text[statement.span.0.range()].to_owned(), Some(statement)),
        };
        let shown = String::from_utf8_lossy(&evaluator.shared().conceal(shown.as_bytes())).into_owned();
        if !retype(evaluator, &shown, pace).await? {
            return Ok(());
        }
        let Some(statement) = statement else { continue };
        match inner.typed(statement).await? {
            Flow::Next => {}
            flow => {
                source::pass_on(evaluator, &flow);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A past run is no script.
fn no_script(log: &str, span: Span) -> Problem {
    Problem::usage(format!("`{log}` is the log of a run, and no script")).at(span).hint(format!(
        "`nsh play {log}` shows that run; `nsh run --check {log} lab.nsh` runs its script again and compares"
    ))
}

async fn retype(evaluator: &Evaluator, text: &str, pace: Pace) -> Result<bool, Problem> {
    let failed = |error: std::io::Error| {
        Problem::refused(format!("cannot show the script: {}", crate::net::error::describe(&error)))
    };
    evaluator.shared().console.retype(text, pace).await.map_err(failed)
}

fn pace(invocation: &Invocation<'_>) -> Result<Pace, Problem> {
    if invocation.get("step").is_some() {
        return Ok(Pace::Step);
    }
    let Some((given, span)) = invocation.option("speed") else { return Ok(Pace::Speed(1.0)) };
    match given.float().filter(|speed| SPEEDS.contains(speed)) {
        Some(speed) => Ok(Pace::Speed(speed)),
        None => Err(Problem::usage("`speed` is a number from 0.01 to 1000").at(span)),
    }
}
