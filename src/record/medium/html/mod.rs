//! HTML: a page with a player, which needs nothing from outside, and with the text for those without scripts.
//!
//! The frames are in the page as they come: what has changed since the one before. Only the transcript waits in a file of
//! its own until all are written, so that a long film takes no more memory than a short one.

mod frames;
mod page;

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::time::Duration;

use super::{Medium, Reel, Sheet, microseconds, remark};
use crate::record::film::{Frame, Shot};
use crate::record::screen::{Row, Screen};

use frames::Frames;

/// The medium.
pub(super) const MEDIUM: Medium = Medium {
    extension: "html",
    summary: "a page with a player, chapters and the transcript",
    begin,
    still: Some(still),
};

fn begin(file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
    let mut page = BufWriter::new(file);
    page.write_all(page::head(sheet, true).as_bytes())?;
    page.write_all(page::begin_film(sheet).as_bytes())?;
    let screen = Screen::new(sheet.width, sheet.height)?;
    let transcript = BufWriter::new(tempfile::tempfile()?);
    Ok(Box::new(Player { page, screen, frames: Frames::default(), at: 0, gone: 0, chapters: Vec::new(), transcript }))
}

fn still(file: &mut File, sheet: &Sheet, screen: &Screen, remark: Option<&str>) -> io::Result<()> {
    let mut page = BufWriter::new(file);
    page.write_all(page::head(sheet, false).as_bytes())?;
    page.write_all(page::note(remark).as_bytes())?;
    page.write_all(page::BEGIN_TRANSCRIPT.as_bytes())?;
    write_rows(&mut page, &screen.rows().collect::<Vec<_>>(), screen)?;
    page.write_all(page::END_TRANSCRIPT.as_bytes())?;
    page.write_all(page::END.as_bytes())?;
    page.flush()
}

/// A page that is being written.
struct Player {
    page: BufWriter<File>,
    screen: Screen,
    frames: Frames,
    /// Since when the screen is as it is, in microseconds.
    at: u64,
    /// How many rows have left the screen since the last frame.
    gone: usize,
    chapters: Vec<(u64, String)>,
    transcript: BufWriter<File>,
}

impl Player {
    fn settle(&mut self) -> io::Result<()> {
        let frame = self.frames.next(self.at, std::mem::take(&mut self.gone), &self.screen);
        self.page.write_all(frame.as_bytes())
    }
}

impl Reel for Player {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        if frame.at > self.at {
            self.settle()?;
            self.at = frame.at;
        }
        match &frame.what {
            Shot::Output(text) => {
                let gone = self.screen.feed(text);
                self.gone += gone.len();
                write_rows(&mut self.transcript, &gone, &self.screen)
            }
            Shot::Chapter(heading) => {
                self.chapters.push((frame.at, heading.clone()));
                Ok(())
            }
        }
    }

    fn end(&mut self, length: Duration, loose: Option<&str>) -> io::Result<Option<String>> {
        self.settle()?;
        self.page.write_all(page::end_film(microseconds(length), &self.chapters).as_bytes())?;
        self.page.write_all(page::note(loose.map(remark).as_deref()).as_bytes())?;
        self.page.write_all(page::BEGIN_TRANSCRIPT.as_bytes())?;
        let rows: Vec<Row> = self.screen.rows().collect();
        let last = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        write_rows(&mut self.transcript, &rows[..last], &self.screen)?;
        self.transcript.flush()?;
        let transcript = self.transcript.get_mut();
        transcript.rewind()?;
        io::copy(transcript, &mut self.page)?;
        self.page.write_all(page::END_TRANSCRIPT.as_bytes())?;
        self.page.write_all(page::scripted().as_bytes())?;
        self.page.write_all(page::END.as_bytes())?;
        self.page.flush()?;
        Ok(None)
    }
}

fn write_rows(output: &mut impl Write, rows: &[Row], screen: &Screen) -> io::Result<()> {
    rows.iter().try_for_each(|row| output.write_all(page::row(row, screen).as_bytes()))
}
