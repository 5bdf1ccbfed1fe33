//! Hunks: where two texts differ, line by line, with what stands around.

use std::fmt::Write as _;

use similar::{Algorithm, DiffOp};

use super::escape;
use super::paint::{Paint, Role};

/// How many lines that are the same are shown around one that differs.
const AROUND: usize = 2;
/// How many lines are shown.
const MOST: usize = 16;
/// How many letters of a line are shown before the place where it differs, and from it on.
const BEFORE: usize = 40;
const BEHIND: usize = 120;

/// What a line of a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Kept,
    Made,
}

/// Lines that differ, and some around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    /// What it is about.
    heading: String,
    lines: Vec<(Side, String)>,
    /// How many more there are.
    beyond: usize,
}

impl Hunk {
    /// Where what is kept and what was made differ; their lines may hold anything.
    pub(crate) fn between<L: AsRef<[u8]>>(heading: impl Into<String>, kept: &[L], made: &[L]) -> Self {
        let escaped = |lines: &[L]| lines.iter().map(|line| escape::one_line(line.as_ref())).collect::<Vec<_>>();
        let (kept, made) = (escaped(kept), escaped(made));
        let mut lines = Vec::new();
        let all = similar::capture_diff_slices(Algorithm::Myers, &kept, &made);
        for (number, group) in similar::group_diff_ops(all, AROUND).into_iter().enumerate() {
            if number > 0 {
                lines.push((Side::Both, "…".to_owned()));
            }
            for op in group {
                part(&mut lines, &op, &kept[op.old_range()], &made[op.new_range()]);
            }
        }
        let beyond = lines.len().saturating_sub(MOST);
        lines.truncate(MOST);
        Self { heading: heading.into(), lines, beyond }
    }

    /// Whether it shows the same as another, be it about something else.
    pub(crate) fn shows_as(&self, other: &Self) -> bool {
        (&self.lines, self.beyond) == (&other.lines, other.beyond)
    }

    /// It as lines, under its heading; each ends with a line feed.
    pub(crate) fn drawn(&self, paint: Paint) -> String {
        let mut out = paint.apply(Role::Strong, &escape::one_line(self.heading.as_bytes())) + "\n";
        for (side, line) in &self.lines {
            let drawn = match side {
                Side::Both => format!("        {line}"),
                Side::Kept => format!("  {}", paint.apply(Role::Mark, &format!("kept  {line}"))),
                Side::Made => format!("  {}", paint.apply(Role::Good, &format!("made  {line}"))),
            };
            let _ = writeln!(out, "{}", drawn.trim_end());
        }
        if self.beyond > 0 {
            let _ = writeln!(out, "        {}", paint.apply(Role::Faint, &format!("… {} more lines", self.beyond)));
        }
        out
    }
}

/// Adds the lines of one part. Lines in each other's place are shown around the place where they differ.
fn part(lines: &mut Vec<(Side, String)>, op: &DiffOp, kept: &[String], made: &[String]) {
    if matches!(op, DiffOp::Equal { .. }) {
        lines.extend(kept.iter().map(|line| (Side::Both, excerpt(line, 0))));
        return;
    }
    let same = |at: usize| match (kept.get(at), made.get(at)) {
        (Some(old), Some(new)) => old.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count(),
        _ => 0,
    };
    for (side, part) in [(Side::Kept, kept), (Side::Made, made)] {
        lines.extend(part.iter().enumerate().map(|(at, line)| (side, excerpt(line, same(at)))));
    }
}

/// A line around a place in it, in bytes; escaped.
pub(crate) fn excerpt(line: &str, at: usize) -> String {
    let at = line.floor_char_boundary(at);
    let before: Vec<char> = line[..at].chars().rev().take(BEFORE + 1).collect();
    let (first, before) = if before.len() > BEFORE { ("…", &before[..BEFORE]) } else { ("", &before[..]) };
    let mut behind = line[at..].chars();
    let shown: String = before.iter().rev().copied().chain(behind.by_ref().take(BEHIND)).collect();
    let last = if behind.next().is_some() { "…" } else { "" };
    format!("{first}{}{last}", escape::one_line(shown.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_shown_where_they_differ() {
        let line = format!("{}é{}", "a".repeat(100), "b".repeat(200));
        assert_eq!(excerpt(&line, 101), format!("…{}é{}…", "a".repeat(40), "b".repeat(119)));
        assert_eq!(excerpt("short", 2), "short");
    }

    #[test]
    fn a_hunk_has_some_lines_around() {
        let kept = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "\x1b"];
        let made = ["1", "2", "3", "x", "5", "6", "7", "8", "9", "\x1b", "b\n"];
        let hunk = Hunk::between("`a` received", &kept, &made);
        let drawn = "`a` received\n        2\n        3\n  kept  4\n  made  x\n        5\n        6\n        …\n        \
                     9\n        \\x1b\n  made  b␊\n";
        assert_eq!(hunk.drawn(Paint::PLAIN), drawn);
    }

    #[test]
    fn a_hunk_has_a_bound() {
        let lines: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let drawn = Hunk::between("x", &lines, &[]).drawn(Paint::PLAIN);
        assert_eq!(drawn.lines().count(), 18);
        assert!(drawn.ends_with("kept  15\n        … 4 more lines\n"), "{drawn}");
    }
}
