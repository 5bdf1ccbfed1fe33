//! Texts: everything that a terminal has shown, without colours, as one would copy it from there.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use avt::Terminal;

use super::{Medium, Reel, Sheet};
use crate::record::film::{Frame, Shot};

/// The medium.
pub(super) const MEDIUM: Medium =
    Medium { extension: "txt", summary: "the text of the terminal, from the first line on", begin };

fn begin(file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
    let terminal =
        Terminal::with_scrollback(sheet.width, sheet.height, None).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok(Box::new(Text { file, terminal }))
}

struct Text {
    file: File,
    terminal: Terminal,
}

impl Reel for Text {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        if let Shot::Output(text) = &frame.what {
            self.terminal.feed(text.as_str());
        }
        Ok(())
    }

    fn end(&mut self, _: Duration, _: Option<&str>) -> io::Result<()> {
        let mut text = String::new();
        for line in self.terminal.screen().all_lines() {
            text += &line.text();
            if !line.is_wrapped() {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }
}
