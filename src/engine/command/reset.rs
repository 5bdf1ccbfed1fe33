//! `reset`: an abortive close.

use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Ending;
use crate::language::signature::{Effect, Example, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "reset",
        summary: "close the session with a reset instead of an end",
        parameters: &[],
        options: &[],
        handlers: false,
        effect: Effect::Ends,
    },
    purpose: Purpose::Talking,
    details: "For TCP the peer reads a reset (RFC 9293, 3.10.7.4); unsent bytes are discarded. Other transports just close.",
    examples: &[Example {
        script: "listen tcp 0 as srv\nconnect $srv as a\nsrv.1: reset\na: expect reset",
        shows: "the peer sees a reset",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    for session in evaluator.conversations(invocation).await? {
        if let Some(connection) = session.connection() {
            let refused = |error: std::io::Error| {
                Problem::refused(format!("cannot reset: {}", crate::net::error::describe(&error)))
            };
            connection.reset().map_err(refused)?;
        }
        evaluator.shared().end(&session, Ending::Orderly);
    }
    tokio::task::yield_now().await;
    Ok(())
}
