//! `nsh test`: files under test, each script in a process of its own, and a report of how they went.

mod case;
mod child;
mod find;
mod margin;
mod plan;
mod progress;
mod runner;
mod update;
mod verdict;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Builder;

use super::arguments::{Globals, TIMEOUT, Test};
use super::check::Nobody;
use super::colour;
use super::kept::unwritable;
use super::output::write_all;
use super::signals::{Signal, Signals};
use super::source::{Unreadable, reason};
use super::status::Status;
use super::terminal;
use crate::engine::selection::Filter;
use crate::engine::{Config, Engine};
use crate::language::{self, Diagnostic, Source};
use crate::look::draw::Style;
use crate::net::clock;
use crate::record::suite::format::{self, Format, Manner, Report};
use crate::record::suite::{File, Total};
use plan::{Plan, Planner};
use progress::Progress;
use runner::{Runner, Settings};

pub(super) use case::run as run_case;

/// The most processes at a time: each has a hundred ports and more to itself.
const MOST_JOBS: usize = 200;

/// Tests what is wanted.
pub(crate) fn run(globals: &Globals, wanted: &Test) -> Result<Status, Unreadable> {
    let settings = settings(wanted)?;
    let filter = wanted.filter.as_deref().map(Filter::of).transpose().map_err(|reason| {
        usage(Diagnostic::error(format!("the regular expression of `--filter` is wrong: {reason}")))
    })?;
    let reports = reports(globals, wanted)?;
    let engine = Engine::new(Config::default(), Arc::new(Nobody), Arc::new(Nobody));
    let planner = Planner { engine: &engine, filter: filter.as_ref() };
    let plans: Vec<Plan> = find::find(&wanted.paths).into_iter().filter_map(|found| planned(&planner, found)).collect();
    if plans.is_empty() {
        return Err(nothing(wanted));
    }
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| refused("cannot start", &error))?;
    let total = Total { files: (plans.len(), 0), ..Total::default() };
    let mut suite = Suite { settings: &settings, planner: &planner, reports, total, status: Status::HELD };
    let started = clock::now();
    let mut progress = Progress::new();
    let outcome = runtime.block_on(suite.perform(plans, wanted.update, &mut progress));
    progress.end();
    suite.total.took = clock::now().duration_since(started);
    let ended = outcome.and_then(|signal| suite.end(signal));
    runtime.shutdown_background();
    match ended {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Status::NO_READER),
        ended => ended.map_err(|error| refused("cannot go on", &error)),
    }
}

/// A suite that runs.
struct Suite<'s> {
    settings: &'s Settings,
    planner: &'s Planner<'s>,
    reports: Vec<Box<dyn Report>>,
    total: Total,
    /// How it ends because of the files so far.
    status: Status,
}

impl Suite<'_> {
    /// Runs what is planned, after an update if one is asked for. The signal that broke it off, if one did.
    async fn perform(
        &mut self,
        mut plans: Vec<Plan>,
        update: bool,
        progress: &mut Progress,
    ) -> io::Result<Option<Signal>> {
        let mut signals = Signals::new()?;
        if update
            && let Some(signal) = update::run(&mut plans, self.planner, self.settings, progress, &mut signals).await?
        {
            return Ok(Some(signal));
        }
        let report = |file: File, status: Status| {
            self.total.add(&file);
            self.status = graver(self.status, status);
            self.reports.iter_mut().try_for_each(|report| report.file(&file))
        };
        Runner::new(self.settings, progress, &plans)?.run(&mut signals, report).await
    }

    /// Ends the reports; how the process ends.
    fn end(&mut self, signal: Option<Signal>) -> io::Result<Status> {
        self.reports.iter_mut().try_for_each(|report| report.end(&self.total))?;
        Ok(signal.map_or(self.status, Signal::status))
    }
}

/// What is planned for a file that was found, or could not be.
fn planned(planner: &Planner<'_>, found: Result<find::Found, (std::path::PathBuf, io::Error)>) -> Option<Plan> {
    match found {
        Ok(found) => planner.plan(&found),
        Err((path, error)) => {
            let name = path.display().to_string();
            let wrong = Diagnostic::error(format!("cannot read `{name}`: {}", reason(&error)));
            let finding = (Arc::new(Source::new("", "")), wrong);
            Some(Plan::broken(find::Found { path, line: None }, name, vec![finding], Status::REFUSED))
        }
    }
}

