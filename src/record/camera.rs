//! Cameras: make a film of what a log tells, line by line.

use std::mem;
use std::time::Duration;

use super::film::{Film, Frame, Pace};
use super::log::Line;
use super::transcript::{Cue, Transcript};
use crate::engine::Situation;

/// What a film is like before it begins, of which the script has its say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Columns and rows of the terminal.
    pub(crate) size: (usize, usize),
    /// What the window is called.
    pub(crate) title: Option<String>,
}

/// Films what happens.
pub(crate) struct Camera {
    transcript: Transcript,
    film: Film,
    opening: Opening,
    /// Whether the script may still choose the size.
    sizes: bool,
    cues: Vec<Cue>,
}

/// The size of terminals that nobody has chosen, in columns and rows.
const USUAL: (usize, usize) = (100, 30);

impl Camera {
    /// One that films at that pace. The script chooses the terminal's size, unless it is given.
    pub(crate) fn new(size: Option<(usize, usize)>, pace: Pace) -> Self {
        let (width, height) = size.unwrap_or(USUAL);
        Self {
            transcript: Transcript::new(width, pace.is_real()),
            film: Film::new(pace, width),
            opening: Opening { size: (width, height), title: None },
            sizes: size.is_none(),
            cues: Vec::new(),
        }
    }

    /// Films what the next line of a log tells.
    pub(crate) fn take(&mut self, line: Line, frames: &mut Vec<Frame>) {
        let at = Duration::from_micros(line.at);
        let mut cues = mem::take(&mut self.cues);
        self.transcript.take(line, &mut cues);
        for cue in cues.drain(..) {
            match &cue {
                Cue::Title(title) => self.opening.title = Some(title.clone()),
                Cue::Size(width, height) if self.sizes => {
                    self.opening.size = (*width, *height);
                    self.transcript.resize(*width);
                    self.film.resize(*width);
                }
                _ => {}
            }
            self.film.take(cue, at, frames);
        }
        self.cues = cues;
        self.sizes &= frames.is_empty();
    }

    /// Takes note of what was there before the film began.
    pub(crate) fn join(&mut self, known: Vec<Line>, situation: Situation) {
        self.transcript.join(known, situation);
    }

    /// What the film is like before it begins, as far as it is known.
    pub(crate) const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// How long the film is by now.
    pub(crate) const fn length(&self) -> Duration {
        self.film.length()
    }

    /// The first entry from which another run may give another film, if there is one.
    pub(crate) fn loose(&self) -> Option<&str> {
        self.transcript.loose()
    }
}
