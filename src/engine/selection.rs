//! Selections: which `test` blocks of a script run.

use regex::bytes::Regex;

use crate::language::{Source, Span, ast, compile_regex, regex_reason};

/// Which `test` blocks run; the others are passed over.
#[derive(Debug, Clone, Default)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// Those whose name fits.
    Named(Filter),
    /// The one in which that line of the source of that name stands.
    At(String, usize),
}

impl Selection {
    /// Whether the block of that name runs, which stands at `place` in `source`.
    pub fn takes(&self, name: &str, source: &Source, place: Span) -> bool {
        match self {
            Self::All => true,
            Self::Named(filter) => filter.fits(name),
            Self::At(file, line) => source.name == *file && lines(source, place).contains(line),
        }
    }
}

/// The lines that a place reaches over, from 1.
pub fn lines(source: &Source, place: Span) -> std::ops::RangeInclusive<usize> {
    source.position(place.start).0..=source.position(place.end).0
}

/// What names have to be like.
#[derive(Debug, Clone)]
pub enum Filter {
    /// To contain this text.
    Text(String),
    /// To match this expression.
    Regex(Regex),
}

impl Filter {
    /// The filter that somebody wrote: `/…/flags` is a regular expression, anything else a text. Fails with what the
    /// expression does wrong.
    pub fn of(written: &str) -> Result<Self, String> {
        let expression = written.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let expression = expression.filter(|(_, flags)| flags.chars().all(|flag| "imsxu".contains(flag)));
        let Some((pattern, flags)) = expression else { return Ok(Self::Text(written.to_owned())) };
        let regex = ast::Regex { pattern: pattern.to_owned(), flags: flags.to_owned() };
        compile_regex(&regex).map(Self::Regex).map_err(|message| regex_reason(&message).to_owned())
    }

    /// Whether a name fits.
    pub fn fits(&self, name: &str) -> bool {
        match self {
            Self::Text(text) => name.contains(text),
            Self::Regex(regex) => regex.is_match(name.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_texts_or_expressions() {
        let fits = |written: &str, name: &str| Filter::of(written).unwrap().fits(name);
        assert!(fits("b.c", "a b.c d") && !fits("b.c", "a bxc d"));
        assert!(fits("/b.c/", "a bxc d") && fits("/^A/i", "a bxc d") && !fits("/^b/", "a bxc d"));
        assert!(fits("/api/login", "GET /api/login") && fits("/", "a/b"));
        assert!(Filter::of("/(/").is_err());
    }

    #[test]
    fn a_line_selects_the_block_around_it() {
        let source = Source::new("a.nsh", "x\ntest \"t\" {\n    y\n}\nz\n");
        let place = Span::new(2, source.text.find('}').unwrap() + 1);
        let taken: Vec<usize> =
            (1..=5).filter(|line| Selection::At("a.nsh".into(), *line).takes("t", &source, place)).collect();
        assert_eq!(taken, [2, 3, 4]);
        assert!(!Selection::At("b.nsh".into(), 3).takes("t", &source, place));
    }
}
