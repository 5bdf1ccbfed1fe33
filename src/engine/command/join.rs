//! `join`: two sessions talk to each other.

use std::sync::Arc;

use super::{Command, Purpose, options};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Session;
use crate::language::Span;
use crate::language::ast::SessionRef;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "join",
        summary: "pass what each of two sessions receives on to the other",
        parameters: &[
            options::one(
                "ONE",
                Shape::Session,
                "a session; of a listener its only connection, which is waited for; `srv.*` is all of them",
            ),
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
    let side = |parameter| match invocation.get(parameter) {
        Some((Given::Session(reference), span)) => Ok((reference, span)),
        _ => Err(Problem::usage("`join` wants two sessions")),
    };
    let (one, other) = (side("ONE")?, side("OTHER")?);
    match (one.0, other.0) {
        (SessionRef::All(_), SessionRef::All(_)) => {
            Err(Problem::usage("one of the two is a single session").at(other.1))
        }
        (SessionRef::All(listener), _) => join_all(evaluator, listener, other).await,
        (_, SessionRef::All(listener)) => join_all(evaluator, listener, one).await,
        _ => {
            let (one, other) = (single(evaluator, one).await?, single(evaluator, other).await?);
            attach::bridge(evaluator.shared(), &one, &other);
            Ok(())
        }
    }
}

/// The one conversation that a side names.
async fn single(evaluator: &Evaluator, (reference, span): (&SessionRef, Span)) -> Result<Arc<Session>, Problem> {
    let named = evaluator.named(reference).await.map_err(|problem| problem.at(span))?;
    let [session] = named.as_slice() else {
        return Err(Problem::usage("`join` wants one session on each side").at(span));
    };
    let session = evaluator.conversation(Arc::clone(session)).await.map_err(|problem| problem.at(span))?;
    match session.opening.inbox {
        Some(_) => Ok(session),
        None => {
            Err(Problem::usage(format!("`{}` has a handler, which takes what it receives", session.name())).at(span))
        }
    }
}

/// Joins all connections of a listener with one session.
async fn join_all(evaluator: &Evaluator, listener: &str, upstream: (&SessionRef, Span)) -> Result<(), Problem> {
    let reference = SessionRef::Name(listener.to_owned());
    let named = evaluator.named(&reference).await.map_err(|problem| problem.at(upstream.1))?;
    let upstream = single(evaluator, upstream).await?;
    for listener in named {
        attach::bridge_all(evaluator.shared(), &listener, &upstream);
    }
    Ok(())
}
