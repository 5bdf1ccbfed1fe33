//! The plain reader: statements from a pipe, or from a terminal that can do no more than lines, entry by entry.

use std::io::IsTerminal;

use super::arguments::Globals;
use super::script::{Stage, Threads};
use super::source::{self, Unreadable};
use super::status::Status;
use crate::engine::{Config, Program, Rejection};
use crate::language::Source;

/// Reads and runs entries until the end of input or `exit`. From a pipe, the first entry that fails is the last: its
/// status is the process's.
pub(crate) fn run(globals: &Globals) -> Result<Status, Unreadable> {
    let mut stage = super::stage(globals, Config { journal: true, ..Config::default() }, "", Threads::One)?;
    let interactive = std::io::stdin().is_terminal();
    let mut number = 0;
    let mut status = Status::HELD;
    loop {
        number += 1;
        stage.engine.enter(number);
        let entry = match entry(&mut stage, &format!("entry #{number}"), interactive) {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(ended) => {
                status = ended;
                break;
            }
        };
        status = match entry {
            Ok(program) => {
                let (ran, exits) = stage.perform_entry(&program);
                if exits {
                    status = ran;
                    break;
                }
                ran
            }
            Err(rejection) => {
                stage.reject(&rejection);
                Status::USAGE
            }
        };
        if !interactive && status != Status::HELD {
            break;
        }
    }
    Ok(stage.close(if interactive && status != Status::INTERRUPTED { Status::HELD.or(status) } else { status }))
}

/// The next entry: lines until they are complete. `None` at the end of input.
fn entry(stage: &mut Stage, name: &str, interactive: bool) -> Result<Option<Result<Program, Rejection>>, Status> {
    let mut text = String::new();
    loop {
        if interactive {
            stage.show_prompt(if text.is_empty() { "nsh> " } else { "...> " });
        }
        let Some(line) = next_line(stage, name)? else {
            return Ok(if text.trim().is_empty() { None } else { Some(stage.load(Source::new(name, text))) });
        };
        text += &line;
        text.push('\n');
        match stage.load(Source::new(name, text.clone())) {
            Err(rejection) if rejection.incomplete => {}
            loaded => return Ok(Some(loaded)),
        }
    }
}

fn next_line(stage: &mut Stage, name: &str) -> Result<Option<String>, Status> {
    let input = std::sync::Arc::clone(&stage.input);
    let line = match stage.wait(input.line()) {
        Err(signal) => return Err(signal.status()),
        Ok(Err(error)) => {
            let diagnostic =
                crate::language::Diagnostic::error(format!("cannot read standard input: {}", source::reason(&error)));
            stage.complain(&diagnostic, &Source::new(name, ""));
            return Err(Status::REFUSED);
        }
        Ok(Ok(line)) => line,
    };
    line.map(|bytes| source::text(bytes, name)).transpose().map_err(|unreadable| {
        stage.complain(&unreadable.diagnostic, &unreadable.source);
        unreadable.status
    })
}
