//! What is kept of a run beside what is shown: its log, what is made of that, and a film of it.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use super::archive::{Archive, Origin};
use super::arguments::Globals;
use super::report;
use super::source::{Unreadable, reason};
use super::status::Status;
use super::terminal;
use super::view::View;
use crate::engine::event::{Event, EventSink, Form, What};
use crate::engine::{Config, Console, Engine};
use crate::language::Diagnostic;
use crate::net::opening;
use crate::record::capture::Capture;
use crate::record::log::{Head, Writer};
use crate::record::report::{Report, Tongue};
use crate::record::{Account, Fork, Keeper, Recorder};

/// The files that a run writes about itself.
#[derive(Default)]
pub(crate) struct Kept {
    accounts: Option<Arc<Keeper>>,
    /// Shows the run in the place of the terminal.
    film: Option<Arc<Recorder>>,
    /// Whether errors are left to whoever reads the log, so that nothing is told here.
    silent: bool,
    /// What statements have kept.
    archive: Option<Arc<Archive>>,
    /// The script of the run, as it was named.
    script: String,
    tongue: Tongue,
}

impl Kept {
    /// What the options ask for, of a run of that script.
    pub(crate) fn begin(globals: &Globals, script: &str, arguments: &[String]) -> Result<Self, Unreadable> {
        let head = Head::now(script, arguments.len());
        let mode = if globals.tls_secrets { PRIVATE } else { PUBLIC };
        let mut accounts: Vec<(&'static str, Box<dyn Account>)> = Vec::new();
        if let Some(path) = &globals.log {
            accounts.push(("log", begun(path, mode, |file| Writer::begin(file, &head))?));
        }
        if let Some(path) = &globals.pcap {
            accounts.push(("capture", begun(path, mode, |file| Capture::begin(file, &head))?));
        }
        for path in &globals.report {
            let kind = report::kind(path)?;
            let tongue = report::tongue(globals);
            accounts.push(("report", begun(path, PUBLIC, |file| Ok(Report::begin(kind, tongue, file, &head)))?));
        }
        let keeps = !accounts.is_empty();
        let keeper = Keeper::begin(accounts).trusted(globals.tls_secrets);
        let accounts = keeps.then(|| Arc::new(keeper));
        Ok(Self { accounts, script: script.to_owned(), tongue: report::tongue(globals), ..Self::default() })
    }

    /// A log of what a case does, in the place of everything that would be told.
    pub(crate) fn testifying(file: File, script: &str) -> io::Result<Self> {
        let log: Box<dyn Account> = Box::new(Writer::begin(file, &Head::now(script, 0))?);
        let accounts = Some(Arc::new(Keeper::begin(vec![("log", log)]).briefly()));
        Ok(Self { accounts, silent: true, script: script.to_owned(), ..Self::default() })
    }

    /// The same with one more account, and what that is called.
    pub(crate) fn with(self, name: &'static str, account: Box<dyn Account>) -> Self {
        let accounts = self.accounts.unwrap_or_else(|| Arc::new(Keeper::begin(Vec::new())));
        accounts.add(name, account);
        Self { accounts: Some(accounts), ..self }
    }

    /// Whether nothing is told.
    pub(crate) const fn is_silent(&self) -> bool {
        self.silent
    }

    /// The same with a film, which is shown what the terminal would be.
    pub(crate) fn filmed(self, film: Arc<Recorder>) -> Self {
        Self { film: Some(film), ..self }
    }

    /// An engine of which `view` shows what happens, unless a film does, and of which it is kept.
    pub(crate) fn engine(&mut self, config: Config, view: &Arc<View>, console: Arc<dyn Console>) -> Engine {
        let shown = self.beside(view);
        if config.netcat {
            // No other statement follows that could have something kept.
            return Engine::new(config, shown, console);
        }
        let origin = Origin {
            script: self.script.clone(),
            arguments: config.arguments.len(),
            tongue: self.tongue,
            is_prompt: config.journal && terminal::output_width().is_some(),
        };
        let views = Arc::new(Fork::to(vec![shown]));
        let archive = Arc::new(Archive::of(Arc::clone(&views), origin));
        self.archive = Some(Arc::clone(&archive));
        Engine::new(config, views, console).with_archive(archive)
    }

    /// A view that shows as `view` does, unless a film does, and keeps.
    fn beside(&self, view: &Arc<View>) -> Arc<dyn EventSink> {
        let shown: Arc<dyn EventSink> = match &self.film {
            Some(film) => Arc::clone(film) as Arc<dyn EventSink>,
            None => Arc::clone(view) as Arc<dyn EventSink>,
        };
        match &self.accounts {
            None => shown,
            Some(accounts) => Arc::new(Fork::to(vec![Arc::clone(accounts) as Arc<dyn EventSink>, shown])),
        }
    }

    /// Notes how the run ended. Gives what could not be written, in words.
    pub(crate) fn end(&self, status: Status) -> Option<String> {
        let end = Event { step: 0, session: None, what: What::Exited(status.code()), form: Form::Text };
        if let Some(film) = &self.film {
            film.emit(end.clone());
        }
        let archived = self.archive.as_ref().and_then(|archive| archive.close(&end));
        let Some(accounts) = &self.accounts else { return archived };
        accounts.emit(end);
        let failed = accounts.end().into_iter().find_map(|(name, outcome)| Some((name, outcome.err()?)));
        failed.map(|(name, error)| format!("the {name} ends too early: {}", reason(&error))).or(archived)
    }
}

/// Who may read and write a file that is made: those whom the user lets (umask(2)).
pub(super) const PUBLIC: u32 = 0o666;
/// The user alone, since there are secrets in it.
pub(super) const PRIVATE: u32 = 0o600;

/// An account that is begun in a file; `mode` is for one that is not there yet. Whoever could read what was there reads
/// no secrets.
pub(super) fn begun<A: Account + 'static>(
    path: &Path,
    mode: u32,
    begin: impl FnOnce(File) -> io::Result<A>,
) -> Result<Box<dyn Account>, Unreadable> {
    let file = opening::to_write(File::options().create(true).write(true).truncate(true).mode(mode), path);
    let file = file.and_then(|file| if mode == PRIVATE { for_the_user_alone(file) } else { Ok(file) });
    Ok(Box::new(file.and_then(begin).map_err(|error| unwritable(path, &error))?))
}

/// The same file, which nobody else may read; what is no file (a pipe, a device) is the business of whoever made it.
fn for_the_user_alone(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
    }
    Ok(file)
}

/// What is wrong with a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Unreadable {
    let message = format!("cannot write `{}`: {}", path.display(), reason(error));
    Unreadable::new(Diagnostic::error(message), Status::REFUSED)
}
