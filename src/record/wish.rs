//! Wishes: what somebody asks of a recording, in words.

use std::time::Duration;

use super::film::Pace;
use super::medium::{Moment, Sheet};
use super::theme::{self, Scheme};
use crate::language::{self, Diagnostic};

/// Columns and rows that a terminal may have.
const SIZES: std::ops::RangeInclusive<usize> = 2..=1000;

/// What is asked of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Columns and rows; the script chooses them otherwise.
    pub(crate) size: Option<(usize, usize)>,
    /// How long a key takes, and by how much that varies.
    pub(crate) typing: Option<(Duration, Duration)>,
    /// What chance begins with.
    pub(crate) seed: u64,
    /// Whether things happen when they really happened.
    pub(crate) real: bool,
    /// What it is painted in.
    pub(crate) scheme: Scheme,
    /// The version of asciicast.
    pub(crate) cast: u8,
    /// The one screen that is wanted of it.
    pub(crate) still: Option<Moment>,
}

impl Default for Wish {
    fn default() -> Self {
        Self { size: None, typing: None, seed: 1, real: false, scheme: Scheme::AUTO, cast: 2, still: None }
    }
}

impl Wish {
    /// How fast things happen in it.
    pub(crate) fn pace(&self) -> Pace {
        let pace = match self.typing {
            None => Pace::usual(self.seed),
            Some((key, variation)) => Pace::new(key, variation, self.seed),
        };
        if self.real { pace.real() } else { pace }
    }

    /// What its files are begun with, of a terminal of that size and a window of that title.
    pub(super) fn sheet(&self, (width, height): (usize, usize), title: Option<String>) -> Sheet {
        let Self { cast, scheme, still, .. } = self.clone();
        Sheet { width, height, title, cast, scheme, still }
    }
}

/// `100x30`
pub(crate) fn size(text: &str) -> Result<(usize, usize), Box<Diagnostic>> {
    let size = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    size.filter(|(width, height)| SIZES.contains(width) && SIZES.contains(height)).ok_or_else(|| {
        Box::new(Diagnostic::error(format!("`{text}` is not the size of a terminal: expected `100x30`")))
    })
}

/// `50ms` or `50ms~20ms`
pub(crate) fn typing(text: &str) -> Result<(Duration, Duration), Box<Diagnostic>> {
    let (key, variation) = text.split_once('~').unwrap_or((text, "0"));
    language::duration(key).zip(language::duration(variation)).ok_or_else(|| {
        Box::new(Diagnostic::error(format!("`{text}` is not how fast a key is: expected `50ms` or `50ms~20ms`")))
    })
}

/// `light`, `auto`
pub(crate) fn scheme(text: &str) -> Result<Scheme, Box<Diagnostic>> {
    Scheme::find(text).ok_or_else(|| {
        let message = format!("there is no theme `{text}`");
        let auto = format!("`{}` is `light` or `dark`, as the reader has it", theme::AUTO);
        let known = theme::ALL.iter().map(|theme| format!("`{}` is {}", theme.name, theme.summary));
        Box::new(known.fold(Diagnostic::error(message).hint(auto), Diagnostic::hint))
    })
}

/// A time since the beginning, or a chapter's heading.
pub(crate) fn moment(text: &str) -> Moment {
    language::duration(text).map_or_else(|| Moment::Chapter(text.to_owned()), Moment::At)
}
