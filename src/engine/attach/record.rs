//! Records: files that both directions of an attached session are written to, raw or as a hex dump.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::Direction;
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::net::opening;

/// A file that both directions are written to; clones write to the same one.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    state: Arc<Mutex<State>>,
    name: Arc<str>,
    hex: bool,
}

#[derive(Debug)]
struct State {
    file: File,
    sent: u64,
    received: u64,
}

impl Record {
    /// Creates the file, truncated unless `append`; `hex` asks for dump lines instead of the bytes themselves.
    pub(crate) fn create(path: &Path, append: bool, hex: bool) -> io::Result<Self> {
        let file = opening::to_write(File::options().create(true).write(true).append(append).truncate(!append), path)?;
        let state = Arc::new(Mutex::new(State { file, sent: 0, received: 0 }));
        Ok(Self { state, name: path.display().to_string().into(), hex })
    }

    /// Writes bytes that went in `direction`.
    pub(crate) fn write(&self, direction: Direction, bytes: &[u8]) -> Result<(), Problem> {
        let mut state = lock(&self.state);
        let offset = match direction {
            Direction::Send => &mut state.sent,
            Direction::Receive => &mut state.received,
        };
        let start = *offset;
        *offset += bytes.len() as u64;
        let written = if self.hex {
            state.file.write_all(dump(direction, start, bytes).as_bytes())
        } else {
            state.file.write_all(bytes)
        };
        written.map_err(|error| {
            Problem::refused(format!("cannot write `{}`: {}", self.name, crate::net::error::describe(&error)))
        })
    }
}

/// Lines of 16 bytes: `>` sent or `<` received, the offset in that direction, hex, and ASCII with dots.
fn dump(direction: Direction, start: u64, bytes: &[u8]) -> String {
    let mark = if direction == Direction::Send { '>' } else { '<' };
    let mut text = String::new();
    let mut offset = start;
    for row in bytes.chunks(16) {
        let mut hex = String::new();
        for byte in row {
            let _ = write!(hex, "{byte:02x} ");
        }
        let ascii: String = row
            .iter()
            .map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' })
            .collect();
        let _ = writeln!(text, "{mark} {offset:08x}  {hex:<48} {ascii}");
        offset += row.len() as u64;
    }
    text
}
