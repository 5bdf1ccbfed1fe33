//! `nsh record`: a script run as if somebody typed it at a prompt, and what that looks like.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{Globals, Record};
use super::colour;
use super::kept::{Kept, unwritable};
use super::output::write_all;
use super::report;
use super::script::{Stage, Threads};
use super::source::{self, Unreadable, reason};
use super::status::Status;
use super::terminal;
use crate::engine::Config;
use crate::language::{self, Diagnostic, Source};
use crate::look::draw::{self, Style};
use crate::record::film::Pace;
use crate::record::medium::{self, Medium, Sheet};
use crate::record::{Production, Recorder};

/// The extension of logs.
const LOG: &str = "nshlog";
/// Columns and rows that a terminal may have.
const SIZES: std::ops::RangeInclusive<usize> = 2..=1000;
/// The longest line that is compared, in bytes.
const LONGEST: u64 = 64 << 20;

/// Makes the recording that is wanted.
pub(crate) fn run(globals: &Globals, wanted: &Record) -> Result<Status, Unreadable> {
    if let Some(kept) = &wanted.check {
        return check(globals, wanted, kept);
    }
    let paths = if wanted.outputs.is_empty() { vec![usual(&wanted.file)] } else { wanted.outputs.clone() };
    let media = paths.iter().map(|path| medium(path)).collect::<Result<Vec<_>, _>>()?;
    let script = script(wanted)?;
    let create = |path: &PathBuf| File::create(path).map_err(|error| unwritable(path, &error));
    let files = paths.iter().map(create).collect::<Result<Vec<_>, _>>()?;
    make(globals, wanted, script, media.into_iter().zip(files).collect())
}

/// The cast that a script is recorded to if nothing else is said: in the folder that nsh runs in.
fn usual(file: &Path) -> PathBuf {
    PathBuf::from(file.file_name().unwrap_or(file.as_os_str())).with_extension("cast")
}

fn medium(path: &Path) -> Result<&'static Medium, Unreadable> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    medium::find(extension).ok_or_else(|| {
        let message = format!("`{}` does not end as recordings do", path.display());
        let known = medium::all().iter();
        known.fold(usage(Diagnostic::error(message)), |mut unreadable, medium| {
            unreadable.diagnostic.hints.push(format!("`.{}` is {}", medium.extension, medium.summary));
            unreadable
        })
    })
}

fn usage(diagnostic: Diagnostic) -> Unreadable {
    Unreadable::new(diagnostic, Status::USAGE)
}

/// The script that is recorded; `None` for a log.
fn script(wanted: &Record) -> Result<Option<Source>, Unreadable> {
    let is_log = wanted.file.extension().is_some_and(|extension| extension == LOG);
    if is_log { Ok(None) } else { source::read(&wanted.file).map(Some) }
}

