//! The archive: the files in which statements have what happens kept, each with who writes it.

use std::fs::{self, File};
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kept::{PRIVATE, PUBLIC, begun};
use super::report;
use super::source::{Unreadable, reason};
use super::status::Status;
use super::terminal;
use crate::engine::archive::{self, Keeping, Kind, Known};
use crate::engine::event::{Class, Event, EventSink};
use crate::engine::{Problem, Situation};
use crate::record::capture::Capture;
use crate::record::log::{Head, Line};
use crate::record::medium;
use crate::record::report::{Report, Tongue};
use crate::record::wish::Wish;
use crate::record::{Account, Fork, Keeper, Production, Stretch};

/// What is kept beside being shown.
pub(crate) struct Archive {
    views: Arc<Fork>,
    origin: Origin,
    going: Mutex<Vec<Going>>,
}

/// Where what is kept comes from.
pub(crate) struct Origin {
    /// The script, as it was named; nothing for what is typed.
    pub(crate) script: String,
    /// How many arguments it has.
    pub(crate) arguments: usize,
    /// The language of reports.
    pub(crate) tongue: Tongue,
    /// Whether somebody types at a terminal, which has a size.
    pub(crate) is_prompt: bool,
}

/// Something that is being kept.
struct Going {
    kind: Kind,
    file: PathBuf,
    keeper: Arc<Keeper>,
}

impl Going {
    /// What becomes of it: what is missing in it; or in words why it ends too early.
    fn end(&self) -> Result<Vec<String>, String> {
        let outcomes = self.keeper.end().into_iter();
        let told = |(name, outcome): (_, io::Result<_>)| {
            outcome.map_err(|error| format!("the {name} `{}` ends too early: {}", self.file.display(), reason(&error)))
        };
        outcomes.map(told).collect::<Result<Vec<Vec<String>>, _>>().map(|missing| missing.concat())
    }
}

impl Archive {
    /// One that keeps what these views show.
    pub(crate) fn of(views: Arc<Fork>, origin: Origin) -> Self {
        Self { views, origin, going: Mutex::default() }
    }

    fn going(&self) -> MutexGuard<'_, Vec<Going>> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shell ends so: what is kept ends with it. Gives what could not be written, in words.
    pub(crate) fn close(&self, end: &Event) -> Option<String> {
        let ended = |going: &Going| {
            going.keeper.emit(end.clone());
            going.end().err()
        };
        // All of them end, whatever becomes of one.
        let troubles: Vec<String> = mem::take(&mut *self.going()).iter().filter_map(ended).collect();
        troubles.into_iter().next()
    }

    /// Begins what is to be kept in a file.
    fn account(&self, keeping: Keeping, file: &Path, known: Known) -> Result<Box<dyn Account>, Unreadable> {
        let head = Head::now(&self.origin.script, self.origin.arguments);
        let Known { sessions, situation } = known;
        let known: Vec<Line> = sessions.into_iter().map(|event| Line::of(event, 0)).collect();
        match keeping {
            Keeping::Film { real } => self.film(real, file, known, situation),
            Keeping::Packets { of, secrets } => begun(file, if secrets { PRIVATE } else { PUBLIC }, |out| {
                let capture = Capture::begin(out, &head)?;
                told(of.into_iter().fold(capture, Capture::of), &known)
            }),
            Keeping::Report => {
                let kind = report::kind(file)?;
                begun(file, PUBLIC, |out| told(Report::begin(kind, self.origin.tongue, out, &head), &known))
            }
        }
    }

    fn film(
        &self,
        real: bool,
        file: &Path,
        known: Vec<Line>,
        situation: Situation,
    ) -> Result<Box<dyn Account>, Unreadable> {
        let medium = medium::of_file(file).map_err(|wrong| Unreadable::new(*wrong, Status::USAGE))?;
        let size = self.origin.is_prompt.then(terminal::size);
        begun(file, PUBLIC, |out: File| {
            let mut production = Production::begin(Wish { size, real, ..Wish::default() }, vec![(medium, out)]);
            production.join(known, situation);
            Ok(Stretch::begin(production))
        })
    }

    /// Why this cannot be kept beside what is kept already.
    fn conflict(&self, kind: Kind, file: &Path) -> Option<Problem> {
        let going = self.going();
        let file = fs::canonicalize(file).ok();
        let same = |going: &&Going| fs::canonicalize(&going.file).ok() == file && file.is_some();
        if let Some(going) = going.iter().find(|going| going.kind == kind && kind != Kind::Packets) {
            let problem = Problem::usage(format!("`{}` is still being written", going.file.display()));
            return Some(problem.hint(format!("`{} stop` ends it", statement(kind))));
        }
        let going = going.iter().find(same)?;
        Some(Problem::usage(format!("`{}` is being written by `{}`", going.file.display(), statement(going.kind))))
    }
}

/// An account of a stretch of a run, to which is told what was there before.
fn told<A: Account>(mut account: A, known: &[Line]) -> io::Result<Stretch<A>> {
    known.iter().try_for_each(|line| account.take(line))?;
    Ok(Stretch::begin(account))
}

/// The statement that keeps it.
const fn statement(kind: Kind) -> &'static str {
    match kind {
        Kind::Film => "record",
        Kind::Packets => "capture",
        Kind::Report => "report",
    }
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Film => "recording",
        Kind::Packets => "capture",
        Kind::Report => "report",
    }
}

impl archive::Archive for Archive {
    fn begin(&self, keeping: Keeping, file: &Path, known: Known) -> Result<(), Problem> {
        let kind = keeping.kind();
        let trusted = matches!(keeping, Keeping::Packets { secrets: true, .. });
        if let Some(conflict) = self.conflict(kind, file) {
            return Err(conflict);
        }
        let account = self.account(keeping, file, known).map_err(|Unreadable { diagnostic, status, .. }| {
            Problem::of(if status == Status::USAGE { Class::Usage } else { Class::Refused }, *diagnostic)
        })?;
        let keeper = Keeper::begin(vec![(name(kind), account)]).trusted(trusted);
        let keeper = Arc::new(if kind == Kind::Film { keeper.of_what_is_shown() } else { keeper });
        self.views.join(Arc::clone(&keeper) as Arc<dyn EventSink>);
        self.going().push(Going { kind, file: file.to_owned(), keeper });
        Ok(())
    }

    fn end(&self, kind: Kind) -> Result<Vec<archive::Ended>, Problem> {
        let ended: Vec<Going> = self.going().extract_if(.., |going| going.kind == kind).collect();
        for going in &ended {
            self.views.leave(&(Arc::clone(&going.keeper) as Arc<dyn EventSink>));
        }
        let ended = ended.into_iter().map(|going| {
            let missing = going.end().map_err(Problem::refused)?;
            Ok(archive::Ended { file: going.file, missing })
        });
        // All of them end, whatever becomes of one.
        ended.collect::<Vec<_>>().into_iter().collect()
    }
}
