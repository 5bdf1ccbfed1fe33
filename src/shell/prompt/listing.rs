//! The list of what may stand at the cursor: in columns, no longer than the screen.

use unicode_width::UnicodeWidthStr;

use super::complete::Choice;
use crate::look::{Paint, Role};

/// What stands between a word and what it means.
const DASH: &str = "  — ";
/// Columns between two choices.
const GAP: usize = 2;
/// Columns below which what a word means says nothing any more.
const NARROWEST: usize = 12;
/// Rows of the screen that are left to what the list is for, and to where it ends.
const LEFT: usize = 3;

/// The choices as lines: down the columns, as many as fit, and how many more there are.
pub(super) fn listing(choices: &[Choice], (columns, rows): (usize, usize), paint: Paint) -> String {
    let widest = choices.iter().map(|choice| choice.word.width()).max().unwrap_or(0);
    let room = columns.saturating_sub(widest + DASH.width() + GAP);
    let lines: Vec<(usize, String)> = choices.iter().map(|choice| line(choice, widest, room, paint)).collect();
    let column = lines.iter().map(|(width, _)| width + GAP).max().unwrap_or(GAP);
    let across = (columns / column).max(1);
    let most = rows.saturating_sub(LEFT).max(1);
    let fitting = if lines.len().div_ceil(across) > most { (most - 1).max(1) * across } else { lines.len() };
    let down = lines.len().min(fitting).div_ceil(across);
    let mut text = String::new();
    for row in 0..down {
        let cells: Vec<&(usize, String)> = lines[..fitting].iter().skip(row).step_by(down).collect();
        for (at, (width, cell)) in cells.iter().enumerate() {
            text += cell;
            let gap = if at + 1 < cells.len() { column - width } else { 0 };
            text.extend(std::iter::repeat_n(' ', gap));
        }
        text.push('\n');
    }
    if fitting < lines.len() {
        let more = format!("… and {} more: type on to have fewer", lines.len() - fitting);
        text += &(paint.apply(Role::Faint, &more) + "\n");
    }
    text
}

/// A choice with what it means in a column of its own, cut to fit; and its columns.
fn line(choice: &Choice, widest: usize, room: usize, paint: Paint) -> (usize, String) {
    let summary = shortened(&choice.summary, room);
    if summary.is_empty() {
        return (choice.word.width(), choice.word.clone());
    }
    let gap = " ".repeat(widest - choice.word.width());
    let meaning = format!("{gap}{DASH}{summary}");
    let width = choice.word.width() + meaning.width();
    (width, paint.apply(Role::Strong, &choice.word) + &paint.apply(Role::Faint, &meaning))
}

/// As much of a summary as fits.
fn shortened(summary: &str, room: usize) -> String {
    if summary.width() <= room {
        return summary.to_owned();
    }
    if room < NARROWEST {
        return String::new();
    }
    let mut width = 0;
    let short: String = summary
        .chars()
        .take_while(|letter| {
            width += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
            width < room
        })
        .collect();
    short.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize) -> Vec<Choice> {
        (0..count).map(|number| Choice::of(&format!("w{number}"))).collect()
    }

    #[test]
    fn it_goes_down_the_columns() {
        let list = listing(&words(7), (14, 24), Paint::PLAIN);
        assert_eq!(list, "w0  w3  w6\nw1  w4\nw2  w5\n");
        assert_eq!(listing(&words(1), (1, 1), Paint::PLAIN), "w0\n");
    }

    #[test]
    fn it_is_never_taller_than_the_screen() {
        let list = listing(&words(100), (16, 8), Paint::PLAIN);
        assert_eq!(list.lines().count(), 5);
        assert!(list.ends_with("… and 88 more: type on to have fewer\n"), "{list}");
    }

    #[test]
    fn meanings_stand_below_each_other_and_are_cut() {
        let choice = |word: &str, summary: &str| Choice { summary: summary.to_owned(), ..Choice::of(word) };
        let choices = [choice("send", "send exactly these bytes"), choice("日本", "wide"), choice("x", "")];
        assert_eq!(listing(&choices, (30, 24), Paint::PLAIN), "send  — send exactly these…\n日本  — wide\nx\n");
        assert_eq!(listing(&choices[..2], (16, 24), Paint::PLAIN), "send\n日本  — wide\n");
    }
}
