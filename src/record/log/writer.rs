//! Writing a log: each line is in the file before the next thing happens, so that a kill leaves all but the last whole.

use std::fs::File;
use std::io::{self, Write};

use super::{Head, Line};
use crate::record::account::Account;

/// Writes what happens to a file.
pub(crate) struct Writer {
    file: File,
}

impl Writer {
    /// Begins a log in `file`.
    pub(crate) fn begin(mut file: File, head: &Head) -> io::Result<Self> {
        write(&mut file, head)?;
        Ok(Self { file })
    }
}

fn write(file: &mut File, line: &impl serde::Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

impl Account for Writer {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        write(&mut self.file, line)
    }
}
