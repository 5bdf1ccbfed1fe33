//! A case in a process of its own: `nsh case`, which `nsh test` runs.

use std::fs::File;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal, getpid, kill_process};

use crate::engine::Config;
use crate::engine::selection::{Filter, Selection};
use crate::language::{Diagnostic, Source};
use crate::record::suite::document;
use crate::shell::arguments::{Case, Globals};
use crate::shell::kept::Kept;
use crate::shell::script::{Stage, Threads};
use crate::shell::source::{self, Unreadable, reason};
use crate::shell::status::Status;

/// Runs a script, or a block of a document, and tells its log alone how it went.
pub(crate) fn run(globals: &Globals, wanted: &Case) -> Result<Status, Unreadable> {
    let source = script(&wanted.file, wanted.block)?;
    let selection = match (wanted.line, &wanted.filter) {
        (Some(line), _) => Selection::At(source.name.clone(), line),
        (None, Some(filter)) => Selection::Named(Filter::of(filter).map_err(|reason| usage(&reason))?),
        (None, None) => Selection::All,
    };
    let config = Config { ports: wanted.ports.as_deref().and_then(ports), selection, ..Config::default() };
    let cannot = |error: io::Error| {
        Unreadable::new(Diagnostic::error(format!("cannot start: {}", reason(&error))), Status::REFUSED)
    };
    let log = log().map_err(cannot)?;
    let watched = log.try_clone().map_err(cannot)?;
    let kept = Kept::testifying(log, &source.name).map_err(cannot)?;
    let stage = Stage::set(globals, config, kept, Threads::One).map_err(cannot)?;
    // From here on SIGTERM ends what the script has begun.
    end_with_the_reader(watched);
    Ok(stage.play(source))
}

/// The script of a file, or of the block of a document that begins on that line.
fn script(file: &Path, block: Option<usize>) -> Result<Source, Unreadable> {
    let source = source::read(file)?;
    let Some(line) = block else { return Ok(source) };
    let blocks = document::blocks(&source).unwrap_or_default();
    let block = blocks.iter().find(|block| block.lines.0 == line);
    block.map(|block| block.source(&source)).ok_or_else(|| usage("there is no such block any more"))
}

fn usage(message: &str) -> Unreadable {
    Unreadable::new(Diagnostic::error(message), Status::USAGE)
}

/// `20000-20099`
fn ports(written: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = written.split_once('-')?;
    Some(first.parse().ok()?..=last.parse().ok()?)
}

/// Ends the script, as SIGTERM does, when nobody reads its log any more: `nsh test` was killed.
fn end_with_the_reader(log: File) {
    thread::spawn(move || {
        let mut reader = [PollFd::new(&log, PollFlags::empty())];
        while !reader[0].revents().contains(PollFlags::ERR) {
            if !matches!(poll(&mut reader, None), Ok(_) | Err(Errno::INTR)) {
                return;
            }
        }
        let _ = kill_process(getpid(), Signal::TERM);
    });
}

/// The log, which goes out where standard input would come in: a case is asked nothing, and what it starts inherits no
/// way to write there.
fn log() -> io::Result<File> {
    let log = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(log.into())
}
