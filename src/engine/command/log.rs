//! `log`: write what happens to a file.

use super::options::{self, setting};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "log",
        summary: "write what happens to a file, one line an event, from here on",
        parameters: &[options::one(
            "PATH",
            Shape::Choice(&[&[Shape::Keyword("off")], &[Shape::Path]]),
            "the file, or `off`",
        )],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "The session's name, `>` sent or `<` received or a word, and the bytes, escaped.",
    examples: &[Example {
        script: "log ./demo.log\nlisten tcp 0 echo as srv\nconnect $srv\nsend \"x\"\nexpect \"x\"\nlog off\nassert @./demo.log contains \"> x\"",
        shows: "a log of one exchange",
    }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

const OPTIONS: &[OptionSpec] =
    &[setting("append", Shape::Boolean, "no", "append to the file instead of truncating it")];

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((given, span)) = invocation.get("PATH") else {
        return Err(Problem::usage("expected a file"));
    };
    if let Given::Sequence(items) = given
        && matches!(items.as_slice(), [Given::Word(word)] if word == "off")
    {
        evaluator.shared().log.close();
        return Ok(());
    }
    let path = crate::engine::evaluator::path(&given.text());
    let failed = |error: std::io::Error| {
        Problem::refused(format!("cannot write `{}`: {}", path.display(), crate::net::error::describe(&error))).at(span)
    };
    evaluator.shared().log.open(&path, invocation.flag("append", false)?).map_err(failed)
}
