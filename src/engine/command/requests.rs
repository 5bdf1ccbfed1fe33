//! `expect request`: the requests that come to a web server, and what they hold.

use std::sync::Arc;
use std::time::Duration;

use super::expect;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::exchange::{Exchange, Kind};
use crate::engine::fault::Problem;
use crate::engine::ledger::Ledger;
use crate::engine::routes::path_fits;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::net::clock;

/// Whether a match is about requests.
pub(super) fn is_request(given: &Given) -> bool {
    matches!(given, Given::Sequence(items) if matches!(items.first(), Some(Given::Word(word)) if word == "request"))
}

/// Whether a match is about the message that a session holds.
fn is_message(given: &Given) -> bool {
    let about = |word: &str| matches!(word, "status" | "header" | "body");
    matches!(given, Given::Sequence(items) if matches!(items.first(), Some(Given::Word(word)) if about(word)))
}

/// The web server that a statement addresses itself, not one of its connections.
pub(super) async fn server(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
) -> Result<Option<Arc<Session>>, Problem> {
    if !invocation.all("MATCH").all(|(given, _)| is_request(given) || is_message(given)) {
        return Ok(None);
    }
    let addressed = evaluator.addressed(invocation).await?;
    Ok(addressed.into_iter().next().filter(|session| session.ledger().is_some()))
}

/// A request that is waited for.
struct Wanted {
    method: Option<String>,
    path: Option<String>,
}

impl Wanted {
    fn read(given: &Given) -> Self {
        let mut wanted = Self { method: None, path: None };
        let Given::Sequence(items) = given else { return wanted };
        for item in &items[1..] {
            match item {
                Given::Sequence(_) => wanted.method = Some(item.text()),
                item => wanted.path = Some(item.text()),
            }
        }
        wanted
    }

    /// The variables that its path sets, when a request is that.
    fn look(&self, request: &Exchange) -> Option<Vec<(String, Value)>> {
        let Kind::Request { method, parts, .. } = &request.kind else { return None };
        if self.method.as_ref().is_some_and(|wanted| wanted != method) {
            return None;
        }
        self.path.as_ref().map_or_else(|| Some(Vec::new()), |path| path_fits(path, parts))
    }
}

/// Waits for a request, which the server's session then holds; or looks at the one that it holds.
pub(super) async fn expect(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    server: &Arc<Session>,
) -> Result<(), Problem> {
    let Some(ledger) = server.ledger() else { return Ok(()) };
    let (requests, others): (Vec<_>, Vec<_>) = invocation.all("MATCH").partition(|(given, _)| is_request(given));
    if requests.is_empty() {
        return expect::expect(evaluator, invocation, server).await;
    }
    if let Some((_, span)) = others.first() {
        return Err(Problem::usage("what a request holds is expected after it").at(*span));
    }
    let wanted: Vec<Wanted> = requests.iter().map(|(given, _)| Wanted::read(given)).collect();
    let not = invocation.get("not").is_some();
    let limit = invocation.duration("within")?.unwrap_or(evaluator.settings().timeout);
    let started = clock::now();
    let coming = ledger.take(|request| wanted.iter().find_map(|wanted| wanted.look(request)));
    match tokio::time::timeout(limit, coming).await {
        Ok((request, _)) if not => {
            Err(Problem::unmet("`expect not` did not hold")
                .labelled(format!("this came: {}", shown(&request.head.line))))
        }
        Ok((request, captures)) => {
            server.set_exchange(request);
            for (name, value) in captures {
                evaluator.scope().set(name, value);
            }
            expect::held(evaluator, invocation, server, started);
            Ok(())
        }
        Err(_) if not => {
            expect::held(evaluator, invocation, server, started);
            Ok(())
        }
        Err(_) => Err(unmet(ledger, limit)),
    }
}

/// How many requests an error tells.
const MOST_TOLD: usize = 8;

fn unmet(ledger: &Ledger, limit: Duration) -> Problem {
    let problem = Problem::unmet(format!("`expect` did not hold within {}", crate::engine::value::spoken(limit)));
    let lines = ledger.lines();
    let problem = problem.labelled(match lines.len() {
        0 => "no request came".to_owned(),
        1 => "another request came".to_owned(),
        many => format!("{many} other requests came"),
    });
    let last = lines.iter().skip(lines.len().saturating_sub(MOST_TOLD));
    last.fold(problem, |problem, line| problem.note(shown(line)))
}

fn shown(line: &str) -> String {
    line.escape_debug().to_string()
}
