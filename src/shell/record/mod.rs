//! `nsh record`: a script run as if somebody typed it at a prompt, and what that looks like.

mod check;

use std::fs::File;
use std::io::{self, IsTerminal};
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
use crate::language::{Diagnostic, Source};
use crate::look::draw::{self, Style};
use crate::record::medium::{self, Medium, Moment};
use crate::record::wish::{self, Wish};
use crate::record::{Made, Production, Recorder};

/// The extension of logs.
pub(super) const LOG: &str = "nshlog";

/// Makes the recording that is wanted.
pub(crate) fn run(globals: &Globals, wanted: &Record) -> Result<Status, Unreadable> {
    if let Some(kept) = &wanted.check {
        return check::run(globals, wanted, kept);
    }
    let paths = if wanted.outputs.is_empty() { vec![usual(wanted)] } else { wanted.outputs.clone() };
    let media = paths.iter().map(|path| medium::of_file(path)).collect::<Result<Vec<_>, _>>().map_err(usage)?;
    let (wish, script) = (wish(wanted, &media)?, script(wanted)?);
    let create = |path: &PathBuf| File::create(path).map_err(|error| unwritable(path, &error));
    let files = paths.iter().map(create).collect::<Result<Vec<_>, _>>()?;
    let status = make(globals, wanted, wish, script, media.into_iter().zip(files).collect())?;
    if wanted.outputs.is_empty() && globals.quiet == 0 && io::stderr().is_terminal() {
        let told = format!("recorded to {}\n", usual(wanted).display());
        let _ = write_all(rustix::stdio::stderr(), told.as_bytes());
    }
    Ok(status)
}

/// What a script is recorded to if nothing else is said, in the folder that nsh runs in: a cast, or a picture where one
/// screen is wanted.
fn usual(wanted: &Record) -> PathBuf {
    let extension = if wanted.still || wanted.at.is_some() { "svg" } else { "cast" };
    PathBuf::from(wanted.file.file_name().unwrap_or(wanted.file.as_os_str())).with_extension(extension)
}

fn usage(diagnostic: Box<Diagnostic>) -> Unreadable {
    Unreadable { diagnostic, source: Source::new("", ""), status: Status::USAGE }
}

/// The script that is recorded; `None` for a log, which is whole.
fn script(wanted: &Record) -> Result<Option<Source>, Unreadable> {
    let is_log = wanted.file.extension().is_some_and(|extension| extension == LOG);
    if is_log { report::verify(&wanted.file).map(|()| None) } else { source::read(&wanted.file).map(Some) }
}

/// Makes the recording in these files.
fn make(
    globals: &Globals,
    wanted: &Record,
    wish: Wish,
    script: Option<Source>,
    files: Vec<(&'static Medium, File)>,
) -> Result<Status, Unreadable> {
    let production = Production::begin(wish, files);
    let (status, made) = match script {
        None => (Status::HELD, develop(&wanted.file, production)?),
        Some(script) => film(globals, wanted, script, production)?,
    };
    if globals.quiet < 2 {
        warn(globals, wanted, made);
    }
    Ok(status)
}

/// Says what a recording is not.
fn warn(globals: &Globals, wanted: &Record, made: Made) {
    for missing in made.missing {
        tell(globals, &Diagnostic::warning(missing).hint("`.cast` and `.html` hold everything"));
    }
    if let Some(entry) = made.loose.filter(|_| !wanted.real_time) {
        let warning = Diagnostic::warning(format!("from {entry} on, another run may give another recording"));
        tell(globals, &warning.hint("somebody else takes part, or something goes on by itself"));
    }
}

/// Makes it of a script, by running it.
fn film(
    globals: &Globals,
    wanted: &Record,
    script: Source,
    production: Production,
) -> Result<(Status, Made), Unreadable> {
    let arguments = source::words(wanted.arguments.clone())?;
    let recorder = Arc::new(Recorder::begin(production));
    let kept = Kept::begin(globals, &script.name, &arguments)?.filmed(Arc::clone(&recorder));
    let config = Config { arguments, recorded: true, ..Config::default() };
    let stage = Stage::set(globals, config, kept, Threads::One).map_err(|error| refused("cannot start", &error))?;
    let status = stage.play(script);
    let made = recorder.end().map_err(|error| refused("cannot write the recording", &error))?;
    Ok((status, made))
}

/// Makes it of the log of a run.
fn develop(log: &Path, mut production: Production) -> Result<Made, Unreadable> {
    let mut lines = report::open(log)?;
    while let Some(line) = lines.next().map_err(|trouble| report::unreadable(log, &trouble))? {
        production.take(line).map_err(|error| refused("cannot write the recording", &error))?;
    }
    production.end().map_err(|error| refused("cannot write the recording", &error))
}

fn refused(what: &str, error: &io::Error) -> Unreadable {
    Unreadable::new(Diagnostic::error(format!("{what}: {}", reason(error))), Status::REFUSED)
}

/// What the options ask for, of recordings on these media.
fn wish(wanted: &Record, media: &[&Medium]) -> Result<Wish, Unreadable> {
    let end = wanted.still.then_some(Moment::End);
    let still = wanted.at.as_deref().map(wish::moment).or(end);
    if let Some(medium) = media.iter().find(|medium| still.is_some() && !medium.has_stills()) {
        let message = format!("a `.{}` holds no single screen", medium.extension);
        let others = medium::all().iter().filter(|medium| medium.has_stills());
        let others: Vec<String> = others.map(|medium| format!("`.{}`", medium.extension)).collect();
        return Err(usage(Box::new(Diagnostic::error(message).hint(format!("{} do", others.join(", "))))));
    }
    Ok(Wish {
        size: wanted.size.as_deref().map(wish::size).transpose().map_err(usage)?,
        typing: wanted.typing.as_deref().map(wish::typing).transpose().map_err(usage)?,
        seed: wanted.seed,
        real: wanted.real_time,
        scheme: wish::scheme(&wanted.theme).map_err(usage)?,
        cast: if wanted.v3 { 3 } else { 2 },
        still,
    })
}

fn tell(globals: &Globals, diagnostic: &Diagnostic) {
    let style = Style { paint: colour::decide(globals.color).1, width: terminal::error_width() };
    let _ = write_all(rustix::stdio::stderr(), draw::message(diagnostic, true, style).as_bytes());
}
