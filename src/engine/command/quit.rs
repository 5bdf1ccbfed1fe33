//! `quit`: another word for `exit`.

use super::options;
use super::{Command, Purpose};
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "quit",
        summary: "end the script, or leave the prompt; the same as `exit`",
        parameters: &[options::maybe("CODE", Shape::Integer, "the exit code, 0 when left out")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "Cleanup blocks still run; all sessions are closed.",
    examples: &[Example { script: "quit", shows: "the end" }],
    run: |evaluator, invocation| Box::pin(std::future::ready(super::exit::run(evaluator, invocation))),
};
