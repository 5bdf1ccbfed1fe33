//! Media: what a film is kept on, by the extension of its file.

mod cast;
mod gif;
mod html;
mod markup;
mod still;
mod svg;
mod text;

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::language::Diagnostic;
use crate::record::film::Frame;
use crate::record::screen::Screen;
use crate::record::theme::Scheme;

pub(crate) use still::Moment;
pub(crate) use text::Lines;

/// What is known of a film before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Columns of the terminal.
    pub(crate) width: usize,
    /// Rows of the terminal.
    pub(crate) height: usize,
    /// What the window is called.
    pub(crate) title: Option<String>,
    /// The version of asciicast, 2 or 3.
    pub(crate) cast: u8,
    /// What it is painted in.
    pub(crate) scheme: Scheme,
    /// The moment of which one screen is kept, in the place of the whole film.
    pub(crate) still: Option<Moment>,
}

/// Draws one screen into a file, with the remark that belongs to it.
type Draw = fn(&mut File, &Sheet, &Screen, Option<&str>) -> io::Result<()>;

/// A kind of file that a film can be kept in.
pub(crate) struct Medium {
    /// The extension of its files, without the point.
    pub(crate) extension: &'static str,
    /// What it is, in half a line.
    pub(crate) summary: &'static str,
    /// Begins a film in a file.
    begin: fn(File, &Sheet) -> io::Result<Box<dyn Reel>>,
    /// How it holds one screen; `None` where that makes no sense.
    still: Option<Draw>,
}

impl Medium {
    /// Begins a film in a file, or the still that the sheet asks for.
    pub(crate) fn begin(&self, file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
        match (&sheet.still, self.still) {
            (Some(moment), Some(draw)) => still::begin(file, sheet, moment.clone(), draw),
            _ => (self.begin)(file, sheet),
        }
    }

    /// Whether it can hold one screen.
    pub(crate) const fn has_stills(&self) -> bool {
        self.still.is_some()
    }
}

/// A film that is being written.
pub(crate) trait Reel: Send {
    /// Adds a frame. Frames come in the order of their moments.
    fn take(&mut self, frame: &Frame) -> io::Result<()>;

    /// Ends the film, which is so long in all; `loose` is the entry from which another run may give another film, if
    /// there is one. Gives what is missing in the file, if something is, in words.
    fn end(&mut self, length: Duration, loose: Option<&str>) -> io::Result<Option<String>>;
}

/// All media, in the order help shows them.
pub(crate) fn all() -> &'static [Medium] {
    &[cast::MEDIUM, svg::MEDIUM, gif::MEDIUM, html::MEDIUM, text::MEDIUM]
}

/// The medium of files with that extension.
fn find(extension: &str) -> Option<&'static Medium> {
    all().iter().find(|medium| medium.extension.eq_ignore_ascii_case(extension))
}

/// The medium that a file's name says.
pub(crate) fn of_file(path: &Path) -> Result<&'static Medium, Box<Diagnostic>> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    find(extension).ok_or_else(|| {
        let message = format!("`{}` does not end as recordings do", path.display());
        let hints = all().iter().map(|medium| format!("`.{}` is {}", medium.extension, medium.summary));
        Box::new(hints.fold(Diagnostic::error(message), Diagnostic::hint))
    })
}

/// The remark that from that entry on another run may give another film.
fn remark(entry: &str) -> String {
    format!("From {entry} on, another run may give another recording.")
}

/// A length of time in microseconds.
pub(crate) fn microseconds(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}
