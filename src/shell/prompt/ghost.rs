//! The ghost: what is shown behind the cursor in faint letters, and is not typed.

use rustyline::hint::Hint;
use unicode_width::UnicodeWidthStr;

use crate::shell::terminal;

/// What is shown behind the cursor in faint letters.
pub(crate) struct Ghost {
    shown: String,
    /// What the right arrow takes; nothing of a signature, which is no text.
    taken: Option<String>,
}

impl Hint for Ghost {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.taken.as_deref()
    }
}

impl Ghost {
    /// The rest of an entry of the history.
    pub(crate) fn of_history(rest: &str) -> Self {
        Self { shown: rest.to_owned(), taken: Some(rest.to_owned()) }
    }

    /// As many words of a signature as fit behind the line, which stands behind a prompt of so many columns.
    pub(crate) fn of_signature(line: &str, prompt: usize, words: &[String]) -> Option<Self> {
        let columns = terminal::output_width().unwrap_or(80);
        let used = line.rsplit('\n').next().map_or(0, UnicodeWidthStr::width);
        let used = if line.contains('\n') { used } else { used + prompt };
        let mut room = columns.saturating_sub(used % columns + 2);
        let mut shown = String::new();
        for (at, word) in words.iter().enumerate() {
            let gap = usize::from(at > 0 || !line.ends_with([' ', '=']));
            if word.width() + gap + 2 * usize::from(at + 1 < words.len()) > room {
                if at > 0 {
                    shown += " …";
                }
                break;
            }
            room -= word.width() + gap;
            shown.extend([&" "[..gap], word]);
        }
        (!shown.is_empty()).then_some(Self { shown, taken: None })
    }
}
