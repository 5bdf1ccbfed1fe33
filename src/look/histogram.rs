//! Histograms: how many there are of each, in figures and beside them as a bar.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// Columns of the longest bar.
const LONGEST: usize = 30;

/// One line of at most `columns` for each label with its count: the count, its share of all, and a bar in eighths of a
/// column, as far as there is room for one.
pub(crate) fn histogram(rows: &[(String, u64)], columns: usize) -> String {
    let all: u64 = rows.iter().map(|(_, count)| count).sum();
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let labels = rows.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
    let counts = most.to_string().len();
    let room = columns.saturating_sub(labels + counts + 13).min(LONGEST);
    let mut text = String::new();
    for (label, count) in rows {
        let share = u128::from(*count) * 1000 / u128::from(all.max(1));
        let share = format!("{}.{}", share / 10, share % 10);
        let gap = " ".repeat(labels - label.width());
        let line = format!("{gap}{label}  {count:>counts$}  {share:>5} %  {}", bar(*count, most, room));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A bar that is as long of `room` columns as `count` is of `most`; what is there is seen.
fn bar(count: u64, most: u64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(count) * (room * 8) as u128).div_ceil(u128::from(most.max(1)));
    let eighths = usize::try_from(eighths).unwrap_or_default();
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_fits() {
        let row = |label: &str, count| (label.to_owned(), count);
        let rows = [row("≤ 500 µs", 1_234_567_890), row("≤ 1 ms", 0), row("≤ 2 ms", 3)];
        assert_eq!(
            histogram(&rows, 60),
            "\
≤ 500 µs  1234567890   99.9 %  █████████████████████████████
  ≤ 1 ms           0    0.0 %
  ≤ 2 ms           3    0.0 %  ▏
"
        );
        assert!(histogram(&rows, 60).lines().all(|line| line.width() <= 60));
        assert_eq!(histogram(&rows[..1], 39), "≤ 500 µs  1234567890  100.0 %  ████████\n");
        assert_eq!(histogram(&rows[..1], 20), "≤ 500 µs  1234567890  100.0 %\n");
    }
}
