//! `cut`: an order that ends connections at once.

use super::order::Addressed;
use super::{Command, Purpose, options, order};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Ending;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "cut",
        summary: "close the connections of a relay or handler at once, at both ends; what is on its way is lost",
        parameters: &[],
        options: &[options::setting("reset", Shape::Boolean, "no", "whether both ends read a reset")],
        handlers: false,
        effect: Effect::Uses,
    },
    purpose: Purpose::Steering,
    details: "The listener goes on. Its first connection is waited for.",
    examples: &[Example {
        script: "listen tcp 0 as srv\nrelay 0 -> $srv as r\nconnect $r as c\nc: send \"hello\"\nsrv: expect \"hello\"\n\
                 r: cut\nc: expect eof\nsrv: expect eof",
        shows: "a line that is cut",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let reset = invocation.flag("reset", false)?;
    order::each(evaluator, invocation, true, |addressed| {
        let Addressed::Connection(session, gates) = addressed else { return Ok(()) };
        if let Some(connection) = session.connection().filter(|_| reset) {
            gates.reset();
            // Where it cannot be abortive it is at least a close.
            let _ = connection.reset();
        }
        evaluator.shared().end(session, Ending::Orderly);
        Ok(())
    })
    .await?;
    // The sockets go when the task that moves the bytes has been polled once more.
    tokio::task::yield_now().await;
    Ok(())
}
