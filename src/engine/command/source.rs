//! `source`: run a script here, and keep what it leaves.

use std::sync::Arc;

use super::{Command, Purpose, options};
use crate::engine::Engine;
use crate::engine::evaluator::{Evaluator, Flow, Invocation, path};
use crate::engine::event::What;
use crate::engine::fault::{Class, Fault, Problem};
use crate::engine::file::{LARGEST_SCRIPT, read_path};
use crate::engine::program::{self, Program, Rejection};
use crate::language::signature::{Effect, Example, Shape, Signature};
use crate::language::{Mode, Severity, Source};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "source",
        summary: "run a script here: its sessions, variables and functions stay",
        parameters: &[options::one("FILE", Shape::Path, "the script")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "The file is read and checked when the statement runs; its path starts at the folder that nsh runs in and \
              may hold variables. An error points into it and ends it. `include` is for scripts: it is read and checked \
              together with the script that names it, its path starts at that script, and `nsh check` follows it. \
              `replay` shows the statements as well.",
    examples: &[Example {
        script: "!printf 'let greeting = \"hello\"\\n' > more.nsh\nsource ./more.nsh\nassert $greeting == \"hello\"",
        shows: "a variable that a file sets",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let program = load(evaluator, invocation)?;
    let mut inner = evaluator.instead(program.checked.source())?;
    let flow = inner.entry(program.checked.block()).await?;
    pass_on(evaluator, &flow);
    Ok(())
}

/// Does what the script asked for by its end.
pub(super) fn pass_on(evaluator: &mut Evaluator, flow: &Flow) {
    if let Flow::Exit(code) = flow {
        evaluator.exit(*code);
    }
}

/// Reads and checks the script of `FILE`, and takes note of its functions and cleanups.
pub(super) fn load(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Program, Problem> {
    let Some((given, span)) = invocation.get("FILE") else {
        return Err(Problem::usage("expected a file"));
    };
    let file = path(&given.text());
    let bytes = read_path(&file, LARGEST_SCRIPT).map_err(|error| {
        Problem::refused(format!("cannot read `{}`: {}", file.display(), crate::net::error::describe(&error))).at(span)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Problem::usage(format!("`{}` is not UTF-8 at byte {place}", file.display())).at(span)
    })?;
    let names = Engine { shared: Arc::clone(evaluator.shared()) }.names();
    let source = Source::new(file.display().to_string(), text);
    let program = program::load(source, Mode::Script, names.as_ref())
        .map_err(|rejection| reject(evaluator, rejection, &given.text()))?;
    program.prepare(evaluator.shared());
    Ok(program)
}

/// Tells everything that is wrong with a script; the last of it is what ends the statement.
fn reject(evaluator: &Evaluator, rejection: Rejection, name: &str) -> Problem {
    let mut faults: Vec<Fault> = rejection
        .findings
        .into_iter()
        .filter(|(_, finding)| finding.severity == Severity::Error)
        .map(|(source, finding)| Fault::new(Class::Usage, finding, source))
        .collect();
    let last = faults.pop();
    for fault in faults {
        evaluator.emit(None, What::Failed(Box::new(fault)));
    }
    last.map_or_else(|| Problem::usage(format!("`{name}` is no script")), Problem::from)
}
