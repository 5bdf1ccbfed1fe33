//! The margin: what progress is drawn on, which is standard error without its last columns.

use std::io;

use indicatif::TermLike;

use crate::shell::output::write_all;
use crate::shell::terminal;

/// A terminal whose last columns are left free. The library fills lines up to the width that it is told; behind them there
/// is room for the `^C` that a terminal writes, which would otherwise move the line out of its place.
#[derive(Debug)]
pub(super) struct Margin;

/// How many columns are left free: two for `^C`, and the last, behind which terminals go to the next line.
const FREE: usize = 3;
/// What a terminal that does not tell its width is taken for.
const USUAL: usize = 80;

impl Margin {
    /// Writes a sequence that moves the cursor, unless it moves by nothing.
    fn step(count: usize, direction: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { write(&format!("\x1b[{count}{direction}")) }
    }
}

fn write(text: &str) -> io::Result<()> {
    write_all(rustix::stdio::stderr(), text.as_bytes())
}

impl TermLike for Margin {
    fn width(&self) -> u16 {
        let width = terminal::error_width().unwrap_or(USUAL).saturating_sub(FREE);
        width.try_into().unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        write(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
