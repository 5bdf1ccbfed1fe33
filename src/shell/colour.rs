//! Colour: one decision for each of the two streams, and the few styles that the shell uses.

use std::env;
use std::io::IsTerminal;

use clap::ValueEnum;
use colored::{Color, Colorize};

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

/// Whether something is drawn in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint(bool);

/// What a text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `error`
    Error,
    /// `warning`
    Warning,
    /// `hint`, headings
    Hint,
    /// Gutters, separators, what is said beside the matter.
    Faint,
    /// The marks under a place.
    Mark,
    /// What held.
    Good,
    /// Numbers, variables and escapes in a statement.
    Number,
    /// Keys of options in a statement.
    Key,
    /// What stands out without a colour.
    Strong,
    /// A session, by its id.
    Session(u64),
}

impl Paint {
    /// No colour.
    pub(crate) const PLAIN: Self = Self(false);

    /// The decision for standard output and for standard error.
    pub(crate) fn decide(when: When) -> (Self, Self) {
        // Whether a text is styled is decided here, by stream; `colored` judges by standard output alone.
        colored::control::set_override(true);
        let on = |terminal: bool| {
            let forced = variable("CLICOLOR_FORCE").is_some_and(|value| value != "0");
            match when {
                When::Always => true,
                When::Never => false,
                When::Auto if variable("NO_COLOR").is_some() => false,
                When::Auto if forced => true,
                When::Auto => terminal && !is_dumb(),
            }
        };
        (Self(on(std::io::stdout().is_terminal())), Self(on(std::io::stderr().is_terminal())))
    }

    /// Whether there is colour.
    pub(crate) const fn is_on(self) -> bool {
        self.0
    }

    /// `text` in the style of `role`.
    pub(crate) fn apply(self, role: Role, text: &str) -> String {
        if !self.0 || text.is_empty() {
            return text.to_owned();
        }
        match role {
            Role::Error => text.red().bold(),
            Role::Warning => text.yellow().bold(),
            Role::Hint => text.cyan(),
            Role::Faint => text.bright_black(),
            Role::Mark => text.red(),
            Role::Good => text.green(),
            Role::Number => text.magenta(),
            Role::Key => text.blue(),
            Role::Strong => text.bold(),
            Role::Session(id) => text.color(session(id)),
        }
        .to_string()
    }
}

/// Whether the terminal can do nothing but lines.
pub(crate) fn is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

/// Neighbours differ; red is left to errors.
const fn session(id: u64) -> Color {
    match id % 6 {
        0 => Color::BrightCyan,
        1 => Color::Green,
        2 => Color::Blue,
        3 => Color::Magenta,
        4 => Color::Cyan,
        _ => Color::Yellow,
    }
}
