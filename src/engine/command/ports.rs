//! `ports`: who holds a port.

use std::sync::Arc;

use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Cell, Report, What};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::session::Session;
use crate::engine::shared::Shared;
use crate::language::signature::{Effect, Example, Shape, Signature};
use crate::net::pending;
use crate::net::ports::{self, Holder};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "ports",
        summary: "tell which program holds a port, or all that are listened on",
        parameters: &[options::maybe("PORT", Shape::Integer, "the port; all when left out")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "The program and its process are known where the system lets us look (Linux: /proc).",
    examples: &[Example { script: "listen tcp 0 echo as srv\nports $srv.port", shows: "our own" }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let port = match invocation.get("PORT") {
        Some((given, span)) => {
            let port = u16::try_from(given.count().map_err(|problem| problem.at(span))?);
            Some(port.map_err(|_| Problem::usage("expected a port from 0 to 65535").at(span))?)
        }
        None => None,
    };
    let found = pending::work(move || match port {
        Some(port) => ports::holders(port),
        None => ports::listening(),
    });
    let failed =
        |error: std::io::Error| Problem::refused(format!("cannot look: {}", crate::net::error::describe(&error)));
    let holders = found.await.map_err(|_| Problem::refused("cannot look"))?.map_err(failed)?;
    let report = match port {
        Some(port) if holders.is_empty() => Report::Text(format!("port {port} is free")),
        _ => {
            let headings = ["PROTO", "ADDRESS", "STATE", "PID", "PROGRAM"];
            Report::table(&headings, holders.iter().map(row).collect(), &["PROGRAM", "PID"])
        }
    };
    evaluator.emit(None, What::Report(report));
    Ok(())
}

fn row(holder: &Holder) -> Vec<Cell> {
    vec![
        Cell::Text(holder.protocol.to_string()),
        Cell::Text(holder.local.clone()),
        Cell::Text(holder.state.clone()),
        holder.pid.map_or_else(|| Cell::Text("?".to_owned()), |pid| Cell::Count(pid.into())),
        Cell::Text(holder.program.clone().unwrap_or_else(|| "?".to_owned())),
    ]
}

/// Who holds a port, as an error says it: `srv` of this shell, nsh (process 123).
pub(super) fn held_by(port: u16, shared: &Shared) -> Option<String> {
    let holders = ports::holders(port).ok()?;
    let holder = holders.iter().find(|holder| holder.pid.is_some())?;
    let pid = holder.pid?;
    let listens =
        |session: &&Arc<Session>| session.is_open() && session.opening.at.iter().any(|at| at.port() == Some(port));
    match lock(&shared.table).all().find(listens) {
        Some(session) if pid == std::process::id() => Some(format!("`{}` of this shell", session.name())),
        _ => Some(format!("{} (process {pid})", holder.program.as_deref().unwrap_or("a program"))),
    }
}
