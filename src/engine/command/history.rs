//! `history`: what was typed before.

use std::fmt::Write as _;

use super::{Command, Purpose, options};
use crate::engine::console::Past;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::signature::{Effect, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "history",
        summary: "list what was typed, in this shell and in others",
        parameters: &[options::maybe(
            "WHICH",
            Shape::Choice(&[&[Shape::Integer], &[Shape::Regex]]),
            "so many entries, or those that match; the last 25 when left out",
        )],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "Entries of this shell have their number before them, as errors and `save FILE since N` have it. Not kept \
              are entries that begin with a space, and those in which a secret stands. `set history N` says how many \
              are kept.",
    examples: &[],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

/// How many entries are listed when it does not say.
const FEW: usize = 25;

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let past = evaluator.shared().console.history();
    let past = past.ok_or_else(|| Problem::usage("no history is kept here: it is a prompt's"))?;
    let listed = match invocation.get("WHICH") {
        None => last(&past, FEW),
        Some((given, span)) => match given.value() {
            Value::Regex(regex) => past.iter().filter(|past| regex.is_match(past.text.as_bytes())).collect(),
            _ => last(&past, usize::try_from(number(given).map_err(|problem| problem.at(span))?).unwrap_or(usize::MAX)),
        },
    };
    evaluator.emit(None, What::Report(Report::Verbatim(told(&listed))));
    Ok(())
}

fn number(given: &Given) -> Result<u64, Problem> {
    match given {
        Given::Sequence(items) => items.first().map_or(Ok(0), Given::count),
        other => other.count(),
    }
}

fn last(past: &[Past], count: usize) -> Vec<&Past> {
    past[past.len().saturating_sub(count)..].iter().collect()
}

/// The entries as they are listed, their further lines under the first. What would act on the terminal is escaped.
fn told(listed: &[&Past]) -> String {
    let label = |past: &Past| past.entry.map_or_else(String::new, |entry| format!("#{entry}"));
    let width = listed.iter().map(|past| label(past).len()).max().unwrap_or_default();
    let mut text = String::new();
    for past in listed {
        for (at, line) in past.text.lines().enumerate() {
            let label = if at == 0 { label(past) } else { String::new() };
            let _ = writeln!(text, "{label:>width$}  {}", clean(line));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn clean(line: &str) -> String {
    let shown = |letter: char| match letter {
        '\t' => "    ".to_owned(),
        letter if letter.is_control() => letter.escape_unicode().to_string(),
        letter => letter.to_string(),
    };
    line.chars().map(shown).collect()
}