/// Makes the recording in these files.
fn make(
    globals: &Globals,
    wanted: &Record,
    script: Option<Source>,
    files: Vec<(&'static Medium, File)>,
) -> Result<Status, Unreadable> {
    let production = Production::begin(sheet(wanted)?, pace(wanted)?, files);
    let (status, loose) = match script {
        None => (Status::HELD, develop(&wanted.file, production)?),
        Some(script) => film(globals, wanted, script, production)?,
    };
    if let Some(entry) = loose.filter(|_| globals.quiet < 2 && !wanted.real_time) {
        let warning = Diagnostic::warning(format!("from {entry} on, another run may give another recording"))
            .hint("somebody else takes part, or something goes on by itself");
        tell(globals, &warning);
    }
    Ok(status)
}

/// Makes it of a script, by running it.
fn film(
    globals: &Globals,
    wanted: &Record,
    script: Source,
    production: Production,
) -> Result<(Status, Option<String>), Unreadable> {
    let arguments = source::words(wanted.arguments.clone())?;
    let recorder = Arc::new(Recorder::begin(production));
    let kept = Kept::begin(globals, &script.name, &arguments)?.filmed(Arc::clone(&recorder));
    let config = Config { arguments, recorded: true, ..Config::default() };
    let stage = Stage::set(globals, config, kept, Threads::One).map_err(|error| refused("cannot start", &error))?;
    let status = stage.play(script);
    let loose = recorder.end().map_err(|error| refused("cannot write the recording", &error))?;
    Ok((status, loose))
}

/// Makes it of the log of a run.
fn develop(log: &Path, mut production: Production) -> Result<Option<String>, Unreadable> {
    let mut lines = report::open(log)?;
    while let Some(line) = lines.next().map_err(|trouble| report::unreadable(log, &trouble))? {
        production.take(line).map_err(|error| refused("cannot write the recording", &error))?;
    }
    production.end().map_err(|error| refused("cannot write the recording", &error))
}

fn refused(what: &str, error: &io::Error) -> Unreadable {
    Unreadable::new(Diagnostic::error(format!("{what}: {}", reason(error))), Status::REFUSED)
}

/// `100x30`
fn sheet(wanted: &Record) -> Result<Sheet, Unreadable> {
    let size =
        wanted.size.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let (width, height) =
        size.filter(|(width, height)| SIZES.contains(width) && SIZES.contains(height)).ok_or_else(|| {
            usage(Diagnostic::error(format!("`{}` is not the size of a terminal: expected `100x30`", wanted.size)))
        })?;
    Ok(Sheet { width, height, title: None, cast: if wanted.v3 { 3 } else { 2 } })
}

/// `50ms~20ms`
fn pace(wanted: &Record) -> Result<Pace, Unreadable> {
    let pace = match &wanted.typing {
        None => Pace::usual(wanted.seed),
        Some(typing) => {
            let (key, variation) = typing.split_once('~').unwrap_or((typing, "0"));
            let times = language::duration(key).zip(language::duration(variation));
            let (key, variation) = times.ok_or_else(|| {
                usage(Diagnostic::error(format!("`{typing}` is not how fast a key is: expected `50ms` or `50ms~20ms`")))
            })?;
            Pace::new(key, variation, wanted.seed)
        }
    };
    Ok(if wanted.real_time { pace.real() } else { pace })
}

/// Says where a recording differs from one that is made now.
fn check(globals: &Globals, wanted: &Record, kept: &Path) -> Result<Status, Unreadable> {
    let medium = medium(kept)?;
    let script = script(wanted)?;
    let unreadable = |error: io::Error| refused(&format!("cannot read `{}`", kept.display()), &error);
    let old = File::open(kept).map_err(unreadable)?;
    let mut new = tempfile::tempfile().map_err(|error| refused("cannot make a file", &error))?;
    let written = new.try_clone().map_err(|error| refused("cannot make a file", &error))?;
    make(globals, wanted, script, vec![(medium, written)])?;
    new.rewind().map_err(|error| refused("cannot read the recording", &error))?;
    match difference(old, new).map_err(unreadable)? {
        None => Ok(Status::HELD),
        Some((number, old, new)) => {
            let message =
                format!("`{}` is not what `{}` gives: line {number} differs", kept.display(), wanted.file.display());
            let shown = |line: Option<Vec<u8>>| match line {
                Some(line) => String::from_utf8_lossy(&line).trim_end().to_owned(),
                None => "nothing: it ends before".to_owned(),
            };
            let note = |who: &str, line| format!("{who}  {}", shown(line));
            let diagnostic = Diagnostic::error(message).note(note("kept", old)).note(note("made", new));
            tell(globals, &diagnostic);
            Ok(Status::of(crate::engine::Class::Unmet.code()))
        }
    }
}

type Difference = Option<(usize, Option<Vec<u8>>, Option<Vec<u8>>)>;

/// The first line in which two files differ: its number, and what it is in each, if it is there.
fn difference(old: File, new: File) -> io::Result<Difference> {
    let (mut old, mut new) = (BufReader::new(old), BufReader::new(new));
    for number in 1.. {
        let (one, other) = (line(&mut old)?, line(&mut new)?);
        if one != other {
            return Ok(Some((number, one, other)));
        }
        if one.is_none() {
            break;
        }
    }
    Ok(None)
}

fn line(file: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    io::Read::take(file, LONGEST).read_until(b'\n', &mut line)?;
    Ok(Some(line).filter(|line| !line.is_empty()))
}

fn tell(globals: &Globals, diagnostic: &Diagnostic) {
    let style = Style { paint: colour::decide(globals.color).1, width: terminal::error_width() };
    let _ = write_all(rustix::stdio::stderr(), draw::message(diagnostic, true, style).as_bytes());
}
