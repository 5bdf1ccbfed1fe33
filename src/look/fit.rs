//! Fitting: tables into the columns that a terminal has, and texts into theirs.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns between two columns of a table.
pub(crate) const GAP: usize = 2;
/// No column is cut below this width.
const NARROWEST: usize = 8;

/// Chooses the columns of a table and their widths for a terminal of so many columns. `widths` are those that the
/// texts want, `spare` the indices of columns that may go, the least important first. A spare column goes when the
/// rest does not fit even with no column wider than half of the room; then the longest are cut as far as needed.
pub(crate) fn columns(widths: &[usize], spare: &[usize], room: Option<usize>) -> Vec<(usize, usize)> {
    let mut kept: Vec<(usize, usize)> = widths.iter().copied().enumerate().collect();
    // A terminal's last column is left free: some wrap as soon as it is written.
    let Some(room) = room.map(|room| room.saturating_sub(1)) else { return kept };
    for column in spare {
        let mut tried = kept.clone();
        shrink(&mut tried, room, (room / 2).max(NARROWEST));
        if taken(&tried) <= room {
            break;
        }
        kept.retain(|(index, _)| index != column);
    }
    shrink(&mut kept, room, NARROWEST);
    kept
}

/// Takes from the widest columns what is too much, none below `least`.
fn shrink(kept: &mut [(usize, usize)], room: usize, least: usize) {
    while taken(kept) > room
        && let Some(widest) = kept.iter_mut().map(|(_, width)| width).max()
        && *widest > least
    {
        *widest -= 1;
    }
}

fn taken(kept: &[(usize, usize)]) -> usize {
    kept.iter().map(|(_, width)| width + GAP).sum::<usize>().saturating_sub(GAP)
}

/// `text` in at most `room` columns. What is too much is cut out of its middle, since names and addresses differ at
/// their ends; `…` stands for it. What is drawn in bars loses its start, which is the oldest.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    if text.starts_with(|letter| ('▁'..='█').contains(&letter)) {
        let end = prefix(text.chars().rev(), room);
        return end.chars().rev().collect();
    }
    let Some(kept) = room.checked_sub(1) else { return String::new() };
    let start = prefix(text.chars(), kept / 2);
    let end = prefix(text.chars().rev(), kept - kept / 2);
    let end: String = end.chars().rev().collect();
    format!("{start}…{end}")
}

/// `text` in lines of at most `room` columns, parted between words; a word that is longer has a line of its own.
pub(crate) fn lines(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The first characters that fit into `room` columns.
fn prefix(characters: impl Iterator<Item = char>, room: usize) -> String {
    let mut taken = 0;
    let fits = characters.take_while(|c| {
        taken += c.width().unwrap_or(0);
        taken <= room
    });
    fits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_nothing_is_left_out() {
        assert_eq!(columns(&[50, 50, 50], &[1], None), [(0, 50), (1, 50), (2, 50)]);
    }

    #[test]
    fn long_columns_give_way_before_columns_are_left_out() {
        assert_eq!(columns(&[6, 60, 6], &[2], Some(41)), [(0, 6), (1, 24), (2, 6)]);
        assert_eq!(columns(&[10, 14, 10, 10], &[3, 2], Some(41)), [(0, 10), (1, 14), (2, 10)]);
        assert_eq!(columns(&[30, 30], &[], Some(41)), [(0, 19), (1, 19)]);
        assert_eq!(columns(&[30, 30], &[], Some(5)), [(0, 8), (1, 8)]);
    }

    #[test]
    fn texts_are_parted_between_words() {
        assert_eq!(lines("nothing listens there", 15), ["nothing listens", "there"]);
        assert_eq!(lines("a incomprehensibilities b", 5), ["a", "incomprehensibilities", "b"]);
        assert_eq!(lines("as  it is", usize::MAX), ["as  it is"]);
        assert_eq!(lines("", 5), [""]);
    }

    #[test]
    fn texts_are_cut_in_their_middle() {
        assert_eq!(cut("tcp 127.0.0.1:6666", 18), "tcp 127.0.0.1:6666");
        assert_eq!(cut("tcp [fe80::1:2:3]:6666", 12), "tcp […]:6666");
        assert_eq!(cut("你好你好你好", 6), "你…好");
        assert_eq!(cut("abc", 0), "");
    }
}
