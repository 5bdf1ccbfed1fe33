//! `attach`: the terminal becomes the connection.

use super::options::{self, setting, words};
use super::{Command, Purpose};
use crate::engine::attach::{self, JoinOptions};
use crate::engine::console::Manner;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "attach",
        summary: "join a session to the terminal, as netcat does",
        parameters: &[
            options::maybe("HOW", words!("lines", "raw"), "line by line, or key by key; lines when left out"),
            options::maybe("NAME", Shape::Session, "which; the addressed session when left out"),
        ],
        options: &OPTIONS,
        handlers: false,
        effect: Effect::MayUse,
    },
    purpose: Purpose::Talking,
    details: "What is typed is sent, what comes is shown, until the peer has finished; the session is closed then. Where \
              the peer had finished before, at the prompt, it stays for what is typed to be sent. Ctrl-] returns to the \
              prompt and the session goes on. Line by line, Ctrl-D is the end of the input and Ctrl-C returns too. `attach raw` sends each key as it \
              is pressed, Ctrl-C and Ctrl-D included, shows none of them (the peer may), and lets what comes move \
              within its line; Enter is the session's line ending. With `trust=yes` it acts on the terminal as it \
              likes and Enter is a carriage return, as a shell at the other end wants it. Attached to a listener, \
              the terminal talks to the connection that comes first.",
    examples: &[],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

static OPTIONS: [OptionSpec; 10] =
    options::with_join([setting("trust", Shape::Boolean, "no", "let what comes act on the terminal (with `raw`)")]);

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let join = JoinOptions { manner: manner(invocation)?, ..options::join(invocation)? };
    for session in evaluator.named_or_addressed(invocation, "NAME").await? {
        if matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
            attach::join_listener(evaluator.shared(), &session, &join, None, true).await?;
        } else {
            attach::join(evaluator.shared(), &session, &join).await?;
        }
    }
    Ok(())
}

fn manner(invocation: &Invocation<'_>) -> Result<Manner, Problem> {
    let raw = invocation.text("HOW").as_deref() == Some("raw");
    match (raw, invocation.flag("trust", false)?) {
        (false, false) => Ok(Manner::Lines),
        (true, false) => Ok(Manner::Raw),
        (true, true) => Ok(Manner::Trusted),
        (false, true) => {
            let problem = Problem::usage("line by line, what comes is always escaped").hint("`attach raw … trust=yes`");
            Err(match invocation.option("trust") {
                Some((_, span)) => problem.at(span),
                None => problem,
            })
        }
    }
}
