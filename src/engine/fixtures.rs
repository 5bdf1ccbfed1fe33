//! Fixtures: what a run has to itself, a folder for temporary files and ports that nobody uses.

use std::fs::Permissions;
use std::ops::RangeInclusive;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;

use tempfile::TempDir;

use super::fault::Problem;
use super::lock;
use crate::net::random::Random;
use crate::net::{clock, error, vacancy};

/// The fixtures of one engine; each comes into being when it is asked for.
#[derive(Debug)]
pub struct Fixtures {
    folder: Mutex<Option<TempDir>>,
    /// Where ports come from.
    range: RangeInclusive<u16>,
    /// Those that were given.
    ports: Mutex<Vec<u16>>,
}

impl Fixtures {
    /// Fixtures whose ports come from `range`.
    pub fn new(range: Option<RangeInclusive<u16>>) -> Self {
        Self { folder: Mutex::default(), range: range.unwrap_or(vacancy::RANGE), ports: Mutex::default() }
    }

    /// The folder for temporary files: one for the whole run, which only this user can look into.
    pub fn folder(&self) -> Result<PathBuf, Problem> {
        let mut folder = lock(&self.folder);
        if let Some(folder) = &*folder {
            return Ok(folder.path().to_owned());
        }
        let made = tempfile::Builder::new().prefix("nsh-").permissions(Permissions::from_mode(0o700)).tempdir();
        let made = made.map_err(|reason| {
            Problem::refused(format!("cannot make a folder for temporary files: {}", error::describe(&reason)))
        })?;
        Ok(folder.insert(made).path().to_owned())
    }

    /// A port that nobody uses now, never the same twice.
    pub fn port(&self) -> Result<u16, Problem> {
        let mut given = lock(&self.ports);
        let seed = u64::from(std::process::id()) ^ u64::from(clock::since_1970().subsec_nanos()) << 32;
        let width = u64::from(self.range.end() - self.range.start()) + 1;
        let offset = u16::try_from(Random::new(seed).below(width)).expect("a port is below 65536");
        let found = vacancy::find(&self.range, self.range.start() + offset, &given);
        let port = found.ok_or_else(|| {
            let (first, last) = (self.range.start(), self.range.end());
            Problem::refused(format!("no port from {first} to {last} is free"))
        })?;
        given.push(port);
        Ok(port)
    }

    /// Removes the folder with everything in it.
    pub fn clear(&self) {
        // What cannot be removed is left to the system.
        drop(lock(&self.folder).take());
    }
}
