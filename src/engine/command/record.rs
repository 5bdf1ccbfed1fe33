//! `record`: a recording of what is typed and shown.

use super::options::{self, setting};
use super::{Command, Purpose, keep};
use crate::engine::archive::Keeping;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "record",
        summary: "record what is typed and shown, from here on",
        parameters: &[options::one("FILE", keep::FILE_OR_END, "the recording; `stop` ends it")],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "FILE's extension says what it is: `.cast`, `.svg`, `.gif`, `.html` or `.txt`. It shows what `nsh record` \
              would show of the same statements: typed evenly, ports that the system chose by name, no times, unless \
              `real=yes`. At a prompt it has the terminal's size. What `!command` prints is not in it, and what a \
              statement sets off can stand one statement later than in another recording, since nobody waits for it; \
              `save` the statements and run `nsh record` for one that is the same every time. FILE is overwritten. \
              The end of the shell ends the recording, too.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nrecord ./demo.txt\nconnect $srv as a\nsend \"hello\\n\"\nexpect line \"hello\"\nrecord stop\nassert @./demo.txt contains \"nsh a> send\"",
        shows: "one exchange, as a text",
    }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

const OPTIONS: &[OptionSpec] = &[setting("real", Shape::Boolean, "no", "show everything when it really happened")];

fn run(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    keep::run(evaluator, invocation, "FILE", Keeping::Film { real: invocation.flag("real", false)? })
}
