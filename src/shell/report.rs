//! `nsh report`: what is made of the log of a run that is over.

use std::env;
use std::fs::File;
use std::io::{self, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::arguments::{Globals, Language};
use super::kept::{PRIVATE, PUBLIC, begun, unwritable};
use super::source::Unreadable;
use super::status::Status;
use crate::language::Diagnostic;
use crate::record::Account;
use crate::record::capture::Capture;
use crate::record::log::{Head, Reader, Trouble};
use crate::record::report::{self, Kind, Report, Tongue};

/// The extension of captures.
const CAPTURE: &str = "pcapng";

/// Makes these files of a log.
pub(crate) fn run(globals: &Globals, log: &Path, outputs: &[PathBuf]) -> Result<Status, Unreadable> {
    let kinds = outputs.iter().map(|path| wanted(path)).collect::<Result<Vec<_>, _>>()?;
    verify(log)?;
    let mut lines = open(log)?;
    // There may be secrets in a capture: whoever may not read the log may not read it either.
    let readers = log.metadata().map_or(PUBLIC, |log| log.mode() & PUBLIC | PRIVATE);
    let made = outputs.iter().zip(kinds);
    let made = made.map(|(path, kind)| Ok((path, begin(globals, path, readers, kind, lines.head())?)));
    let mut made = made.collect::<Result<Vec<_>, Unreadable>>()?;
    while let Some(line) = lines.next().map_err(|trouble| unreadable(log, &trouble))? {
        each(&mut made, |account| account.take(&line))?;
    }
    each(&mut made, |account| account.end().map(drop))?;
    Ok(Status::HELD)
}

/// Reads a log through, if it can be read twice: what is made of it may take the place of something that was better.
pub(super) fn verify(log: &Path) -> Result<(), Unreadable> {
    if !log.is_file() {
        return Ok(());
    }
    let mut lines = open(log)?;
    while lines.next().map_err(|trouble| unreadable(log, &trouble))?.is_some() {}
    Ok(())
}

/// Begins to read a log.
pub(super) fn open(log: &Path) -> Result<Reader<BufReader<File>>, Unreadable> {
    let file = File::open(log).map_err(|error| unreadable(log, &Trouble::Unreadable(error)))?;
    Reader::begin(BufReader::new(file)).map_err(|trouble| unreadable(log, &trouble))
}

/// What is wrong with a log that cannot be read.
pub(super) fn unreadable(log: &Path, trouble: &Trouble) -> Unreadable {
    let message = format!("cannot read `{}`: {trouble}", log.display());
    Unreadable::new(Diagnostic::error(message), Status::REFUSED)
}

type Made<'p> = (&'p PathBuf, Box<dyn Account>);

fn each(made: &mut [Made<'_>], mut act: impl FnMut(&mut dyn Account) -> io::Result<()>) -> Result<(), Unreadable> {
    for (path, account) in made {
        act(account.as_mut()).map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

/// What a file is to be; `None` for a capture.
fn wanted(path: &Path) -> Result<Option<&'static Kind>, Unreadable> {
    if path.extension().is_some_and(|extension| extension == CAPTURE) { Ok(None) } else { kind(path).map(Some) }
}

fn begin(
    globals: &Globals,
    path: &Path,
    mode: u32,
    kind: Option<&'static Kind>,
    head: &Head,
) -> Result<Box<dyn Account>, Unreadable> {
    match kind {
        None => begun(path, mode, |file| Capture::begin(file, head)),
        Some(kind) => begun(path, PUBLIC, |file| Ok(Report::begin(kind, tongue(globals), file, head))),
    }
}

/// The kind of report that a file is to be.
pub(super) fn kind(path: &Path) -> Result<&'static Kind, Unreadable> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    report::find(extension).ok_or_else(|| {
        let mut diagnostic = Diagnostic::error(format!("`{}` does not end as reports do", path.display()));
        let known = report::kinds().iter().map(|kind| format!("`.{}` is {}", kind.extension, kind.summary));
        diagnostic.hints.extend(known);
        Unreadable::new(diagnostic, Status::USAGE)
    })
}

/// The language of reports: what was asked for, or that of the messages of this environment.
pub(super) fn tongue(globals: &Globals) -> Tongue {
    match globals.language {
        Some(Language::En) => Tongue::English,
        Some(Language::Fr) => Tongue::French,
        None => {
            let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
            Tongue::of_locale(&locale.unwrap_or_default())
        }
    }
}
