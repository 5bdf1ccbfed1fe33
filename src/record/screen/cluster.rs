//! Clusters: letters with marks on them, which take one cell; another character stands for each in the terminal.

use std::collections::HashMap;

use unicode_width::UnicodeWidthChar;

/// Characters for private use that take one column.
const NARROW: std::ops::RangeInclusive<u32> = 0x10_0000..=0x10_fffd;
/// Characters that nobody has assigned, and that take two.
const WIDE: std::ops::RangeInclusive<u32> = 0x3_f000..=0x3_fffd;
/// Marks beyond so many bytes of a cluster are not shown.
const LONGEST: usize = 32;

/// The clusters of a screen, each with the character that stands for it.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    narrow: Vec<String>,
    wide: Vec<String>,
    known: HashMap<String, char>,
}

/// A character that comes from outside: those that stand for clusters are none.
pub(super) fn own(letter: char) -> char {
    let code = u32::from(letter);
    if NARROW.contains(&code) || WIDE.contains(&code) { char::REPLACEMENT_CHARACTER } else { letter }
}

impl Clusters {
    /// What stands for `letter` with another mark; `None` when there is room for no more.
    pub(super) fn marked(&mut self, letter: char, mark: char) -> Option<char> {
        let cluster: String = self.spell(letter).chain([mark]).collect();
        if cluster.len() > LONGEST {
            return None;
        }
        if let Some(&known) = self.known.get(&cluster) {
            return Some(known);
        }
        let (list, range) = if letter.width() == Some(2) { (&mut self.wide, WIDE) } else { (&mut self.narrow, NARROW) };
        let code = range.clone().nth(list.len())?;
        let stands = char::from_u32(code)?;
        list.push(cluster.clone());
        self.known.insert(cluster, stands);
        Some(stands)
    }

    /// The characters that one stands for.
    pub(super) fn spell(&self, letter: char) -> impl Iterator<Item = char> {
        let code = u32::from(letter);
        let at = |range: std::ops::RangeInclusive<u32>| {
            range.contains(&code).then(|| usize::try_from(code - range.start()).unwrap_or(usize::MAX))
        };
        let cluster = match (at(NARROW), at(WIDE)) {
            (Some(at), _) => self.narrow.get(at),
            (_, Some(at)) => self.wide.get(at),
            _ => None,
        };
        let plain = cluster.is_none().then_some(letter);
        cluster.map(String::as_str).unwrap_or_default().chars().chain(plain)
    }
}
