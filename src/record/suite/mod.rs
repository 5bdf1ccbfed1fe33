//! Suites: files under test, their cases, how each went, and the reports made of that.

pub(crate) mod document;
pub(crate) mod format;
pub(crate) mod quoted;
mod witness;

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Fault;
use crate::engine::event::Unread;
use crate::language::{Diagnostic, Source};

pub(crate) use witness::{Testimony, Witness};

/// A file, and how it went.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    /// As it was named.
    pub(crate) name: String,
    /// Its cases, in the order they stand or came in.
    pub(crate) cases: Vec<Case>,
    /// Why it could not be run, each finding with its source.
    pub(crate) findings: Vec<(Arc<Source>, Diagnostic)>,
    /// What it wrote to standard output and standard error.
    pub(crate) output: Captured,
    pub(crate) errors: Captured,
    /// How long it took.
    pub(crate) took: Duration,
}

/// A case: a `test` block, a block of a document, or a whole script that has no `test` block.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Its name; `None` for the whole script.
    pub(crate) name: Option<String>,
    /// The line it stands on, from 1; `None` for the whole script.
    pub(crate) line: Option<usize>,
    /// How it went.
    pub(crate) verdict: Verdict,
    /// How often it ran, and how often it failed then.
    pub(crate) runs: (u32, u32),
    /// How long it took, all runs together.
    pub(crate) took: Duration,
    /// The command that runs it alone.
    pub(crate) again: String,
}

/// How a case went.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// Everything held.
    Held,
    /// Something did not; the first time that it failed.
    Failed(Box<Failure>),
    /// It was read and checked, and is not meant to run.
    Checked,
    /// It did not run, because of this.
    Skipped(&'static str),
}

/// Why a case failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The error.
    pub(crate) fault: Fault,
    /// What sessions had received by then and nobody had taken.
    pub(crate) unread: Vec<Unread>,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { fault, unread: Vec::new() }
    }
}

/// What was written to a stream: its beginning, as far as it is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captured {
    /// The first bytes.
    pub(crate) bytes: Vec<u8>,
    /// How many more there were.
    pub(crate) lost: u64,
}

impl Captured {
    /// So many bytes are kept.
    pub(crate) const MOST: usize = 1 << 20;

    /// Whether nothing was written.
    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds bytes, as long as there is room.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(Self::MOST - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..kept]);
        self.lost += (bytes.len() - kept) as u64;
    }

    /// Adds what was captured elsewhere.
    pub(crate) fn append(&mut self, other: &Self) {
        self.push(&other.bytes);
        self.lost += other.lost;
    }
}

/// What became of all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Total {
    /// Files that were to be tested, and those of them that were.
    pub(crate) files: (usize, usize),
    /// Cases that held.
    pub(crate) held: usize,
    /// Cases that failed.
    pub(crate) failed: usize,
    /// Cases that are only checked.
    pub(crate) checked: usize,
    /// Cases that did not run.
    pub(crate) skipped: usize,
    /// Files that could not be run.
    pub(crate) broken: usize,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Total {
    /// Counts a file.
    pub(crate) fn add(&mut self, file: &File) {
        self.files.1 += 1;
        self.broken += usize::from(!file.findings.is_empty());
        for case in &file.cases {
            *match case.verdict {
                Verdict::Held => &mut self.held,
                Verdict::Failed(_) => &mut self.failed,
                Verdict::Checked => &mut self.checked,
                Verdict::Skipped(_) => &mut self.skipped,
            } += 1;
        }
    }

    /// How many cases there were.
    pub(crate) const fn cases(&self) -> usize {
        self.held + self.failed + self.checked + self.skipped
    }

    /// Whether it was broken off before all files were tested.
    pub(crate) const fn is_broken_off(&self) -> bool {
        self.files.1 < self.files.0
    }
}
