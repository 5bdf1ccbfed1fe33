//! Texts: everything that a terminal has shown, without colours, as one would copy it from there.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use super::{Medium, Reel, Sheet};
use crate::record::film::{Frame, Shot};
use crate::record::screen::{Row, Screen};

/// The medium.
pub(super) const MEDIUM: Medium =
    Medium { extension: "txt", summary: "the text of the terminal, from the first line on", begin, still: Some(still) };

fn begin(file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
    let screen = Screen::new(sheet.width, sheet.height)?;
    Ok(Box::new(Text { screen, lines: Lines::new(file) }))
}

fn still(file: &mut File, _: &Sheet, screen: &Screen, _: Option<&str>) -> io::Result<()> {
    let mut lines = Lines::new(file);
    lines.take_all(screen)?;
    lines.end()
}

/// What has left the terminal is written, the rest is on it.
struct Text {
    screen: Screen,
    lines: Lines<File>,
}

impl Reel for Text {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        if let Shot::Output(text) = &frame.what {
            for row in self.screen.feed(text) {
                self.lines.take(&row, &self.screen)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _: Duration, _: Option<&str>) -> io::Result<Option<String>> {
        self.lines.take_all(&self.screen)?;
        self.lines.end()?;
        Ok(None)
    }
}

/// The lines of a terminal: rows that belong together are one, and empty ones at the end are none.
pub(crate) struct Lines<W: Write> {
    output: BufWriter<W>,
    /// The rows of the line that goes on.
    started: String,
    /// How many empty lines have come since the last that was not.
    empty: usize,
}

impl<W: Write> Lines<W> {
    /// None yet.
    pub(crate) fn new(output: W) -> Self {
        Self { output: BufWriter::new(output), started: String::new(), empty: 0 }
    }

    /// Writes a row.
    pub(crate) fn take(&mut self, row: &Row, screen: &Screen) -> io::Result<()> {
        self.started += &screen.text(row);
        if row.is_wrapped() {
            return Ok(());
        }
        let line = std::mem::take(&mut self.started);
        if line.is_empty() {
            self.empty += 1;
            return Ok(());
        }
        for _ in 0..std::mem::take(&mut self.empty) {
            self.output.write_all(b"\n")?;
        }
        self.output.write_all(line.as_bytes())?;
        self.output.write_all(b"\n")
    }

    /// Writes what is on a screen.
    pub(crate) fn take_all(&mut self, screen: &Screen) -> io::Result<()> {
        screen.rows().try_for_each(|row| self.take(&row, screen))
    }

    /// Ends them.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
