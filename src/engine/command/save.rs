//! `save`: what was typed, as a script that expects what came.

use std::path::Path;

use super::options::{self, setting, word, words};
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation, path};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::engine::file;
use crate::engine::journal::{self, Detail, Saved};
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "save",
        summary: "save what was typed as a script that expects what came",
        parameters: &[
            options::one("FILE", Shape::Path, "the script"),
            options::maybe("HOW", words!("line", "exact", "none"), "how exactly it expects what came: line by line"),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "What failed is left out, and what only looks (`sessions`, `show`, `help`). Behind each statement stands an \
              `expect` for what each session had received by then, unless something typed took it or a handler did. \
              `line` expects lines whatever ends them, and any number where a port stood that the system chose; `exact` \
              these bytes and no others; `none` nothing. Secrets are saved as `***`. `!command` is saved like any statement, since \
              what came may have come because of it: the program has to be there where the script runs.",
    examples: &[
        Example {
            script: "listen tcp 0 reply \"hello\\n\" as srv\nconnect $srv as a\nwait a finished\nsave ./hello.nsh\nassert @./hello.nsh contains \"a: expect line\"",
            shows: "a conversation becomes a test",
        },
        Example {
            script: "print \"one\"\nprint \"two\"\nsave ./two.nsh since 2 force=yes",
            shows: "only from entry #2 on",
        },
    ],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

const OPTIONS: &[OptionSpec] = &[
    word("since", Shape::Integer, "1", "the first entry to save, by its number"),
    setting("force", Shape::Boolean, "no", "overwrite FILE if it is there"),
];

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    if !evaluator.shared().journal.is_kept() {
        return Err(Problem::usage("`save` is for what is typed at a prompt"));
    }
    let Some((given, span)) = invocation.get("FILE") else {
        return Err(Problem::usage("expected a file"));
    };
    let file = path(&given.text());
    let detail = match invocation.text("HOW").as_deref() {
        Some("exact") => Detail::Exact,
        Some("none") => Detail::None,
        _ => Detail::Line,
    };
    let since = invocation.count("since")?.map_or(1, |since| usize::try_from(since).unwrap_or(usize::MAX));
    let saved = journal::write(evaluator.shared(), since, detail, &file)?;
    put(&file, &saved.text, invocation.flag("force", false)?).map_err(|problem| problem.at(span))?;
    evaluator.emit(None, What::Report(Report::Text(told(&saved, &file))));
    Ok(())
}

/// Writes the file; one that is there is only replaced with `force`.
fn put(file: &Path, text: &str, force: bool) -> Result<(), Problem> {
    let written =
        if force && file.exists() { file::replace(file, text.as_bytes()) } else { file::create(file, text.as_bytes()) };
    written.map_err(|error| {
        let name = file.display();
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return Problem::refused(format!("`{name}` is there already")).hint("`force=yes` overwrites it");
        }
        Problem::refused(format!("cannot write `{name}`: {}", crate::net::error::describe(&error)))
    })
}

/// `saved 4 statements and 1 expectation to echo.nsh`
fn told(saved: &Saved, file: &Path) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let expectations = match saved.expectations {
        0 => String::new(),
        some => format!(" and {}", count(some, "expectation")),
    };
    let secrets = if saved.concealed { ", with `***` for secrets" } else { "" };
    let programs = match saved.programs {
        0 => String::new(),
        1 => "; 1 runs a program with `!`, which has to be there too".to_owned(),
        some => format!("; {some} run programs with `!`, which have to be there too"),
    };
    format!("saved {}{expectations} to {}{secrets}{programs}", count(saved.statements, "statement"), file.display())
}
