//! `wait`: until something is so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::options::{self, word};
use super::{Command, Purpose};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::engine::session::{Ending, Session};
use crate::engine::value::spoken;
use crate::language::ast::SessionRef;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "wait",
        summary: "wait until a session is closed, open, finished by its peer, or has accepted so many connections",
        parameters: &[
            options::one("NAME", Shape::Session, "which"),
            options::maybe(
                "STATE",
                Shape::Choice(&[
                    &[Shape::Keyword("closed")],
                    &[Shape::Keyword("open")],
                    &[Shape::Keyword("finished")],
                    &[Shape::Integer, Shape::Keyword("connections")],
                ]),
                "what to wait for; `closed` when left out",
            ),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "Waits without limit unless `within` says otherwise. A connection that nothing serves counts as closed once its peer has finished. Connections are counted since the listener opened, so \
              one that came and went counts. A session that breaks instead of closing fails the script.",
    examples: &[Example {
        script: "listen tcp 0 discard as srv\nconnect $srv as a\nwait srv 1 connections within 5s\na: close\nwait a",
        shows: "one client that comes and goes",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[word("within", Shape::Duration, "no limit", "how long to wait")];

enum Until {
    Closed,
    Open,
    Finished,
    Connections(u64),
}

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let until = match invocation.get("STATE") {
        Some((Given::Sequence(items), _)) => match items.as_slice() {
            [count, Given::Word(_)] => Until::Connections(count.count()?),
            [Given::Word(word)] if word == "open" => Until::Open,
            [Given::Word(word)] if word == "finished" => Until::Finished,
            _ => Until::Closed,
        },
        _ => Until::Closed,
    };
    let Some((Given::Session(reference), span)) = invocation.get("NAME") else {
        return Err(Problem::usage("expected a session"));
    };
    let waiting = all(evaluator, reference, &until);
    match invocation.duration("within")? {
        None => waiting.await.map_err(|problem| problem.at(span)),
        Some(limit) => match tokio::time::timeout(limit, waiting).await {
            Ok(outcome) => outcome.map_err(|problem| problem.at(span)),
            Err(_) => {
                Err(Problem::unmet(format!("`wait` did not hold within {}", spoken(limit))).labelled("still waiting"))
            }
        },
    }
}

async fn all(evaluator: &Evaluator, reference: &SessionRef, until: &Until) -> Result<(), Problem> {
    if let (Until::Open, SessionRef::Name(name)) = (until, reference) {
        return appear(evaluator, name).await;
    }
    for session in evaluator.named(reference).await? {
        one(&session, until).await?;
    }
    Ok(())
}

/// Waits until a session of that name is there.
async fn appear(evaluator: &Evaluator, name: &str) -> Result<(), Problem> {
    loop {
        let mut opened = std::pin::pin!(evaluator.shared().opened.notified());
        opened.as_mut().enable();
        if evaluator.shared().session(name).is_some() {
            return Ok(());
        }
        opened.await;
    }
}

async fn one(session: &Arc<Session>, until: &Until) -> Result<(), Problem> {
    match until {
        Until::Open => Ok(()),
        Until::Closed => {
            session.until(Session::is_over).await;
            match session.ending() {
                Some(ending @ (Ending::Reset | Ending::Failed(_))) => Err(attach::broken(session, &ending)),
                _ => Ok(()),
            }
        }
        Until::Finished => {
            session.until(|session| session.state() == "peer finished" || !session.is_open()).await;
            Ok(())
        }
        Until::Connections(count) => {
            if !matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
                return Err(Problem::usage(format!("`{}` accepts no connections", session.name())));
            }
            let enough = |session: &Session| session.accepted.load(Ordering::Relaxed) >= *count;
            session.until_visited(|session| !session.is_open() || enough(session)).await;
            if session.accepted.load(Ordering::Relaxed) < *count {
                return Err(Problem::unmet(format!("`{}` ended before {count} connections came", session.name())));
            }
            Ok(())
        }
    }
}
