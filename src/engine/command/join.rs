//! `join`: two sessions talk to each other.

use super::{Command, Purpose, options};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "join",
        summary: "pass what each of two sessions receives on to the other",
        parameters: &[
            options::one("ONE", Shape::Session, "a session; of a listener its only connection, which is waited for"),
            options::one("OTHER", Shape::Session, "another"),
        ],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Opening,
    details: "Joins two clients, or two servers, with each other, and goes on with the script. Half-closes travel on; both \
              sessions are closed when both directions have ended, so `wait ONE` waits for that.",
    examples: &[Example {
        script: "listen tcp 0 as left\nlisten tcp 0 as right\nconnect $left as a\nconnect $right as b\n\
                 join left right\na: send \"hi\"\nb: expect \"hi\"",
        shows: "two servers joined",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let mut pair = Vec::with_capacity(2);
    for parameter in ["ONE", "OTHER"] {
        let Some((Given::Session(reference), span)) = invocation.get(parameter) else {
            return Err(Problem::usage("`join` wants two sessions"));
        };
        let named = evaluator.named(reference).await.map_err(|problem| problem.at(span))?;
        let [session] = named.as_slice() else {
            return Err(Problem::usage("`join` wants one session on each side").at(span));
        };
        pair.push(evaluator.conversation(session.clone()).await.map_err(|problem| problem.at(span))?);
    }
    attach::bridge(evaluator.shared(), &pair[0], &pair[1]);
    Ok(())
}
