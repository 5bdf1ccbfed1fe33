//! Casts: what asciinema and its like play.
//!
//! Written as asciinema 3 writes them (asciicast v2 and v3), so that converting one changes nothing. Each event is in the
//! file before the next happens.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::{Medium, Reel, Sheet, microseconds};
use crate::record::film::{Frame, Shot};
use crate::record::theme::Theme;

/// The medium.
pub(super) const MEDIUM: Medium =
    Medium { extension: "cast", summary: "asciicast, for players of terminal recordings", begin, still: None };

fn begin(mut file: File, sheet: &Sheet) -> io::Result<Box<dyn Reel>> {
    let (width, height, title) = (sheet.width, sheet.height, sheet.title.as_deref());
    let theme = sheet.scheme.chosen().map(Colours::of);
    let head = if sheet.cast == 3 {
        let term = Term { cols: width, rows: height, theme };
        serde_json::to_vec(&Third { version: 3, term, title })?
    } else {
        serde_json::to_vec(&Second { version: 2, width, height, title, theme })?
    };
    write_line(&mut file, head)?;
    Ok(Box::new(Cast { file, clock: if sheet.cast == 3 { Clock::Intervals(0) } else { Clock::Moments } }))
}

/// The head of version 2.
#[derive(Serialize)]
struct Second<'s> {
    version: u8,
    width: usize,
    height: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<Colours>,
}

/// The head of version 3.
#[derive(Serialize)]
struct Third<'s> {
    version: u8,
    term: Term,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'s str>,
}

#[derive(Serialize)]
struct Term {
    cols: usize,
    rows: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<Colours>,
}

/// A theme that was asked for.
#[derive(Serialize)]
struct Colours {
    fg: String,
    bg: String,
    palette: String,
}

impl Colours {
    fn of(theme: &'static Theme) -> Self {
        let palette: Vec<String> = theme.named.iter().map(ToString::to_string).collect();
        Self { fg: theme.text.to_string(), bg: theme.page.to_string(), palette: palette.join(":") }
    }
}

/// How a version tells when something happens.
enum Clock {
    /// Seconds since the beginning, to the microsecond.
    Moments,
    /// Seconds since the event before, to the millisecond; with the milliseconds told so far.
    Intervals(u64),
}

impl Clock {
    /// A moment in microseconds, as the version writes it.
    fn tell(&mut self, at: u64) -> String {
        match self {
            Self::Moments => {
                let text = format!("{}.{:06}", at / 1_000_000, at % 1_000_000);
                let trimmed = text.trim_end_matches('0');
                if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
            }
            Self::Intervals(told) => {
                let interval = (at / 1000).saturating_sub(*told);
                *told += interval;
                format!("{}.{:03}", interval / 1000, interval % 1000)
            }
        }
    }
}

struct Cast {
    file: File,
    clock: Clock,
}

impl Cast {
    fn event(&mut self, at: u64, code: &str, data: &str) -> io::Result<()> {
        let at = self.clock.tell(at);
        let data = serde_json::to_string(data)?;
        write_line(&mut self.file, format!("[{at}, \"{code}\", {data}]").into_bytes())
    }
}

impl Reel for Cast {
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        match &frame.what {
            Shot::Output(text) => self.event(frame.at, "o", text),
            Shot::Chapter(heading) => self.event(frame.at, "m", heading),
        }
    }

    fn end(&mut self, length: Duration, loose: Option<&str>) -> io::Result<Option<String>> {
        let at = microseconds(length);
        match loose {
            Some(entry) => self.event(at, "m", &format!("timing-dependent from {entry}"))?,
            // What was shown last stands for a while.
            None => self.event(at, "o", "")?,
        }
        Ok(None)
    }
}

fn write_line(file: &mut File, mut line: Vec<u8>) -> io::Result<()> {
    line.push(b'\n');
    file.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_the_digits_they_need_and_intervals_three() {
        let moments: Vec<String> = [0, 600_000, 1_250_001, 2_000_000].map(|at| Clock::Moments.tell(at)).into();
        assert_eq!(moments, ["0.0", "0.6", "1.250001", "2.0"]);
        let mut clock = Clock::Intervals(0);
        let intervals: Vec<String> = [600_000, 1_250_999, 1_251_000].map(|at| clock.tell(at)).into();
        assert_eq!(intervals, ["0.600", "0.650", "0.001"]);
    }
}
