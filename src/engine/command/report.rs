//! `report`: a report of what happens.

use super::{Command, Purpose, keep, options};
use crate::engine::archive::Keeping;
use crate::language::signature::{Effect, Example, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "report",
        summary: "report what happens, from here on",
        parameters: &[options::one("FILE", keep::FILE_OR_END, "the report; `stop` ends it")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "FILE's extension says what it is: `.html`, `.md` or `.json`; `nsh --report FILE` reports a whole run. The \
              sessions that are open already are told of as if they opened with the report. FILE is overwritten, and is \
              whole when the report has ended: by `report stop`, or with the shell.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nconnect $srv as a\nreport ./part.md\nsend \"hello\"\nexpect \"hello\"\nreport stop\nassert @./part.md contains \"hello\"",
        shows: "what was said in one part of a lab",
    }],
    run: |evaluator, invocation| {
        Box::pin(std::future::ready(keep::run(evaluator, invocation, "FILE", Keeping::Report)))
    },
};
