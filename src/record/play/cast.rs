//! Reading casts: asciicast versions 2 and 3 (docs.asciinema.org/manual/asciicast), whoever wrote them.

use std::fmt;
use std::io::{self, BufRead};
use std::time::Duration;

use serde::Deserialize;

use super::{Act, Scene};
use crate::record::medium::microseconds;
use crate::record::wish;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 64 << 20;
/// The latest moment that is believed, in seconds: thirty years.
const LATEST: f64 = 1e9;

/// Why a cast cannot be read.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// It does not begin as a cast does.
    NoCast,
    /// It is of another version.
    Version(u64),
    /// Nobody has a terminal of that size; with the line's number, from 1.
    Size(usize, String),
    /// The line of that number is no event, from that column on.
    Line(usize, usize),
    /// The line of that number tells a moment that is none.
    Moment(usize, f64),
    /// The line of that number is too long.
    Long(usize),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => f.write_str(&crate::net::error::describe(error)),
            Self::NoCast => f.write_str("line 1: expected the head of an asciicast, `{\"version\": 2, …}`"),
            Self::Version(version) => {
                write!(f, "line 1: it is an asciicast of version {version}; this nsh plays 2 and 3")
            }
            Self::Size(line, size) => {
                write!(f, "line {line}: `{size}` is not the size of a terminal: expected `100x30`")
            }
            Self::Line(line, column) => {
                write!(f, "line {line}, column {column}: expected `[seconds, \"o\", \"text\"]`")
            }
            Self::Moment(line, at) => write!(f, "line {line}: expected seconds from 0 on, came `{at}`"),
            Self::Long(line) => write!(f, "line {line}: it is longer than {} MiB", LONGEST >> 20),
        }
    }
}

/// The head of a cast, of version 2 or 3.
#[derive(Deserialize)]
struct Head {
    version: u64,
    width: Option<usize>,
    height: Option<usize>,
    term: Option<Term>,
    idle_time_limit: Option<f64>,
}

/// The terminal in a head of version 3.
#[derive(Deserialize)]
struct Term {
    cols: usize,
    rows: usize,
}

/// The events of a cast.
pub(super) struct Reader<R> {
    input: R,
    number: usize,
    text: Vec<u8>,
    size: (usize, usize),
    idle: Option<Duration>,
    /// Whether times are told since the event before.
    intervals: bool,
    at: Duration,
}

impl<R: BufRead> Reader<R> {
    /// Begins to read a cast.
    pub(super) fn begin(input: R) -> Result<Self, Trouble> {
        let (intervals, at) = (false, Duration::ZERO);
        let mut reader = Self { input, number: 0, text: Vec::new(), size: (0, 0), idle: None, intervals, at };
        reader.read_line()?;
        // A head that lacks something is known by its version all the same.
        let head: serde_json::Value = serde_json::from_slice(&reader.text).map_err(|_| Trouble::NoCast)?;
        let version = head.get("version").and_then(serde_json::Value::as_u64).ok_or(Trouble::NoCast)?;
        if !matches!(version, 2 | 3) {
            return Err(Trouble::Version(version));
        }
        let head: Head = serde_json::from_value(head).map_err(|_| Trouble::NoCast)?;
        let size = match head.term {
            Some(term) => Some((term.cols, term.rows)),
            None => head.width.zip(head.height),
        };
        // A terminal that did not know its size said 0.
        let or = |given: usize, usual| if given == 0 { usual } else { given };
        let (width, height) = size.map(|(width, height)| (or(width, 80), or(height, 24))).ok_or(Trouble::NoCast)?;
        reader.size = reader.sized(&format!("{width}x{height}"))?;
        reader.idle = head.idle_time_limit.and_then(|limit| Duration::try_from_secs_f64(limit).ok());
        reader.intervals = head.version == 3;
        Ok(reader)
    }

    /// Columns and rows at the beginning.
    pub(super) const fn size(&self) -> (usize, usize) {
        self.size
    }

