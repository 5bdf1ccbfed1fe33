//! `signal`: a signal to the program at the other end.

use super::options::{self, words};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Signature};
use crate::net::error::describe;
use crate::net::socket::Signal;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "signal",
        summary: "send a signal to the program that is the other end",
        parameters: &[options::one(
            "WHICH",
            words!("hup", "int", "quit", "term", "kill", "stop", "cont", "usr1", "usr2", "winch"),
            "the signal (signal(7)), without its `SIG`",
        )],
        options: &[],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Talking,
    details: "Everything in the program's process group gets it: what it has started, too.",
    examples: &[Example {
        script: "connect exec \"trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done\" as p\n\
                 expect line \"ready\"\nsignal term\nexpect line \"bye\"\nexpect exit 3",
        shows: "a program that is asked to end",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let signal = match invocation.text("WHICH").as_deref() {
        Some("hup") => Signal::HUP,
        Some("int") => Signal::INT,
        Some("quit") => Signal::QUIT,
        Some("kill") => Signal::KILL,
        Some("stop") => Signal::STOP,
        Some("cont") => Signal::CONT,
        Some("usr1") => Signal::USR1,
        Some("usr2") => Signal::USR2,
        Some("winch") => Signal::WINCH,
        _ => Signal::TERM,
    };
    for session in evaluator.conversations(invocation).await? {
        let Some(connection) = session.connection() else {
            return Err(Problem::refused(format!("`{}` has ended already", session.name())));
        };
        connection.signal(signal).map_err(|error| match error.kind() {
            std::io::ErrorKind::Unsupported => Problem::usage(format!("`{}` is no program", session.name())),
            _ => Problem::refused(format!("cannot signal `{}`: {}", session.name(), describe(&error))),
        })?;
    }
    Ok(())
}
