//! Media: what a film is kept on, by the extension of its file.

mod cast;
mod text;

use std::fs::File;
use std::io;
use std::time::Duration;

use crate::record::film::Frame;

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
}

/// A kind of file that a film can be kept in.
pub(crate) struct Medium {
    /// The extension of its files, without the point.
    pub(crate) extension: &'static str,
    /// What it is, in half a line.
    pub(crate) summary: &'static str,
    /// Begins a film in a file.
    pub(crate) begin: fn(File, &Sheet) -> io::Result<Box<dyn Reel>>,
}

/// A film that is being written.
pub(crate) trait Reel: Send {
    /// Adds a frame. Frames come in the order of their moments.
    fn take(&mut self, frame: &Frame) -> io::Result<()>;

    /// Ends the film, which is so long in all; `loose` says why another run may give another film.
    fn end(&mut self, length: Duration, loose: Option<&str>) -> io::Result<()>;
}

/// All media, in the order help shows them.
pub(crate) fn all() -> &'static [Medium] {
    &[cast::MEDIUM, text::MEDIUM]
}

/// The medium of files with that extension.
pub(crate) fn find(extension: &str) -> Option<&'static Medium> {
    all().iter().find(|medium| medium.extension.eq_ignore_ascii_case(extension))
}
