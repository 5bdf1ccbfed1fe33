//! `flows`: what moves through relays and served connections, and how fast.

use std::time::Duration;

use super::options::word;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::What;
use crate::engine::fault::Problem;
use crate::engine::{flows, open};
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "flows",
        summary: "list relays and what is served, with their rates",
        parameters: &[],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "IN came from clients, OUT went to them. Bytes and rates of a relay or listener are those of all its connections, also of the ones that are over; \
              a rate is since the last `flows`, or since it opened, in bytes a second. OPEN counts connections. LATELY \
              draws the last rates of both directions together, each as high as it is of the highest. With `for` or \
              `every` the table comes again and again: on a terminal in its place, cut to its width, until Ctrl-C.",
    examples: &[
        Example {
            script: "listen tcp 0 echo as srv\nrelay 0 -> upper -> 127.0.0.1:$srv.port as r\n\
                     connect $r as a\na: send \"hi\"\na: expect \"HI\"\nflows",
            shows: "a relay and its target",
        },
        Example { script: "listen tcp 0 echo as srv\nflows for 50ms every 20ms", shows: "a server, again and again" },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    word("for", Shape::Duration, "once; until Ctrl-C with `every`", "how long the table comes again"),
    word("every", Shape::Duration, "1s", "how often"),
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let (time, every) = (invocation.duration("for")?, invocation.duration("every")?);
    if let (Some(Duration::ZERO), Some((_, span))) = (every, invocation.option("every")) {
        return Err(Problem::usage("`every` is longer than nothing").at(span));
    }
    let looking = Looking(evaluator);
    looking.look();
    if time.is_none() && every.is_none() {
        return Ok(());
    }
    let again = async {
        let every = every.unwrap_or(Duration::from_secs(1));
        loop {
            tokio::time::sleep(every).await;
            looking.look();
        }
    };
    match time {
        Some(time) => tokio::time::timeout_at(open::deadline(time), again).await.unwrap_or(Ok(())),
        None => again.await,
    }
}

/// Tells in the end, however that comes, that nobody looks any more.
struct Looking<'a>(&'a Evaluator);

impl Looking<'_> {
    /// Tells the table as it is now.
    fn look(&self) {
        self.0.emit(None, What::Live(Some(flows::table(self.0.shared(), true))));
    }
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.emit(None, What::Live(None));
    }
}