/// What could not be run outweighs what failed: nobody knows whether it would have held. A wrong script outweighs what
/// the system refused.
fn graver(one: Status, other: Status) -> Status {
    let order = [Status::USAGE, Status::REFUSED, Status::UNMET];
    order.into_iter().find(|status| [one, other].contains(status)).unwrap_or(Status::HELD)
}

fn settings(wanted: &Test) -> Result<Settings, Unreadable> {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let limit = language::duration(&wanted.timeout).ok_or_else(|| {
        usage(Diagnostic::error(format!(
            "`{}` is not a length of time: expected `30s`, or `0` for none",
            wanted.timeout
        )))
    })?;
    let program = std::env::current_exe().map_err(|error| refused("cannot find the program itself", &error))?;
    let repeat = if wanted.repeat.get() > 1 { format!(" --repeat {}", wanted.repeat) } else { String::new() };
    let timeout = if wanted.timeout == TIMEOUT { String::new() } else { format!(" --timeout {}", wanted.timeout) };
    Ok(Settings {
        jobs: wanted.jobs.map_or_else(processors, usize::from).clamp(1, MOST_JOBS),
        repeat: wanted.repeat.get(),
        limit: Some(limit).filter(|limit| !limit.is_zero()),
        filter: wanted.filter.clone(),
        program,
        again: format!("nsh test{repeat}{timeout}"),
    })
}

/// The reports that are asked for: one to standard output, and one to each file.
fn reports(globals: &Globals, wanted: &Test) -> Result<Vec<Box<dyn Report>>, Unreadable> {
    let shown = format::named(&wanted.format).ok_or_else(|| {
        let known: Vec<String> = format::all().iter().map(|format| format!("`{}`", format.name)).collect();
        usage(Diagnostic::error(format!("`{}` is no format: there are {}", wanted.format, known.join(", "))))
    })?;
    let style = Style { paint: colour::decide(globals.color).0, width: terminal::output_width() };
    let harness = std::env::var("TAP_VERSION").ok().and_then(|version| version.parse().ok());
    let manner = Manner {
        style,
        quiet: globals.quiet,
        verbose: globals.verbose,
        tap: harness.unwrap_or(u32::MAX),
        began: clock::since_1970().as_secs(),
    };
    let mut reports = vec![(shown.begin)(Box::new(BufWriter::new(Output)), manner)];
    let plain = Manner { style: Style { paint: crate::look::Paint::PLAIN, width: None }, ..manner };
    for path in &wanted.outputs {
        let format = of_file(path)?;
        let file = fs::File::create(path).map_err(|error| unwritable(path, &error))?;
        reports.push((format.begin)(Box::new(BufWriter::new(file)), plain));
    }
    Ok(reports)
}

fn of_file(path: &Path) -> Result<&'static Format, Unreadable> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    format::of_extension(extension).ok_or_else(|| {
        let wrong = Diagnostic::error(format!("`{}` does not end as reports do", path.display()));
        let known = format::all().iter();
        usage(known.fold(wrong, |wrong, format| wrong.hint(format!("`.{}` is {}", format.extension, format.summary))))
    })
}

/// Standard output.
struct Output;

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_all(rustix::stdio::stdout(), bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// That there is nothing to test.
fn nothing(wanted: &Test) -> Unreadable {
    match &wanted.filter {
        Some(filter) => usage(Diagnostic::error(format!("no case has `{filter}` in its name"))),
        None => usage(
            Diagnostic::error("there is nothing to test")
                .hint("cases are scripts, `*.nsh`, and the blocks of Markdown files behind ```nsh"),
        ),
    }
}

fn usage(diagnostic: Diagnostic) -> Unreadable {
    Unreadable::new(diagnostic, Status::USAGE)
}

fn refused(what: &str, error: &io::Error) -> Unreadable {
    Unreadable::new(Diagnostic::error(format!("{what}: {}", reason(error))), Status::REFUSED)
}
