//! The live block: the last lines on a terminal, drawn again in place while other lines go above them.
//!
//! It is drawn where a line begins, and leaves the cursor where the line below it begins.

/// What stands there. Whoever writes to the terminal writes what [`Live::lift`] gives before, and what
/// [`Live::lower`] gives after.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Whole lines, none longer than the terminal is wide; none while there is no block.
    block: String,
    /// The terminal's columns for which it is drawn; `None` while it is not on the screen.
    drawn: Option<usize>,
    /// Whether something else was written last and did not end its line.
    inside_line: bool,
}

impl Live {
    /// Takes the block off the screen. On a terminal that has another width since, its lines may be broken anyhow:
    /// they stay.
    pub(crate) fn lift(&mut self, columns: usize) -> String {
        let rows = self.block.lines().count();
        match self.drawn.take() {
            Some(drawn) if drawn == columns && rows > 0 => format!("\r\x1b[{rows}A\x1b[J"),
            _ => String::new(),
        }
    }

    /// Has the block be these lines, as many as fit above the last one of `rows`, from the next [`Live::lower`] on.
    pub(crate) fn renew(&mut self, block: &str, rows: usize) {
        let fitting = block.split_inclusive('\n').take(rows.saturating_sub(1).max(1));
        self.block = fitting.collect();
    }

    /// Puts the block back on the screen below what was just `written`.
    pub(crate) fn lower(&mut self, written: &[u8], columns: usize) -> &str {
        if let Some(last) = written.last() {
            self.inside_line = *last != b'\n';
        }
        if self.inside_line || self.block.is_empty() {
            return "";
        }
        self.drawn = Some(columns);
        &self.block
    }

    /// Leaves the block where it is: it is text like any other from now on.
    pub(crate) fn settle(&mut self) {
        self.block.clear();
        self.drawn = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The screen of a terminal of 20 columns and 6 rows after these bytes.
    fn screen(bytes: &str) -> String {
        let mut terminal = avt::Terminal::new(20, 6).expect("a size");
        terminal.feed(bytes.replace('\n', "\r\n").as_str());
        let screen = terminal.screen();
        let lines: Vec<String> =
            (0..6).filter_map(|row| screen.line(row)).map(|line| line.text().trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }

    fn renewed(live: &mut Live, block: &str) -> String {
        let lifted = live.lift(20);
        live.renew(block, 6);
        lifted + live.lower(b"", 20)
    }

    fn written(live: &mut Live, text: &str) -> String {
        live.lift(20) + text + live.lower(text.as_bytes(), 20)
    }

    #[test]
    fn a_block_takes_the_place_of_the_one_before() {
        let mut live = Live::default();
        let bytes = written(&mut live, "before\n") + &renewed(&mut live, "a\nb\n") + &renewed(&mut live, "c\n");
        assert_eq!(screen(&bytes), "before\nc");
    }

    #[test]
    fn other_lines_go_above_it() {
        let mut live = Live::default();
        let bytes = renewed(&mut live, "a\nb\n") + &written(&mut live, "one\n") + &written(&mut live, "two\n");
        assert_eq!(screen(&bytes), "one\ntwo\na\nb");
    }

    #[test]
    fn it_waits_until_a_line_has_ended() {
        let mut live = Live::default();
        let bytes = renewed(&mut live, "a\n") + &written(&mut live, "begun") + &renewed(&mut live, "b\n");
        assert_eq!(screen(&bytes), "begun");
        assert_eq!(screen(&(bytes + &written(&mut live, " and done\n"))), "begun and done\nb");
    }

    #[test]
    fn what_is_settled_stays() {
        let mut live = Live::default();
        let mut bytes = renewed(&mut live, "a\n");
        live.settle();
        bytes += &(written(&mut live, "after\n") + &renewed(&mut live, "b\n"));
        assert_eq!(screen(&bytes), "a\nafter\nb");
    }

    #[test]
    fn it_is_never_taller_than_the_screen_and_survives_a_new_width() {
        let mut live = Live::default();
        let bytes = renewed(&mut live, "1\n2\n3\n4\n5\n6\n7\n") + &renewed(&mut live, "a\nb\n");
        assert_eq!(screen(&bytes), "a\nb");
        assert_eq!(live.lift(30), "");
    }
}
