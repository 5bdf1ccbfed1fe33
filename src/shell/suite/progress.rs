//! Progress: how far a suite is, in a line on a terminal that is drawn again and again.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::margin::Margin;
use crate::shell::colour::is_dumb;

/// The line; nowhere but on a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    failed: usize,
    running: Vec<String>,
}

/// How often it is drawn at most, in a second.
const DRAWINGS: u8 = 20;

impl Progress {
    /// No line yet.
    pub(super) fn new() -> Self {
        let draws = std::io::stderr().is_terminal() && !is_dumb();
        let target = if draws {
            ProgressDrawTarget::term_like_with_hz(Box::new(Margin), DRAWINGS)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style =
            ProgressStyle::with_template("{bar:16} {pos}/{len} {wide_msg}").expect("the template is a constant");
        bar.set_style(style.progress_chars("━━─"));
        Self { bar, failed: 0, running: Vec::new() }
    }

    /// So many files are begun with.
    pub(super) fn begin(&mut self, files: usize) {
        self.failed = 0;
        self.bar.set_length(files as u64);
        self.bar.set_position(0);
    }

    /// A part of a file begins.
    pub(super) fn start(&mut self, name: &str) {
        self.running.push(name.to_owned());
        self.draw();
    }

    /// A part of a file has ended.
    pub(super) fn stop(&mut self, name: &str, failed: bool) {
        if let Some(at) = self.running.iter().position(|running| running == name) {
            self.running.remove(at);
        }
        self.failed += usize::from(failed);
        self.draw();
    }

    /// A file is done.
    pub(super) fn done(&self) {
        self.bar.inc(1);
    }

    fn draw(&self) {
        let failed = if self.failed == 0 { String::new() } else { format!("{} failed · ", self.failed) };
        self.bar.set_message(failed + &self.running.join(", "));
    }

    /// Does what writes to the terminal while the line is away.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
