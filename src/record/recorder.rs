//! The recorder: makes a film of a run, from the events as they come or from its log.

use std::fs::File;
use std::io;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::film::{Film, Frame, Pace};
use super::log::Line;
use super::medium::{Medium, Reel, Sheet};
use super::transcript::{Cue, Transcript};
use crate::engine::event::{Event, EventSink};
use crate::net::clock;

/// A film that is being made, and where it is kept.
pub(crate) struct Production {
    transcript: Transcript,
    film: Film,
    sheet: Sheet,
    reels: Vec<Part>,
    cues: Vec<Cue>,
    frames: Vec<Frame>,
}

/// A file that a film is kept in.
enum Part {
    /// The title is not known yet.
    Waiting(&'static Medium, File),
    Running(Box<dyn Reel>),
}

impl Part {
    fn running(&mut self, sheet: &Sheet) -> io::Result<&mut dyn Reel> {
        if let Self::Waiting(medium, file) = self {
            let reel = (medium.begin)(file.try_clone()?, sheet)?;
            *self = Self::Running(reel);
        }
        match self {
            Self::Running(reel) => Ok(reel.as_mut()),
            Self::Waiting(..) => Err(io::ErrorKind::Other.into()),
        }
    }
}

impl Production {
    /// A film at that pace, kept in these files.
    pub(crate) fn begin(sheet: Sheet, pace: Pace, files: Vec<(&'static Medium, File)>) -> Self {
        Self {
            transcript: Transcript::new(sheet.width, pace.is_real()),
            film: Film::new(pace, sheet.width),
            sheet,
            reels: files.into_iter().map(|(medium, file)| Part::Waiting(medium, file)).collect(),
            cues: Vec::new(),
            frames: Vec::new(),
        }
    }

    /// Films what the next line of a log tells.
    pub(crate) fn take(&mut self, line: Line) -> io::Result<()> {
        let at = Duration::from_micros(line.at);
        let mut cues = mem::take(&mut self.cues);
        self.transcript.take(line, &mut cues);
        for cue in cues.drain(..) {
            if let Cue::Title(title) = &cue {
                self.sheet.title = Some(title.clone());
            }
            self.film.take(cue, at, &mut self.frames);
        }
        self.cues = cues;
        self.develop()
    }

    /// Writes the frames that have come.
    fn develop(&mut self) -> io::Result<()> {
        for frame in self.frames.drain(..) {
            for part in &mut self.reels {
                part.running(&self.sheet)?.take(&frame)?;
            }
        }
        Ok(())
    }

    /// Ends the film. The first entry from which another run may give another film, if there is one.
    pub(crate) fn end(mut self) -> io::Result<Option<String>> {
        let loose = self.transcript.loose().map(str::to_owned);
        for part in &mut self.reels {
            part.running(&self.sheet)?.end(self.film.length(), loose.as_deref())?;
        }
        Ok(loose)
    }
}

/// Films a run while it goes on.
pub(crate) struct Recorder {
    began: Instant,
    state: Mutex<State>,
}

enum State {
    Filming(Box<Production>),
    Failed(io::Error),
    Over,
}

impl Recorder {
    /// Begins.
    pub(crate) fn begin(production: Production) -> Self {
        Self { began: clock::now(), state: Mutex::new(State::Filming(Box::new(production))) }
    }

    /// Ends the film; see [`Production::end`].
    pub(crate) fn end(&self) -> io::Result<Option<String>> {
        match mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Over) {
            State::Filming(production) => production.end(),
            State::Failed(error) => Err(error),
            State::Over => Ok(None),
        }
    }
}

impl EventSink for Recorder {
    fn emit(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Filming(production) = &mut *state else { return };
        let at = u64::try_from(clock::now().duration_since(self.began).as_micros()).unwrap_or(u64::MAX);
        if let Err(error) = production.take(Line::of(event, at)) {
            *state = State::Failed(error);
        }
    }

    fn wants_data(&self) -> bool {
        true
    }

    fn wants_steps(&self) -> bool {
        true
    }
}
