//! Reading a log.

use std::fmt;
use std::io::{self, BufRead};

use super::{Head, Line, VERSION};

/// The longest line that is read, in bytes: no event holds more.
const LONGEST: u64 = 1 << 30;

/// Why a log cannot be read.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// It does not begin as a log does.
    NoLog,
    /// It is of another version.
    Version(u64),
    /// The line of that number (from 1) is none of a log.
    Line(usize, serde_json::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => f.write_str(&crate::net::error::describe(error)),
            Self::NoLog => f.write_str("it is no log of nsh"),
            Self::Version(version) => write!(f, "it is a log of version {version}; this nsh reads {VERSION}"),
            Self::Line(number, error) => write!(f, "line {number} is none of a log: {error}"),
        }
    }
}

/// The lines of a log.
pub(crate) struct Reader<R> {
    head: Head,
    input: R,
    number: usize,
    text: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// Begins to read a log.
    pub(crate) fn begin(mut input: R) -> Result<Self, Trouble> {
        let mut text = Vec::new();
        read_line(&mut input, &mut text).map_err(Trouble::Unreadable)?;
        let value: serde_json::Value = serde_json::from_slice(&text).map_err(|_| Trouble::NoLog)?;
        let version = value.get("nshlog").and_then(serde_json::Value::as_u64).ok_or(Trouble::NoLog)?;
        if version != VERSION {
            return Err(Trouble::Version(version));
        }
        let head = serde_json::from_value(value).map_err(|error| Trouble::Line(1, error))?;
        Ok(Self { head, input, number: 1, text })
    }

    /// What it begins with.
    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    /// The next line; `None` at the end. A last one without its line feed was cut off, and is left out.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, Trouble> {
        self.number += 1;
        read_line(&mut self.input, &mut self.text).map_err(Trouble::Unreadable)?;
        if self.text.last() != Some(&b'\n') {
            return Ok(None);
        }
        serde_json::from_slice(&self.text).map(Some).map_err(|error| Trouble::Line(self.number, error))
    }
}

fn read_line(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<()> {
    text.clear();
    io::Read::take(input, LONGEST).read_until(b'\n', text)?;
    Ok(())
}
