//! `stop`: the end of a listener, a relay, or any session by name.

use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Ending;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "stop",
        summary: "end a listener or relay with all its connections, or any session",
        parameters: &[options::maybe("NAME", Shape::Session, "whom; the addressed session when left out")],
        options: &[],
        handlers: false,
        effect: Effect::Ends,
    },
    purpose: Purpose::Opening,
    details: "The address is free again afterwards; socket files are removed.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nstop srv\nassert $srv.state == \"closed\"",
        shows: "a listener that ends",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.named_or_addressed(invocation, "NAME").await? {
        let connections = evaluator.shared().connections(&session);
        evaluator.shared().end(&session, Ending::Orderly);
        for connection in connections {
            evaluator.shared().end(&connection, Ending::Orderly);
        }
    }
    // The socket goes when the task that accepts on it has been polled once more.
    tokio::task::yield_now().await;
    Ok(())
}
