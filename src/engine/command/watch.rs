//! `watch`: follow a session's bytes as they move.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::options::{self, word};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::session::Session;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "watch",
        summary: "follow a session's bytes as they move, until it ends or Ctrl-C",
        parameters: &[options::maybe("NAME", Shape::Session, "which; the addressed session when left out")],
        options: OPTIONS,
        handlers: false,
        effect: Effect::MayUse,
    },
    purpose: Purpose::Looking,
    details: "For a listener or relay, the bytes of all its connections.",
    examples: &[Example { script: "listen tcp 0 echo as srv\nwatch srv for 10ms", shows: "a server, for a moment" }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[word("for", Shape::Duration, "until it ends", "how long")];

/// Watches while it lives, so that an interrupted statement stops watching too.
struct Watching(Vec<Arc<Session>>);

impl Drop for Watching {
    fn drop(&mut self) {
        for session in &self.0 {
            session.watched.store(false, Ordering::Relaxed);
        }
    }
}

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let watching = Watching(evaluator.named_or_addressed(invocation, "NAME").await?);
    for session in &watching.0 {
        session.watched.store(true, Ordering::Relaxed);
    }
    let all_ended = async {
        for session in &watching.0 {
            session.until(|session| !session.is_open()).await;
        }
    };
    match invocation.duration("for")? {
        Some(limit) => drop(tokio::time::timeout(limit, all_ended).await),
        None => all_ended.await,
    }
    Ok(())
}
