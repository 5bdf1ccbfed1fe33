//! Settings: what `set` changes.

use std::time::Duration;

use super::event::{Cell, Form, Report};
use super::prompt::Template;
use super::session::LineEnding;
use super::value::duration_text;

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

/// What help says of each setting: its name, its values, its default, what it is.
pub(super) const SETTINGS: &[(&str, &str, &str, &str)] = &[
    ("timeout", "D", "5s", "how long `expect`, `recv` and addressing wait"),
    ("connect-timeout", "D", "the system's", "how long connecting may take for each address"),
    ("eol", "lf|crlf", "lf", "what ends the lines of sessions opened from here on"),
    ("buffer", "SIZE", "1MiB", "how much a session opened from here on may hold unread"),
    ("history", "N", "10000", "how many entries the history of the prompt keeps"),
    ("show", "text|hex|off", "text", "how the bytes of sessions opened from here on are shown"),
    ("prompt", "TEXT", "nsh {session}> ", "what stands before each line that is typed; empty for the default"),
];

impl Settings {
    /// The settings of that name, or all of them: as a table of what they are now, what they would be, and what they
    /// are about.
    pub(super) fn table(&self, name: Option<&str>) -> Report {
        let asked = SETTINGS.iter().filter(|(own, ..)| name.is_none_or(|name| name == *own));
        let row = |(name, _, default, summary): &(&str, &str, &str, &str)| {
            let text = |text: &str| Cell::Text(text.to_owned());
            vec![text(name), Cell::Text(self.shown(name)), text(default), Cell::Meaning((*summary).to_owned())]
        };
        let headings = ["SETTING", "VALUE", "DEFAULT", "MEANING"];
        Report::table(&headings, asked.map(row).collect(), &["DEFAULT", "MEANING"])
    }

    /// The value of a setting, as `set` takes it; empty where there is none of that name.
    fn shown(&self, name: &str) -> String {
        match name {
            "timeout" => duration_text(self.timeout),
            "connect-timeout" => self.connect_timeout.map_or_else(|| "the system's".to_owned(), duration_text),
            "eol" => self.line_ending.word().to_owned(),
            "buffer" => size_text(self.buffer),
            "history" => self.history.to_string(),
            "show" => self.form.word().to_owned(),
            "prompt" => self.prompt.to_string(),
            _ => String::new(),
        }
    }
}

/// A size with the largest unit that leaves no rest.
fn size_text(size: usize) -> String {
    match (size, size.trailing_zeros()) {
        (0, _) => "0".to_owned(),
        (_, 30..) => format!("{}GiB", size >> 30),
        (_, 20..) => format!("{}MiB", size >> 20),
        (_, 10..) => format!("{}KiB", size >> 10),
        _ => format!("{size}B"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_has_its_default() {
        for (name, _, default, _) in SETTINGS {
            assert_eq!(Settings::default().shown(name), *default, "{name}");
        }
    }

    #[test]
    fn sizes_are_exact() {
        for (size, text) in [(0, "0"), (1, "1B"), (1000, "1000B"), (64 << 10, "64KiB"), (3 << 20, "3MiB")] {
            assert_eq!(size_text(size), text);
        }
    }
}
