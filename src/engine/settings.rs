//! Settings: what `set` changes.

use std::time::Duration;

use super::event::Form;
use super::prompt::Template;
use super::session::LineEnding;

/// The settings of a running shell.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long `expect`, `recv` and `wait` wait when they do not say.
    pub timeout: Duration,
    /// How long a connect may take for each address when it does not say; `None` leaves it to the system.
    pub connect_timeout: Option<Duration>,
    /// What ends lines when the session does not say.
    pub line_ending: LineEnding,
    /// How many bytes a session may hold unread, in bytes.
    pub buffer: usize,
    /// How new sessions' bytes are shown.
    pub form: Form,
    /// What the prompt looks like.
    pub prompt: Template,
    /// How many entries the history keeps.
    pub history: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            connect_timeout: None,
            line_ending: LineEnding::Lf,
            buffer: 1 << 20,
            form: Form::Text,
            prompt: Template::default(),
            history: 10_000,
        }
    }
}
