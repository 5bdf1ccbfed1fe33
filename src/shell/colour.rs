//! Colour: one decision for each of the two streams.

use std::env;
use std::io::IsTerminal;

use clap::ValueEnum;

use crate::look::Paint;

/// What `--color` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless `NO_COLOR` is set or the terminal is dumb; everywhere with `CLICOLOR_FORCE`.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Not at all.
    Never,
}

/// The decision for standard output and for standard error.
pub(crate) fn decide(when: When) -> (Paint, Paint) {
    let on = |terminal: bool| {
        let forced = variable("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        Paint::new(match when {
            When::Always => true,
            When::Never => false,
            When::Auto if variable("NO_COLOR").is_some() => false,
            When::Auto if forced => true,
            When::Auto => terminal && !is_dumb(),
        })
    };
    (on(std::io::stdout().is_terminal()), on(std::io::stderr().is_terminal()))
}

/// Whether the terminal can do nothing but lines.
pub(crate) fn is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}
