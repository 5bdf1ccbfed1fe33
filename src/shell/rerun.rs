//! Reruns: a script that is run again, and where that goes another way than in the log of the run before.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::arguments::Globals;
use super::kept::Kept;
use super::output::write_all;
use super::script::Threads;
use super::source::{self, Unreadable};
use super::status::Status;
use super::{check, colour, report, terminal};
use crate::engine::Config;
use crate::language::{Diagnostic, Source};
use crate::look::draw::{self, Style};
use crate::record::course::{Comparison, Course};

/// `nsh run --check LOG FILE [ARG]…`
pub(crate) fn run(globals: &Globals, log: &Path, file: &Path, arguments: Vec<OsString>) -> Result<Status, Unreadable> {
    // It is read before anything is written: the new log may take its place.
    let (kept, had) = read(log)?;
    let script = source::read(file)?;
    let config = Config { arguments: source::words(arguments)?, ..Config::default() };
    let has = config.arguments.len();
    let made = Arc::new(Mutex::new(Course::default()));
    // The new log may take the place of the one that is kept: not if nothing can run.
    let kept_of = |script: &Source| Kept::begin(globals, &script.name, &config.arguments);
    let files = if check::holds(&script) { kept_of(&script)? } else { Kept::default() };
    let watched = files.with("comparison", Box::new(made.clone()));
    let status = super::set(globals, config, watched, Threads::One)?.play(script);
    let made = made.lock().unwrap_or_else(PoisonError::into_inner);
    // A script that does not parse, and a run that was interrupted, are not compared.
    if made.is_cut() || made.is_empty() && status == Status::USAGE {
        return Ok(status);
    }
    let comparison = Comparison::of(&kept, &made);
    warn(globals, log, &kept, &made);
    if comparison.count > 0 {
        let hint = (had != has).then(|| format!("it had {}, and has {has} now", counted(had)));
        tell(&told(globals, log, &comparison, hint));
        return Ok(Status::UNMET);
    }
    // What else is kept of the run may have failed.
    Ok(if made.exit() == Some(status.code()) { Status::HELD } else { status })
}

/// The way of the run in a log, and how many arguments it had.
fn read(log: &Path) -> Result<(Course, usize), Unreadable> {
    let mut lines = report::open(log)?;
    let arguments = lines.head().arguments;
    let mut course = Course::default();
    while let Some(line) = lines.next().map_err(|trouble| report::unreadable(log, &trouble))? {
        course.take(&line);
    }
    course.conclude();
    Ok((course, arguments))
}

/// Says what is not compared.
fn warn(globals: &Globals, log: &Path, kept: &Course, made: &Course) {
    if globals.quiet >= 2 {
        return;
    }
    if kept.is_cut() {
        let place = kept.last().map_or("its beginning".to_owned(), |place| format!("its last statement, {place}"));
        let message = format!("the run in `{}` was broken off; it is compared up to {place}", log.display());
        tell(&draw::message(&Diagnostic::warning(message), true, style(globals)));
    }
    if let Some(beyond) = made.beyond().or_else(|| kept.beyond()) {
        tell(&draw::message(&Diagnostic::warning(beyond), true, style(globals)));
    }
}

/// Where the runs differ.
fn told(globals: &Globals, log: &Path, comparison: &Comparison, hint: Option<String>) -> String {
    let style = style(globals);
    let mut diagnostic = Diagnostic::error(format!("the run went another way than the one in `{}`", log.display()));
    diagnostic.hints.extend(hint);
    let mut parts = vec![draw::message(&diagnostic, true, style)];
    parts.extend(comparison.told.iter().map(|difference| difference.drawn(style.paint)));
    let beyond = comparison.count - comparison.told.len();
    if beyond > 0 {
        parts.push(format!("… and {beyond} more differences\n"));
    }
    parts.join("\n")
}

fn counted(arguments: usize) -> String {
    if arguments == 1 { "1 argument".to_owned() } else { format!("{arguments} arguments") }
}

fn style(globals: &Globals) -> Style {
    Style { paint: colour::decide(globals.color).1, width: terminal::error_width() }
}

fn tell(text: &str) {
    let _ = write_all(rustix::stdio::stderr(), text.as_bytes());
}
