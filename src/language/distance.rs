//! Did you mean: the nearest of several words.

/// Letters that the beginning of a word must have to be taken for it.
const BEGINNING: usize = 3;

/// The word of `among` nearest to `word`, if one is near enough to be meant: at most a third of its letters
/// wrong, swapped neighbours counting as one, and what a word begins with as near as one letter; the first of several
/// equally near.
pub fn nearest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > 64 {
        return None;
    }
    let allowed = length.div_ceil(3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in among {
        let size = candidate.chars().count();
        let begins = length >= BEGINNING && size > length && candidate.starts_with(word);
        if begins && best.is_none_or(|(least, _)| least > 1) {
            best = Some((1, candidate));
        }
        if size.abs_diff(length) > allowed || candidate == word {
            continue;
        }
        let found = distance(word, candidate);
        if found <= allowed && found < size.max(length) && best.is_none_or(|(least, _)| found < least) {
            best = Some((found, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edits between two words: insert, delete, replace, swap neighbours; case does not count.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().flat_map(char::to_lowercase).collect();
    let to: Vec<char> = to.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, left) in from.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, right) in to.iter().enumerate() {
            let replaced = above[column] + usize::from(left != right);
            let mut least = replaced.min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && *left == to[column - 1] && from[row - 1] == *right {
                least = least.min(before[column - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[to.len()]
}
