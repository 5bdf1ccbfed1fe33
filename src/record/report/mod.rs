//! Reports: what a run did and what held, told for those who read it: a page, Markdown, or JSON.

mod actors;
mod diagram;
mod json;
mod latency;
mod markdown;
mod page;
mod plots;
mod secrets;
mod series;
mod statements;
mod story;
mod tongue;

use std::fs::File;
use std::io::{self, Write};

use self::story::Story;
use super::account::Account;
use super::log::{Head, Line};

pub(crate) use tongue::Tongue;

/// A kind of report.
pub(crate) struct Kind {
    /// What its files end with.
    pub(crate) extension: &'static str,
    /// What it is, in a few words.
    pub(crate) summary: &'static str,
    render: fn(&Story, Tongue) -> String,
}

static KINDS: [&Kind; 3] = [&page::KIND, &markdown::KIND, &json::KIND];

/// All kinds.
pub(crate) const fn kinds() -> &'static [&'static Kind] {
    &KINDS
}

/// The kind whose files end so.
pub(crate) fn find(extension: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.extension == extension)
}

/// Writes a report once the run is over.
pub(crate) struct Report {
    kind: &'static Kind,
    tongue: Tongue,
    story: Story,
    file: File,
}

impl Report {
    /// Begins the report of the run whose log has that head.
    pub(crate) fn begin(kind: &'static Kind, tongue: Tongue, file: File, head: &Head) -> Self {
        Self { kind, tongue, story: Story::begin(head.clone()), file }
    }
}

impl Account for Report {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        self.story.take(line);
        Ok(())
    }

    fn end(&mut self) -> io::Result<Vec<String>> {
        self.story.end();
        self.file.write_all((self.kind.render)(&self.story, self.tongue).as_bytes()).map(|()| Vec::new())
    }
}
