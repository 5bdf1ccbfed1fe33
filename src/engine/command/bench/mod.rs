//! `bench`: how fast a peer answers.

mod load;
mod shown;

use super::options::{self, setting, settings, word};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::bench;
use shown::Manner;

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "bench",
        summary: "measure how many requests a second a peer echoes or answers over HTTP, and how soon",
        parameters: &[
            options::maybe("PROTO", Shape::Protocol, "the transport; tcp when left out"),
            options::one(
                "WHERE",
                Shape::Choice(&[&[Shape::Keyword("http"), Shape::Url], &[Shape::Endpoint]]),
                "HOST PORT, an address or $listener that echoes; or http://HOST:PORT/PATH",
            ),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Probing,
    details: "Each connection sends a request and waits until as many bytes came back; what comes back as something \
              else is an error. Without `rate` that is a closed loop: while the peer stalls nothing is sent, so its \
              stall counts once. With `rate` requests have a timetable, and latency counts from when each was due. A \
              datagram without an answer within 1 s is lost. Fails when nothing came back as it was. With `as` the \
              requests a second become a number and nothing is shown. Over HTTP any whole answer counts, by the \
              class of its status; a connection that ends is made again, which is part of the latency.",
    examples: &[
        Example { script: "listen tcp 0 echo as srv\nbench $srv connections=2 for 50ms", shows: "a closed loop" },
        Example {
            script: "listen udp 0 echo as srv\nbench udp $srv connections=2 size=100 rate=500 for 50ms as speed\n\
                     assert $speed > 0",
            shows: "an open loop, as a number",
        },
        Example {
            script: "listen tcp 0 as srv {\n    on data { send \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi\" }\n}\n\
                     bench http http://127.0.0.1:$srv.port/ connections=2 for 50ms",
            shows: "a server of HTTP",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    setting("connections", Shape::Integer, "64", "how many connections send, 10000 at most"),
    setting("size", Shape::Size, "64", "bytes of a request that is to come back, 1 MiB at most"),
    word("for", Shape::Duration, "5s", "how long"),
    setting("rate", Shape::Integer, "as many as the peer answers", "requests a second of all connections together"),
    setting("method", Shape::Word, "GET; POST with `body`", "the method of HTTP requests"),
    settings(
        "header",
        Shape::Text,
        "Host, User-Agent, Accept",
        "a field of their heads: `header=\"Accept: text/html\"`",
    ),
    setting("body", Shape::Text, "none", "what they carry"),
    setting("keep", Shape::Boolean, "yes", "whether a connection carries more than one of them"),
    options::IP,
    word("as", Shape::NewVariable, "shown", "a variable that takes the requests a second"),
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let load = load::load(evaluator, invocation)?;
    let manner = Manner::of(&load);
    let outcome = bench::run(load).await?;
    if let Some(name) = invocation.option_text("as") {
        evaluator.scope().set(name, Value::Float(outcome.rate()));
    } else {
        evaluator.emit(None, What::Report(Report::Fields(shown::fields(&outcome, &manner))));
        evaluator.emit(None, What::Report(Report::Histogram(shown::histogram(&outcome))));
        evaluator.emit(None, What::Report(Report::Text(shown::remarks(&outcome, &manner))));
    }
    if outcome.answered > 0 {
        return Ok(());
    }
    let problem = Problem::refused(manner.failure());
    let wrong = outcome.wrong > 0;
    Err(match outcome.reasons.into_iter().max_by_key(|(_, count)| *count) {
        Some((reason, _)) => problem.note(reason),
        None if wrong => problem.hint("`bench` wants a peer that echoes: `listen tcp 0 echo`"),
        None => problem,
    })
}
