//! The recorder: makes a film of a run, from the events as they come or from its log.

use std::fs::File;
use std::io;
use std::mem;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::account::Account;
use super::camera::Camera;
use super::film::Frame;
use super::log::Line;
use super::medium::{Medium, Reel, Sheet};
use super::wish::Wish;
use crate::engine::Situation;
use crate::engine::event::{Event, EventSink};
use crate::net::clock;

/// A film that is being made, and where it is kept.
pub(crate) struct Production {
    camera: Camera,
    wish: Wish,
    reels: Vec<Part>,
    frames: Vec<Frame>,
}

/// A film that has been made.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// The first entry from which another run may give another film, if there is one.
    pub(crate) loose: Option<String>,
    /// What is missing in its files, in words.
    pub(crate) missing: Vec<String>,
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
            let reel = medium.begin(file.try_clone()?, sheet)?;
            *self = Self::Running(reel);
        }
        match self {
            Self::Running(reel) => Ok(reel.as_mut()),
            Self::Waiting(..) => Err(io::ErrorKind::Other.into()),
        }
    }
}

impl Production {
    /// The film that is wished for, kept in these files.
    pub(crate) fn begin(wish: Wish, files: Vec<(&'static Medium, File)>) -> Self {
        let reels = files.into_iter().map(|(medium, file)| Part::Waiting(medium, file)).collect();
        Self { camera: Camera::new(wish.size, wish.pace()), wish, reels, frames: Vec::new() }
    }

    /// Films what the next line of a log tells.
    pub(crate) fn take(&mut self, line: Line) -> io::Result<()> {
        self.camera.take(line, &mut self.frames);
        if self.frames.is_empty() {
            return Ok(());
        }
        let sheet = self.sheet();
        for frame in self.frames.drain(..) {
            for part in &mut self.reels {
                part.running(&sheet)?.take(&frame)?;
            }
        }
        Ok(())
    }

    fn sheet(&self) -> Sheet {
        let opening = self.camera.opening();
        self.wish.sheet(opening.size, opening.title.clone())
    }

    /// Takes note of what was there before it began, none of which is shown: the lines of a log that tell of sessions,
    /// and what holds for the prompt. Nobody waits behind the statements of such a film until nothing moves.
    pub(crate) fn join(&mut self, known: Vec<Line>, situation: Situation) {
        self.camera.join(known, situation);
    }

    /// Ends the film.
    pub(crate) fn end(&mut self) -> io::Result<Made> {
        let mut made = Made { loose: self.camera.loose().map(str::to_owned), missing: Vec::new() };
        let sheet = self.sheet();
        for part in &mut self.reels {
            let missing = part.running(&sheet)?.end(self.camera.length(), made.loose.as_deref())?;
            made.missing.extend(missing);
        }
        Ok(made)
    }
}

impl Account for Production {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        Self::take(self, line.clone())
    }

    fn end(&mut self) -> io::Result<Vec<String>> {
        Self::end(self).map(|made| made.missing)
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

    /// Ends the film.
    pub(crate) fn end(&self) -> io::Result<Made> {
        match mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Over) {
            State::Filming(mut production) => production.end(),
            State::Failed(error) => Err(error),
            State::Over => Ok(Made::default()),
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
