//! SVG: pictures and moving pictures of a terminal, with text that can be selected.
//!
//! A picture that moves shares what does not: each line of the film is drawn once for each way it looked, and shown and
//! hidden by CSS; a curtain behind the cursor hides what is not typed yet, and the whole scrolls under a window.

mod paper;
mod scroll;
mod timetable;
mod window;

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use super::{Medium, Reel, Sheet, microseconds, remark};
use crate::record::film::{Frame, Shot};
use crate::record::screen::Screen;

use paper::Paper;
use scroll::Scroll;
use window::Window;

/// The medium.
pub(super) const MEDIUM: Medium = Medium {
    extension: "svg",
    summary: "a picture that moves, with text that can be selected",
    begin,
    still: Some(still),
};

/// How much is drawn at most, in bytes; what comes later in a film is left out.
const LARGEST: usize = 8 << 20;

fn begin(file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
    let screen = Screen::new(sheet.width, sheet.height)?;
    Ok(Box::new(Animation { file, sheet: sheet.clone(), screen, scroll: Scroll::default(), at: 0, full: None }))
}

/// A film of which everything is kept until its end: when something is shown is told in parts of its length.
struct Animation {
    file: File,
    sheet: Sheet,
    screen: Screen,
    scroll: Scroll,
    /// Since when the screen is as it is, in microseconds.
    at: u64,
    /// When it had to end because there was no more room.
    full: Option<u64>,
}

impl Reel for Animation {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        if frame.at > self.at && self.full.is_none() {
            self.scroll.settle(self.at, &self.screen);
            if self.scroll.size() > LARGEST {
                self.full = Some(frame.at);
            }
            self.at = frame.at;
        }
        if let Shot::Output(text) = &frame.what
            && self.full.is_none()
        {
            let gone = self.screen.feed(text);
            self.scroll.advance(gone.len(), &self.screen);
        }
        Ok(())
    }

    fn end(&mut self, length: Duration, loose: Option<&str>) -> io::Result<Option<String>> {
        if self.full.is_none() {
            self.scroll.settle(self.at, &self.screen);
        }
        let length = self.full.unwrap_or_else(|| microseconds(length));
        let window = Window::of(&self.sheet, self.scroll.height());
        let (body, rules) = self.scroll.draw(&self.screen, &window, length);
        let rules = self.scroll.paper.rules(self.sheet.scheme) + &rules;
        self.file.write_all(window.document(&body, &rules, loose.map(remark).as_deref()).as_bytes())?;
        Ok(self
            .full
            .map(|at| format!("it ends after {} s: a moving SVG has {} MiB at most", at / 1_000_000, LARGEST >> 20)))
    }
}

fn still(file: &mut File, sheet: &Sheet, screen: &Screen, remark: Option<&str>) -> io::Result<()> {
    let rows: Vec<_> = screen.rows().collect();
    let height = rows.iter().rposition(|row| !row.is_empty()).map_or(1, |last| last + 1);
    let window = Window::of(sheet, height);
    let mut paper = Paper::default();
    let rows: String = rows.iter().enumerate().map(|(at, row)| paper.row(&screen.runs(row), at)).collect();
    let body = screen.cursor().map(paper::cursor).unwrap_or_default() + &rows;
    file.write_all(window.document(&body, &paper.rules(sheet.scheme), remark).as_bytes())
}
