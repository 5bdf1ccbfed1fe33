//! `http`: a request, and the answer to it.

mod asked;

use std::time::Duration;

use super::options::{self, setting, settings, word, words};
use super::{Command, Purpose, listen};
use crate::engine::attach;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, What};
use crate::engine::exchange;
use crate::engine::fault::Problem;
use crate::engine::routes::METHODS;
use crate::engine::session::{Ending, Session};
use crate::engine::value::spoken;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::clock;
use crate::net::http::client::{self, Answer};

use asked::Asked;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "http",
        summary: "ask a web server; the answer becomes the current session",
        parameters: &[
            options::one("METHOD", METHODS, "what to do"),
            options::one("URL", Shape::Url, "http://HOST/PATH, https://HOST/PATH, or $listener/PATH"),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Asks { prefix: "http" },
    },
    purpose: Purpose::Opening,
    details: "Of the answer `expect status`, `expect header` and `expect body` say what it has to be; `recv`, `show` \
              and the other matches of `expect` work on its content, of which 1 MiB is kept (`set buffer`), and \
              $http1.status and $http1.header.location are its fields. Any status is an answer; a server that cannot \
              be reached, or breaks off, is an error. As the whole command line it writes the content to standard \
              output. Certificates are verified as those of `connect tls` are.",
    examples: &[
        Example {
            script: "listen tcp 0 as srv {\n    on line { if $line == \"\" { send \"HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n{\\\"id\\\": 7}\" } }\n}\nhttp GET $srv/api\nexpect status 200\nexpect header content-length \"9\"\nexpect body /\"id\": (?<id>[0-9]+)/\nassert $id == 7",
            shows: "a request, and what its answer has to be",
        },
        Example {
            script: "listen tcp 0 as srv {\n    on line { if $line == \"\" { send \"HTTP/1.1 303 See Other\\r\\nLocation: /done\\r\\nContent-Length: 0\\r\\n\\r\\n\" } }\n}\nhttp POST $srv/form body=\"a=1\" header=\"Content-Type: application/x-www-form-urlencoded\" as form\nassert $form.status == 303 and $form.header.location == \"/done\"",
            shows: "a form, whose answer sends elsewhere",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    settings("header", Shape::Text, "Host, User-Agent, Accept", "a field of the head: `header=\"Accept: text/html\"`"),
    setting("body", Shape::Text, "none", "what it carries: \"…\" or @FILE"),
    setting("version", words!("1.1", "2"), "1.1", "the version of HTTP"),
    setting("redirects", Shape::Integer, "0", "how many redirects are followed"),
    setting("timings", Shape::Boolean, "no", "tell how long each part took"),
    setting("wait", Shape::Boolean, "yes", "wait for the whole content"),
    word("within", Shape::Duration, "30s", "how long it may take until the content begins, and then to its end"),
    options::IP,
    word("as", Shape::NewSession, "http and a number", "the answer's name"),
];

/// How long an answer is waited for when nothing else is said.
const PATIENCE: Duration = Duration::from_secs(30);

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let name = listen::name(evaluator, invocation)?;
    let limit = invocation.duration("within")?.unwrap_or(PATIENCE);
    let asked = Asked::read(evaluator, invocation)?;
    let url = asked.url().clone();
    let asking = tokio::time::timeout(limit, ask(evaluator, invocation, asked));
    let late = |_| Problem::refused(format!("no answer from {} within {} (timed out)", url.authority(), spoken(limit)));
    let answer = asking.await.map_err(late)??;
    let (connected, answered) = (answer.connected, answer.answered);
    let session = exchange::answered(evaluator.shared(), name, answer);
    evaluator.note_opened(&session, invocation.option_text("as"));
    let started = clock::now();
    if evaluator.shared().config.netcat {
        write_out(evaluator, &session).await?;
    } else if invocation.flag("wait", true)? {
        receive(evaluator, &session, limit).await?;
    }
    if invocation.flag("timings", false)? {
        let content = clock::now().duration_since(started);
        let parts = [("connected", connected), ("answered", answered), ("content", content)];
        let total = parts.iter().map(|(_, took)| *took).sum();
        let parts = parts.into_iter().chain([("total", total)]);
        let fields = parts.map(|(name, took)| (name.to_owned(), Cell::Took(took))).collect();
        evaluator.emit(None, What::Report(Report::Fields(fields)));
    }
    Ok(())
}

/// Asks, and asks again where redirects lead.
async fn ask(evaluator: &Evaluator, invocation: &Invocation<'_>, mut asked: Asked) -> Result<Answer, Problem> {
    let most = invocation.count("redirects")?.unwrap_or(0);
    let mut left = most;
    loop {
        let head = asked.request.head(asked.version);
        evaluator.emit(None, What::Head { outgoing: true, head: head.into(), ends: None });
        if !asked.body.is_empty() && evaluator.shared().wants_data() {
            evaluator.emit(None, What::Sent(asked.body.clone()));
        }
        let answer = client::ask(asked.way(evaluator, invocation)?, &asked.request).await?;
        if most == 0 || !asked.follow(&answer)? {
            return Ok(answer);
        }
        let ends = Some(Box::new((answer.content.local(), answer.content.peer())));
        evaluator.emit(None, What::Head { outgoing: false, head: answer.head.into(), ends });
        left = left.checked_sub(1).ok_or_else(|| {
            let problem = Problem::refused(format!("more than {most} redirects"));
            problem.note(format!("the next is to {}", asked.url()))
        })?;
    }
}

/// Waits until the content is there, as far as it is kept.
async fn receive(evaluator: &Evaluator, session: &Session, limit: Duration) -> Result<(), Problem> {
    let Some(inbox) = &session.opening.inbox else { return Ok(()) };
    let full = inbox.limit();
    let there = inbox.until(|buffer| (buffer.end.is_some() || buffer.bytes.len() >= full).then(|| buffer.end.clone()));
    match tokio::time::timeout(limit, there).await {
        Ok(Some(ending)) if ending != Ending::Orderly => Err(attach::broken(session, &ending)),
        Ok(Some(_)) => {
            session.until(|session| !session.is_open()).await;
            Ok(())
        }
        Ok(None) => {
            let words = format!("{full} B of the content have come and are kept; it goes on when they are taken");
            evaluator.emit(Some(session), What::Notice(words));
            Ok(())
        }
        Err(_) => {
            let problem = Problem::refused(format!("the content did not end within {} (timed out)", spoken(limit)));
            Err(problem.hint("`wait=no` does not wait for it"))
        }
    }
}

/// Writes the content to standard output as it comes.
async fn write_out(evaluator: &Evaluator, session: &Session) -> Result<(), Problem> {
    let Some(inbox) = &session.opening.inbox else { return Ok(()) };
    let console = &evaluator.shared().console;
    let failed =
        |error: std::io::Error| Problem::refused(format!("standard output: {}", crate::net::error::describe(&error)));
    loop {
        let piece = inbox.until(|buffer| match buffer.bytes.len() {
            0 => buffer.end.clone().map(Err),
            all => Some(Ok(buffer.take(all))),
        });
        match piece.await {
            Ok(bytes) => console.write(bytes).await.map_err(failed)?,
            Err(Ending::Orderly) => {
                session.until(|session| !session.is_open()).await;
                return console.end().await.map_err(failed);
            }
            Err(ending) => return Err(attach::broken(session, &ending)),
        }
    }
}
