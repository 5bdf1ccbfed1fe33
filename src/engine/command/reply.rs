//! `reply`: the answer to a request, in a route.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use super::options::{self, setting, settings};
use super::{Command, Purpose, serve};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::routes::Reply;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::http::media_of;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "reply",
        summary: "answer the request that this `on request` is about",
        parameters: &[
            options::maybe("STATUS", Shape::Integer, "200 when left out"),
            options::maybe("BODY", Shape::Text, "the content"),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Talking,
    details: "It ends the handler. A handler that ends without it leaves the request to the next one that fits, then to \
              the files. `drip`, `cut`, `length` and `reset` make an answer that goes wrong: `cut=100` closes the \
              connection after 100 bytes of content, `length=500` says that there are 500, and closes when there are \
              fewer; `reset=yes` resets it where `cut` says, or before anything is sent.",
    examples: &[
        Example {
            script: "serve http 0 as web {\n    on request GET /api/:id { reply 200 \"{\\\"id\\\": \\\"$id\\\"}\" type=json delay=10ms }\n}\nhttp GET $web/api/7\nexpect header content-type \"application/json\"\nexpect body exactly \"{\\\"id\\\": \\\"7\\\"}\"",
            shows: "a route with a variable",
        },
        Example {
            script: "serve http 0 as web {\n    on request POST /login {\n        if $body contains \"user=me\" { reply 303 header=\"Location: /home\" }\n        reply 403 \"who?\\n\"\n    }\n}\nhttp POST $web/login body=\"user=me\"\nexpect status 303\nhttp POST $web/login\nexpect status 403",
            shows: "answers that depend on the request",
        },
    ],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

const OPTIONS: &[OptionSpec] = &[
    setting("type", Shape::Label, "text/plain; charset=utf-8", "the media type of the content: json, html, text/csv"),
    settings("header", Shape::Text, "none", "a field of the answer: `header=\"Location: /home\"`"),
    setting("delay", Shape::Duration, "none", "how long it waits before it answers"),
    setting("drip", Shape::Rate, "as fast as it goes", "bytes of content a second"),
    setting("cut", Shape::Size, "never", "close the connection after so many bytes of content"),
    setting("length", Shape::Size, "the content's", "the length that the head says"),
    setting("reset", Shape::Boolean, "no", "reset the connection instead of closing it"),
];

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some(answering) = evaluator.answering() else {
        let problem = Problem::usage("there is no request to reply to");
        return Err(problem.hint("it stands in a route: `serve http 0 { on request GET / { reply 200 \"hello\" } }`"));
    };
    answering.set(reply(invocation)?);
    evaluator.leave_request();
    Ok(())
}

fn reply(invocation: &Invocation<'_>) -> Result<Reply, Problem> {
    let status = match invocation.get("STATUS") {
        None => StatusCode::OK,
        Some((given, span)) => {
            let code = given.count().map_err(|problem| problem.at(span))?;
            let status = u16::try_from(code).ok().filter(|code| (200..=599).contains(code));
            let status = status.and_then(|code| StatusCode::from_u16(code).ok());
            status.ok_or_else(|| Problem::usage("a status is from 200 to 599").at(span))?
        }
    };
    let content = invocation.get("BODY").map(|(given, _)| given.value().to_bytes()).unwrap_or_default();
    let headers = serve::headers(invocation)?;
    let media = media(invocation, &headers, content.is_empty())?;
    Ok(Reply {
        status,
        content,
        media,
        headers,
        delay: invocation.duration("delay")?.unwrap_or_default(),
        drip: invocation.count("drip")?,
        cut: invocation.count("cut")?,
        length: invocation.count("length")?,
        reset: invocation.flag("reset", false)?,
    })
}

/// `Content-Type`, unless it is one of the headers.
fn media(
    invocation: &Invocation<'_>,
    headers: &[(HeaderName, HeaderValue)],
    is_empty: bool,
) -> Result<Option<HeaderValue>, Problem> {
    if headers.iter().any(|(name, _)| name == "content-type") {
        return Ok(None);
    }
    let Some((given, span)) = invocation.option("type") else {
        return Ok((!is_empty).then_some(HeaderValue::from_static("text/plain; charset=utf-8")));
    };
    let word = given.text();
    let media = media_of(&word).and_then(|media| HeaderValue::try_from(media).ok());
    media.map(Some).ok_or_else(|| {
        Problem::usage(format!("`{word}` is no media type")).at(span).hint("write `type=json`, `type=\"text/csv\"`")
    })
}
