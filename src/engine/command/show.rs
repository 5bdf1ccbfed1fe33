//! `show`: what a session has received and nobody has taken, or how its bytes are shown from here on.

use super::options::{self, words};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Form, Report, What};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "show",
        summary: "show what a session has unread, or choose how its bytes are shown",
        parameters: &[
            options::maybe("NAME", Shape::Session, "which; the addressed session when left out"),
            options::maybe("FORM", words!("text", "hex", "off"), "from here on show its bytes like this"),
        ],
        options: &[],
        handlers: false,
        effect: Effect::MayUse,
    },
    purpose: Purpose::Looking,
    details: "Nothing is taken: `expect` and `recv` still find it. `show hex` is about the addressed session, `set show \
              hex` about those opened from here on.",
    examples: &[Example {
        script: "listen tcp 0 reply \"hello\" as srv\nconnect $srv as a\nwait a finished\nshow a\na: expect \"hello\"",
        shows: "what is unread",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let form = invocation.text("FORM").map(|word| Form::of(&word));
    let sessions = evaluator.named_or_addressed(invocation, "NAME").await.map_err(|problem| match form {
        Some(form) if invocation.label.is_none() && evaluator.current().is_none() => {
            problem.hint(format!("`set show {}` is about sessions opened from here on", form.word()))
        }
        _ => problem,
    })?;
    for session in sessions {
        if let Some(form) = form {
            session.set_form(form);
            continue;
        }
        let session = evaluator.conversation(session).await?;
        let Some(inbox) = &session.opening.inbox else {
            return Err(Problem::usage(format!(
                "`{}` keeps nothing: a handler takes what it receives",
                session.name()
            ))
            .hint(format!("`watch {}` shows it as it moves", session.name())));
        };
        let bytes = inbox.with(|buffer| buffer.bytes.clone().freeze());
        let hex = session.form() == Form::Hex;
        evaluator.emit(Some(&session), What::Report(Report::Bytes { bytes, hex }));
    }
    Ok(())
}
