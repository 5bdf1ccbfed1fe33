//! Directives: what comments say to whoever records.

use std::time::Duration;

use crate::record::wish;

/// What a comment on a line of its own is for a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Directive {
    /// `## text`: a chapter begins, under that heading.
    Chapter(String),
    /// `# pause 1s`: nothing happens for so long.
    Pause(Duration),
    /// `# title text`: what the window is called.
    Title(String),
    /// `# size 80x24`: columns and rows of the terminal.
    Size(usize, usize),
    /// `# hide`: what follows is run and not shown.
    Hide,
    /// `# show`: what follows is shown again.
    Show,
    /// A note to whoever reads the script.
    Note,
}

impl Directive {
    /// What a comment is; `comment` is its text behind the first `#`.
    pub(super) fn of(comment: &str) -> Self {
        if let Some(heading) = comment.strip_prefix('#') {
            return Self::Chapter(heading.trim_matches(['#', ' ', '\t']).to_owned());
        }
        let (word, rest) = comment.trim().split_once(' ').unwrap_or((comment.trim(), ""));
        let rest = rest.trim();
        match word {
            "pause" => crate::language::duration(rest).map_or(Self::Note, Self::Pause),
            "title" if !rest.is_empty() => Self::Title(rest.trim_matches('"').to_owned()),
            "size" => wish::size(rest).map_or(Self::Note, |(width, height)| Self::Size(width, height)),
            "hide" if rest.is_empty() => Self::Hide,
            "show" if rest.is_empty() => Self::Show,
            _ => Self::Note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_chapters_directives_or_notes() {
        assert_eq!(Directive::of("# Two servers ##"), Directive::Chapter("Two servers".into()));
        assert_eq!(Directive::of(" pause 250ms"), Directive::Pause(Duration::from_millis(250)));
        assert_eq!(Directive::of(" title \"An echo\""), Directive::Title("An echo".into()));
        assert_eq!(Directive::of(" size 80x24"), Directive::Size(80, 24));
        assert_eq!(Directive::of(" hide"), Directive::Hide);
        assert_eq!(Directive::of(" show"), Directive::Show);
        for note in [" pause for thought", " pause", " size matters", " hide this", " a note", ""] {
            assert_eq!(Directive::of(note), Directive::Note);
        }
    }
}
