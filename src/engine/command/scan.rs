//! `scan`: which ports of a host are open.

use std::time::Duration;

use super::options::{self, setting, word};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, What};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::scan::{self, State};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "scan",
        summary: "find which TCP ports of a host are open",
        parameters: &[
            options::one("HOST", Shape::Host, "the host"),
            options::one("PORTS", Shape::Ports, "ports and ranges joined by commas: 22,80,8000-8100"),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Probing,
    details: "Fails when none is open. With `as` the open ports become a list and nothing is shown.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\nscan localhost $srv.port as open\nassert len($open) == 1",
        shows: "an open port",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    setting("timeout", Shape::Duration, "1s", "how long each port may take"),
    setting("closed", Shape::Boolean, "no", "whether closed ports are shown too"),
    word("as", Shape::NewVariable, "shown", "a variable that takes the open ports as a list"),
];

/// How many connects are under way at the same time.
const CONCURRENT: usize = 256;

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let host = invocation.text("HOST").unwrap_or_default();
    let (text, span) = invocation
        .get("PORTS")
        .map(|(given, span)| (given.text(), span))
        .ok_or_else(|| Problem::usage("expected ports"))?;
    let ports = ports(&text).map_err(|problem| problem.at(span))?;
    let timeout = invocation.duration("timeout")?.unwrap_or(Duration::from_secs(1));
    let found = scan::scan(&host, ports, timeout, CONCURRENT).await?;
    let open: Vec<u16> = found.iter().filter(|(_, state)| *state == State::Open).map(|(port, _)| *port).collect();
    if let Some(name) = invocation.option_text("as") {
        evaluator.scope().set(name, Value::list(open.iter().map(|port| Value::Integer((*port).into())).collect()));
        return Ok(());
    }
    let closed = invocation.flag("closed", false)?;
    let shown = found.iter().filter(|(_, state)| closed || *state == State::Open);
    let rows: Vec<Vec<Cell>> =
        shown.map(|(port, state)| vec![Cell::Count((*port).into()), Cell::Text(word_of(*state).to_owned())]).collect();
    if !rows.is_empty() {
        evaluator.emit(None, What::Report(Report::table(&["PORT", "STATE"], rows, &[])));
    }
    if open.is_empty() {
        return Err(Problem::refused(format!("no port of `{host}` that was asked for is open")));
    }
    Ok(())
}

fn word_of(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Closed => "closed",
        State::Filtered => "no answer",
    }
}

/// Reads `22,80,8000-8100`, in order, each port once.
fn ports(text: &str) -> Result<Vec<u16>, Problem> {
    let mut ports = std::collections::BTreeSet::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        match (from.trim().parse::<u16>(), to.trim().parse::<u16>()) {
            (Ok(from), Ok(to)) if from <= to => ports.extend(from..=to),
            _ => {
                return Err(Problem::usage(format!("`{part}` is neither a port nor a range of ports")));
            }
        }
    }
    Ok(ports.into_iter().collect())
}
