//! Paint: the few styles that everything is drawn in.

use colored::{Color, Colorize};

/// Whether something is drawn in colour, and with the times that were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
    timed: bool,
}

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
    pub(crate) const PLAIN: Self = Self { on: false, timed: true };

    /// Colour, or none.
    pub(crate) fn new(on: bool) -> Self {
        // Whether a text is styled is decided here, by stream; `colored` judges by standard output alone.
        colored::control::set_override(true);
        Self { on, timed: true }
    }

    /// The same without times, which no two runs share.
    #[must_use]
    pub(crate) const fn timeless(self) -> Self {
        Self { timed: false, ..self }
    }

    /// Whether times that were measured are told.
    pub(crate) const fn is_timed(self) -> bool {
        self.timed
    }

    /// Whether there is colour.
    pub(crate) const fn is_on(self) -> bool {
        self.on
    }

    /// `text` in the style of `role`.
    pub(crate) fn apply(self, role: Role, text: &str) -> String {
        if !self.on || text.is_empty() {
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
