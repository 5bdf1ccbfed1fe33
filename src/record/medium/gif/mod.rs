//! GIF: moving pictures for where nothing else moves.

mod canvas;
mod font;
mod painter;
mod palette;

use std::fs::File;
use std::io::{self, BufWriter};
use std::time::Duration;

use gif::{DisposalMethod, Encoder, EncodingError, Extension, Repeat};

use super::{Medium, Reel, Sheet, microseconds, remark};
use crate::record::film::{Frame, Shot};
use crate::record::screen::Screen;

use canvas::Area;
use painter::Painter;

/// The medium.
pub(super) const MEDIUM: Medium =
    Medium { extension: "gif", summary: "a picture that moves, for where an SVG does not", begin, still: Some(still) };

/// Hundredths of a second that a frame lasts at least: many programs show shorter ones for much longer.
const SHORTEST: u64 = 2;

fn begin(file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
    let screen = Screen::new(sheet.width, sheet.height)?;
    let painter = Painter::new(sheet)?;
    let mut encoder = encoder(file, &painter)?;
    encoder.set_repeat(Repeat::Infinite).map_err(unwritable)?;
    Ok(Box::new(Animation { encoder, screen, painter, at: 0, pending: None }))
}

fn encoder<W: io::Write>(file: W, painter: &Painter) -> io::Result<Encoder<BufWriter<W>>> {
    let canvas = painter.canvas();
    Encoder::new(BufWriter::new(file), canvas.width(), canvas.height(), &painter.palette()).map_err(unwritable)
}

fn unwritable(error: EncodingError) -> io::Error {
    match error {
        EncodingError::Io(error) => error,
        error => io::Error::other(error),
    }
}

/// A film that is written frame by frame.
struct Animation {
    encoder: Encoder<BufWriter<File>>,
    screen: Screen,
    painter: Painter,
    /// Since when the screen is as it is, in microseconds.
    at: u64,
    /// What has changed on the canvas since the last frame was written, and since when it shows, in hundredths.
    pending: Option<(u64, Area)>,
}

impl Animation {
    /// Paints what the screen has shown since `at`. Of what changed shortly before nothing is seen.
    fn settle(&mut self) -> io::Result<()> {
        let Some(changes) = self.painter.changes(&self.screen) else { return Ok(()) };
        let now = hundredths(self.at);
        self.pending = match self.pending.take() {
            Some((since, area)) if now - since < SHORTEST => Some((since, area.with(changes.area))),
            pending => {
                if let Some((since, area)) = pending {
                    self.write(area, now - since)?;
                }
                Some((now, changes.area))
            }
        };
        self.painter.paint(&self.screen, changes);
        Ok(())
    }

    /// Writes an area of the canvas, which is shown for so many hundredths of a second.
    fn write(&mut self, area: Area, hundredths: u64) -> io::Result<()> {
        let most = u64::from(u16::MAX);
        let mut rest = hundredths;
        let mut area = area;
        loop {
            let delay = rest.min(most);
            self.encoder.write_frame(&frame(&self.painter, area, delay)).map_err(unwritable)?;
            rest -= delay;
            if rest == 0 {
                return Ok(());
            }
            // It goes on longer than one frame can tell: a point of it is shown again.
            area = area.corner();
        }
    }
}

/// A moment in microseconds in hundredths of a second, to the nearest.
const fn hundredths(at: u64) -> u64 {
    (at + 5_000) / 10_000
}

/// Writes a remark for whoever looks into the file (GIF 89a, 24: comment extension).
fn comment<W: io::Write>(encoder: &mut Encoder<W>, remark: Option<&str>) -> io::Result<()> {
    let Some(remark) = remark else { return Ok(()) };
    encoder.write_raw_extension(Extension::Comment.into(), &[remark.as_bytes()]).map_err(unwritable)
}

fn frame(painter: &Painter, area: Area, delay: u64) -> gif::Frame<'static> {
    gif::Frame {
        delay: u16::try_from(delay).unwrap_or(u16::MAX),
        dispose: DisposalMethod::Keep,
        left: area.left,
        top: area.top,
        width: area.width,
        height: area.height,
        buffer: painter.canvas().cut(area).into(),
        ..gif::Frame::default()
    }
}

impl Reel for Animation {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        if frame.at > self.at {
            self.settle()?;
            self.at = frame.at;
        }
        if let Shot::Output(text) = &frame.what {
            self.screen.feed(text);
        }
        Ok(())
    }

    fn end(&mut self, length: Duration, loose: Option<&str>) -> io::Result<Option<String>> {
        self.settle()?;
        let end = hundredths(microseconds(length));
        if let Some((since, area)) = self.pending.take() {
            self.write(area, end.saturating_sub(since))?;
        }
        comment(&mut self.encoder, loose.map(remark).as_deref())?;
        io::Write::flush(self.encoder.get_mut())?;
        Ok(None)
    }
}

fn still(file: &mut File, sheet: &Sheet, screen: &Screen, remark: Option<&str>) -> io::Result<()> {
    let mut painter = Painter::new(sheet)?;
    if let Some(changes) = painter.changes(screen) {
        painter.paint(screen, changes);
    }
    let mut encoder = encoder(file, &painter)?;
    let whole = painter.canvas().whole();
    encoder.write_frame(&frame(&painter, whole, 0)).map_err(unwritable)?;
    comment(&mut encoder, remark)?;
    io::Write::flush(encoder.get_mut())
}
