//! Films: what a terminal shows, and when, by a clock of their own that runs the same every time.

mod pace;
mod typing;

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::look::Paint;
use crate::record::transcript::Cue;

pub(crate) use pace::Pace;
use typing::{Change, Typing};

/// Something that a terminal shows, or a mark, at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// When, in microseconds since the beginning.
    pub(crate) at: u64,
    /// What.
    pub(crate) what: Shot,
}

/// What happens at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shot {
    /// The terminal gets this text; lines end in `\r\n`.
    Output(String),
    /// A chapter begins.
    Chapter(String),
}

/// Gives cues their moments.
#[derive(Debug)]
pub(crate) struct Film {
    pace: Pace,
    /// Columns of the terminal.
    width: usize,
    now: Duration,
    /// The prompt on the line that is typed, plain and in colour; nothing on further lines.
    prompt: (String, String),
    /// How many columns what stands on that line takes.
    columns: usize,
}

impl Film {
    /// A film that begins now, at that pace, of a terminal of so many columns.
    pub(crate) fn new(pace: Pace, width: usize) -> Self {
        Self { pace, width, now: Duration::ZERO, prompt: Default::default(), columns: 0 }
    }

    /// The terminal has so many columns from now on.
    pub(crate) const fn resize(&mut self, width: usize) {
        self.width = width;
    }

    /// How long it is by now.
    pub(crate) const fn length(&self) -> Duration {
        self.now
    }

    /// Films a cue; `at` is when it really happened, for films in real time.
    pub(crate) fn take(&mut self, cue: Cue, at: Duration, frames: &mut Vec<Frame>) {
        if self.pace.is_real() {
            self.now = self.now.max(at);
        }
        match cue {
            Cue::Chapter(heading) => frames.push(self.frame(Shot::Chapter(heading))),
            Cue::Prompt(plain, styled) => {
                frames.push(self.frame(Shot::Output(styled.clone())));
                self.columns = plain.width();
                self.prompt = (plain, styled);
            }
            Cue::Typed(text) => {
                self.wait(self.pace.before());
                self.type_out(&text, frames);
            }
            Cue::Shown(text) => {
                frames.push(self.frame(Shot::Output(text.replace('\n', "\r\n"))));
                self.wait(self.pace.behind());
            }
            Cue::Answered(question, answer) => {
                frames.push(self.frame(Shot::Output(question)));
                self.wait(self.pace.before());
                for key in answer.chars() {
                    self.press(key.to_string(), frames);
                }
                self.press("\r\n".to_owned(), frames);
            }
            Cue::Pause(time) if !self.pace.is_real() => self.wait(time),
            Cue::Pause(_) | Cue::Title(_) | Cue::Size(..) => {}
            // What was shown last is to be read.
            Cue::End(_) => self.wait(self.pace.end()),
        }
    }

    fn type_out(&mut self, text: &str, frames: &mut Vec<Frame>) {
        for change in Typing::of(text, Paint::new(true)) {
            let drawn = self.change(change);
            self.press(drawn, frames);
        }
        self.wait(self.pace.enter());
        frames.push(self.frame(Shot::Output("\r\n".to_owned())));
    }

    /// What the terminal gets for a change of the line.
    fn change(&mut self, change: Change) -> String {
        match change {
            Change::More(more) => {
                self.columns += columns(&more);
                more.replace('\n', "\r\n")
            }
            Change::Anew(line) => {
                // The cursor stands on the last of the rows that the line takes.
                let rows = self.columns.saturating_sub(1) / self.width;
                let up = if rows > 0 { format!("\x1b[{rows}A") } else { String::new() };
                self.columns = self.prompt.0.width() + columns(&line);
                format!("\r{up}\x1b[J{}{line}", self.prompt.1)
            }
            Change::Line(line) => {
                self.prompt = Default::default();
                self.columns = columns(&line);
                format!("\r\n{line}")
            }
        }
    }

    fn press(&mut self, change: String, frames: &mut Vec<Frame>) {
        let key = self.pace.key();
        self.wait(key);
        frames.push(self.frame(Shot::Output(change)));
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    fn frame(&self, what: Shot) -> Frame {
        Frame { at: u64::try_from(self.now.as_micros()).unwrap_or(u64::MAX), what }
    }
}

/// How many columns a text takes without its colours.
fn columns(styled: &str) -> usize {
    let mut rest = styled;
    let mut columns = 0;
    while let Some((text, behind)) = rest.split_once("\x1b[") {
        columns += text.width();
        rest = behind.split_once('m').map_or("", |(_, behind)| behind);
    }
    columns + rest.width()
}
