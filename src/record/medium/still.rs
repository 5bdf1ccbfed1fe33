//! Stills: one screen of a film in the place of the whole.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::{Draw, Reel, Sheet, microseconds, remark};
use crate::record::film::{Frame, Shot};
use crate::record::screen::Screen;

/// Which screen of a film is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The last.
    End,
    /// What it shows so long after the beginning.
    At(Duration),
    /// The last of the chapter of that heading.
    Chapter(String),
}

const HIDE_CURSOR: &str = "\x1b[?25l";

/// Begins to wait for that moment.
pub(super) fn begin(file: File, sheet: &Sheet, moment: Moment, draw: Draw) -> io::Result<Box<dyn Reel>> {
    let screen = Screen::new(sheet.width, sheet.height)?;
    let found = !matches!(moment, Moment::Chapter(_));
    Ok(Box::new(Still { file, sheet: sheet.clone(), screen, moment, found, over: false, draw }))
}

struct Still {
    file: File,
    sheet: Sheet,
    screen: Screen,
    moment: Moment,
    /// Whether the moment's chapter has begun, if it is one's.
    found: bool,
    /// Whether the moment is over.
    over: bool,
    draw: Draw,
}

impl Reel for Still {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        match (&self.moment, &frame.what) {
            (Moment::At(moment), _) if frame.at > microseconds(*moment) => self.over = true,
            (Moment::Chapter(_), Shot::Chapter(_)) if self.found => self.over = true,
            (Moment::Chapter(wanted), Shot::Chapter(heading)) => self.found = heading == wanted,
            _ => {}
        }
        if let Shot::Output(text) = &frame.what
            && !self.over
        {
            self.screen.feed(text);
        }
        Ok(())
    }

    fn end(&mut self, _: Duration, loose: Option<&str>) -> io::Result<Option<String>> {
        if let Moment::Chapter(heading) = &self.moment
            && !self.found
        {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it has no chapter `{heading}`")));
        }
        // On an empty row the cursor would say that something is to come.
        let stands = self.screen.cursor().and_then(|(_, row)| self.screen.rows().nth(row));
        if stands.is_some_and(|row| row.is_empty()) {
            self.screen.feed(HIDE_CURSOR);
        }
        (self.draw)(&mut self.file, &self.sheet, &self.screen, loose.map(remark).as_deref())?;
        Ok(None)
    }
}
