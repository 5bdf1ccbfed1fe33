//! Plays: films that are there, scene by scene, to be shown again: of casts, and of the logs of runs.

mod cast;
mod projector;

use std::io::{self, BufRead};
use std::time::Duration;

use super::camera::Camera;
use super::film::{Frame, Pace, Shot};
use super::log;
use super::medium::Lines;
use super::screen::Screen;

pub(crate) use projector::Projector;

/// Something that a terminal shows, or that is told of it, at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scene {
    /// When, in microseconds since the beginning. It never goes back.
    at: u64,
    act: Act,
}

/// What happens in a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    /// The terminal gets this text.
    Output(String),
    /// A chapter begins.
    Chapter(String),
    /// The terminal has so many columns and rows from now on.
    Size(usize, usize),
    /// Nothing is seen.
    Nothing,
}

impl Act {
    /// Shows it. Gives the rows that left at the top.
    fn show(&self, screen: &mut Screen) -> Vec<super::screen::Row> {
        match self {
            Self::Output(text) => screen.feed(text),
            Self::Size(width, height) => screen.resize(*width, *height),
            Self::Chapter(_) | Self::Nothing => Vec::new(),
        }
    }
}

/// A film that is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Play {
    /// Columns and rows of the terminal at the beginning.
    size: (usize, usize),
    scenes: Vec<Scene>,
    /// In microseconds.
    length: u64,
}

/// Bytes of a file that are read at most: all of a film is held while it is shown.
const LARGEST: u64 = 512 << 20;

impl Play {
    /// That of a cast. Errors say where it is none.
    pub(crate) fn of_cast(input: impl BufRead) -> Result<Self, String> {
        let mut cast = cast::Reader::begin(input.take(LARGEST)).map_err(|trouble| trouble.to_string())?;
        let mut scenes: Vec<Scene> = Vec::new();
        while let Some(scene) = cast.next().map_err(|trouble| trouble.to_string())? {
            scenes.push(scene);
        }
        let length = scenes.last().map_or(0, |scene| scene.at);
        let play = Self { size: cast.size(), scenes, length };
        Ok(match cast.idle() {
            Some(most) => play.idle_at_most(most),
            None => play,
        })
    }

    /// That of a run's log, as a recording of it is.
    pub(crate) fn of_log(input: impl BufRead) -> Result<Self, String> {
        let mut lines = log::Reader::begin(input.take(LARGEST)).map_err(|trouble| trouble.to_string())?;
        let mut camera = Camera::new(None, Pace::usual(1));
        let (mut frames, mut scenes) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next().map_err(|trouble| trouble.to_string())? {
            camera.take(line, &mut frames);
            scenes.extend(frames.drain(..).map(Scene::from));
        }
        let length = super::medium::microseconds(camera.length());
        Ok(Self { size: camera.opening().size, scenes, length })
    }

    /// The same in which nothing happens for no longer than `most`.
    #[must_use]
    pub(crate) fn idle_at_most(mut self, most: Duration) -> Self {
        let most = super::medium::microseconds(most);
        let (mut before, mut saved) = (0, 0);
        let end = Some(&mut self.length);
        for at in self.scenes.iter_mut().map(|scene| &mut scene.at).chain(end) {
            saved += (*at - before).saturating_sub(most);
            before = *at;
            *at -= saved;
        }
        self
    }

    /// Writes everything that the terminal shows, without colours, as one would copy it from there.
    pub(crate) fn write(&self, output: impl io::Write) -> io::Result<()> {
        let mut screen = Screen::new(self.size.0, self.size.1)?;
        let mut lines = Lines::new(output);
        for scene in &self.scenes {
            for row in scene.act.show(&mut screen) {
                lines.take(&row, &screen)?;
            }
        }
        lines.take_all(&screen)?;
        lines.end()
    }
}

impl From<Frame> for Scene {
    fn from(frame: Frame) -> Self {
        let act = match frame.what {
            Shot::Output(text) => Act::Output(text),
            Shot::Chapter(heading) => Act::Chapter(heading),
        };
        Self { at: frame.at, act }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens_for_no_longer_than_is_said() {
        let at = |at| Scene { at, act: Act::Nothing };
        let play = Play { size: (80, 24), scenes: vec![at(500), at(5000), at(5900), at(9000)], length: 20_000 };
        let play = play.idle_at_most(Duration::from_millis(1));
        assert_eq!(play.scenes, [at(500), at(1500), at(2400), at(3400)]);
        assert_eq!(play.length, 4400);
    }
}
