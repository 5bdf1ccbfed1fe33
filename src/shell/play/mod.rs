//! `nsh play`: a recording shown in the terminal, at a speed, with keys; as plain text where there is no terminal.

mod display;
mod key;
mod theatre;

use std::fs::File;
use std::io::{self, BufReader, IsTerminal};
use std::path::Path;
use std::time::Duration;

use super::arguments::{Globals, Play as Wanted};
use super::colour::{self, is_dumb};
use super::record::LOG;
use super::source::{Unreadable, reason};
use super::status::Status;
use crate::language::{self, Diagnostic};
use crate::record::play::{Play, Projector};

/// How many times as fast, at the slowest and at the fastest.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.125..=64.0;

/// Shows the recording that is wanted.
pub(crate) fn run(globals: &Globals, wanted: &Wanted) -> Result<Status, Unreadable> {
    let (speed, idle) = (speed(&wanted.speed)?, wanted.idle.as_deref().map(idle).transpose()?);
    let play = read(&wanted.file)?;
    let play = match idle {
        Some(most) => play.idle_at_most(most),
        None => play,
    };
    let failed = |error: io::Error| {
        let message = format!("cannot play `{}`: {}", wanted.file.display(), reason(&error));
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    };
    if !io::stdout().is_terminal() || is_dumb() {
        return match play.write(io::stdout().lock()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Status::NO_READER),
            written => written.map(|()| Status::HELD).map_err(failed),
        };
    }
    let paint = colour::decide(globals.color).0;
    Projector::new(play).and_then(|projector| theatre::run(projector, speed, paint)).map_err(failed)
}

/// `1.5`
fn speed(text: &str) -> Result<f64, Unreadable> {
    let speed = text.parse().ok().filter(|speed| SPEEDS.contains(speed));
    speed.ok_or_else(|| {
        let (slowest, fastest) = (SPEEDS.start(), SPEEDS.end());
        usage(format!("`{text}` is not how many times as fast: expected {slowest} to {fastest}"))
    })
}

/// `2s`
fn idle(text: &str) -> Result<Duration, Unreadable> {
    language::duration(text).ok_or_else(|| usage(format!("`{text}` is not a length of time: expected `2s`")))
}

fn usage(message: String) -> Unreadable {
    Unreadable::new(Diagnostic::error(message), Status::USAGE)
}

fn read(path: &Path) -> Result<Play, Unreadable> {
    let refused = |reason: String| {
        let message = format!("cannot play `{}`: {reason}", path.display());
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    };
    let file = BufReader::new(File::open(path).map_err(|error| refused(reason(&error)))?);
    let is_log = path.extension().is_some_and(|extension| extension == LOG);
    if is_log { Play::of_log(file) } else { Play::of_cast(file) }.map_err(refused)
}