    /// For how long nothing should happen at most, if that is said.
    pub(super) const fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// The next event; `None` at the end. A last one that was cut off is left out.
    pub(super) fn next(&mut self) -> Result<Option<Scene>, Trouble> {
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            let text = self.text.trim_ascii();
            // Comments are new in version 3.
            if !text.is_empty() && !text.starts_with(b"#") {
                break;
            }
        }
        let (at, code, data): (f64, String, String) = match serde_json::from_slice(&self.text) {
            Ok(event) => event,
            Err(_) if self.text.last() != Some(&b'\n') => return Ok(None),
            Err(error) => return Err(Trouble::Line(self.number, error.column())),
        };
        if !(0.0..=LATEST).contains(&at) {
            return Err(Trouble::Moment(self.number, at));
        }
        let told = Duration::from_secs_f64(at);
        self.at = if self.intervals { self.at + told } else { self.at.max(told) };
        let act = match code.as_str() {
            "o" => Act::Output(data),
            "m" => Act::Chapter(data),
            "r" => {
                let (width, height) = self.sized(&data)?;
                Act::Size(width, height)
            }
            // What was typed is seen where it was echoed; other codes are for others.
            _ => Act::Nothing,
        };
        Ok(Some(Scene { at: microseconds(self.at), act }))
    }

    fn sized(&self, size: &str) -> Result<(usize, usize), Trouble> {
        wish::size(size).map_err(|_| Trouble::Size(self.number, size.chars().take(40).collect()))
    }

    /// Reads a line; false at the end.
    fn read_line(&mut self) -> Result<bool, Trouble> {
        self.text.clear();
        self.number += 1;
        let mut limited = io::Read::take(&mut self.input, LONGEST);
        limited.read_until(b'\n', &mut self.text).map_err(Trouble::Unreadable)?;
        if limited.limit() == 0 && self.text.last() != Some(&b'\n') {
            return Err(Trouble::Long(self.number));
        }
        Ok(!self.text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Scene>, String> {
        let mut reader = Reader::begin(text.as_bytes()).map_err(|trouble| trouble.to_string())?;
        let mut scenes = Vec::new();
        while let Some(scene) = reader.next().map_err(|trouble| trouble.to_string())? {
            scenes.push(scene);
        }
        Ok(scenes)
    }

    fn scene(at: u64, act: Act) -> Scene {
        Scene { at, act }
    }

    #[test]
    fn both_versions_tell_the_same() {
        let expected = [
            scene(100_000, Act::Chapter("One".into())),
            scene(1_250_000, Act::Output("a\u{1b}[1m".into())),
            scene(1_500_000, Act::Nothing),
            scene(1_500_000, Act::Size(90, 20)),
        ];
        let second = "{\"version\":2,\"width\":80,\"height\":24}\n[0.1,\"m\",\"One\"]\n[1.25,\"o\",\"a\\u001b[1m\"]\n\
                      [1.5,\"i\",\"x\"]\n[1.4,\"r\",\"90x20\"]";
        assert_eq!(read(second).unwrap(), expected);
        let third = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n# a comment\n[0.1,\"m\",\"One\"]\n\n\
                     [1.15,\"o\",\"a\\u001b[1m\"]\n[0.25,\"x\",\"0\"]\n[0,\"r\",\"90x20\"]\n[0.5,\"o\",\"cut of";
        assert_eq!(read(third).unwrap(), expected);
    }

    #[test]
    fn a_head_may_not_know_the_size() {
        let head = "{\"version\":2,\"width\":0,\"height\":0,\"timestamp\":1,\"env\":{},\"idle_time_limit\":1.5}";
        let reader = Reader::begin(head.as_bytes()).unwrap();
        assert_eq!((reader.size(), reader.idle()), ((80, 24), Some(Duration::from_millis(1500))));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let head = "{\"version\":2,\"width\":80,\"height\":24}\n";
        for (cast, told) in [
            ("", "line 1: expected the head of an asciicast, `{\"version\": 2, …}`".to_owned()),
            ("{\"version\":1}", "line 1: it is an asciicast of version 1; this nsh plays 2 and 3".to_owned()),
            (
                "{\"version\":2,\"width\":80}",
                "line 1: expected the head of an asciicast, `{\"version\": 2, …}`".to_owned(),
            ),
            (
                "{\"version\":2,\"width\":80000,\"height\":1}",
                "line 1: `80000x1` is not the size of a terminal: expected `100x30`".to_owned(),
            ),
            (
                &format!("{head}[0.1,\"o\",\"a\"]\n[0.2,\"o\",3]\n"),
                "line 3, column 10: expected `[seconds, \"o\", \"text\"]`".to_owned(),
            ),
            (&format!("{head}[-1,\"o\",\"a\"]\n"), "line 2: expected seconds from 0 on, came `-1`".to_owned()),
            (
                &format!("{head}[1,\"r\",\"big\"]\n"),
                "line 2: `big` is not the size of a terminal: expected `100x30`".to_owned(),
            ),
        ] {
            assert_eq!(read(cast).unwrap_err(), told, "{cast}");
        }
    }
}
