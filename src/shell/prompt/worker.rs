//! The worker: the thread on which the engine lives while the prompt has the main thread.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc as blocking};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc};

use super::ENTRY;
use super::desk::{Desk, Request, Seat, Verdict, desk};
use super::history::History;
use super::printer::Printer;
use crate::engine::{Config, Engine, Fault, Outcome, Program};
use crate::language::{Mode, Severity, Source};
use crate::look::draw;
use crate::look::words::Importance;
use crate::shell::STACK;
use crate::shell::folder;
use crate::shell::kept::Kept;
use crate::shell::key_log;
use crate::shell::signals::{Signal, Signals};
use crate::shell::status::Status;
use crate::shell::terminal;
use crate::shell::view::View;

/// How often sums of data are looked at.
const TICK: Duration = Duration::from_millis(250);
/// How long sessions may take to close when a signal ends the shell.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What is said of a statement that Ctrl-C interrupted, in a line of its own: the terminal has shown `^C` already.
const INTERRUPTED: &str = "\ninterrupted\n";

/// The prompt's side of the worker.
pub(crate) struct Worker {
    /// The engine, for completion and checking while a line is typed.
    pub(crate) engine: Engine,
    /// What it asks and tells.
    pub(crate) seat: Seat,
    entries: mpsc::UnboundedSender<Source>,
    thread: JoinHandle<Option<Kept>>,
}

impl Worker {
    /// Starts the thread. All signals are registered when this returns.
    pub(crate) fn start(
        view: Arc<View>,
        printer: Printer,
        history: Arc<Mutex<History>>,
        kept: Kept,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (desk, seat, requests) = desk(printer, Arc::clone(&view), history);
        let told = (Arc::clone(&seat.interrupt), Arc::clone(&seat.lent));
        let (entries, received) = mpsc::unbounded_channel();
        let (ready, wait) = blocking::channel();
        let thread = std::thread::Builder::new().name("engine".into()).stack_size(STACK).spawn(move || {
            let kept = runtime.block_on(async move {
                match Shift::begin(view, desk, requests, told, kept) {
                    Ok(shift) => {
                        let _ = ready.send(Ok(shift.engine.clone()));
                        Some(shift.work(received).await)
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                        None
                    }
                }
            });
            runtime.shutdown_background();
            kept
        })?;
        let engine = wait.recv().unwrap_or_else(|_| Err(io::Error::other("the engine's thread ended")))?;
        Ok(Self { engine, seat, entries, thread })
    }

    /// Has an entry run; what comes of it comes to the seat.
    pub(crate) fn run(&self, entry: Source) {
        let _ = self.entries.send(entry);
    }

    /// Closes all sessions and ends the thread. What is kept of the run is still to be ended.
    pub(crate) fn stop(self) -> Option<Kept> {
        drop(self.entries);
        self.thread.join().ok().flatten()
    }
}

/// The worker's own side.
struct Shift {
    engine: Engine,
    view: Arc<View>,
    signals: Signals,
    requests: blocking::Sender<Request>,
    interrupt: Arc<Notify>,
    lent: Arc<AtomicBool>,
    kept: Kept,
}

impl Shift {
    fn begin(
        view: Arc<View>,
        desk: Desk,
        requests: blocking::Sender<Request>,
        (interrupt, lent): (Arc<Notify>, Arc<AtomicBool>),
        mut kept: Kept,
    ) -> io::Result<Self> {
        let signals = Signals::new()?;
        let config =
            Config { journal: true, keep: folder::data(), key_log: key_log::of_environment(), ..Config::default() };
        let engine = kept.engine(config, &view, Arc::new(desk));
        let ticking = Arc::clone(&view);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(TICK);
            loop {
                tick.tick().await;
                ticking.tick();
            }
        });
        Ok(Self { engine, view, signals, requests, interrupt, lent, kept })
    }

    /// Runs entries until no more can come, then closes all sessions. Gives what is kept of the run.
    async fn work(mut self, mut entries: mpsc::UnboundedReceiver<Source>) -> Kept {
        loop {
            tokio::select! {
                biased;
                signal = self.signals.next() => if signal != Signal::Interrupt {
                    self.heed(signal).await;
                } else if entries.try_recv().is_ok() {
                    // Ctrl-C at the prompt is the line editor's: this one came right behind an Enter.
                    self.view.tell(INTERRUPTED.to_owned(), Importance::Warning);
                    let _ = self.requests.send(Request::Ended(Verdict::Over(Status::INTERRUPTED)));
                },
                entry = entries.recv() => match entry {
                    Some(entry) => {
                        let verdict = self.entry(entry).await;
                        let _ = self.requests.send(Request::Ended(verdict));
                    }
                    None => break,
                },
            }
        }
        tokio::select! {
            _ = self.engine.shut_down() => {}
            signal = self.signals.next_end() => self.leave(signal),
        }
        self.view.finish();
        self.kept
    }

    /// Loads and runs an entry.
    async fn entry(&mut self, entry: Source) -> Verdict {
        let program = match self.engine.load(entry, Mode::Script) {
            Ok(program) => program,
            Err(rejection) => {
                let findings = rejection.findings.iter().map(|(source, diagnostic)| (source.as_ref(), diagnostic));
                self.view.tell(draw::diagnostics(findings, self.view.style()), Importance::Error);
                return Verdict::Over(Status::USAGE);
            }
        };
        let warnings = program.warnings.iter().filter(|(_, warning)| warning.severity == Severity::Warning);
        let warnings = warnings.map(|(source, warning)| (source.as_ref(), warning));
        self.view.tell(draw::diagnostics(warnings, self.view.style()), Importance::Warning);
        match self.run(&program).await {
            Some(Ok(Outcome::Exit(code))) => Verdict::Exit(code),
            Some(Ok(outcome)) => Verdict::Over(outcome.into()),
            Some(Err(fault)) => {
                self.blame(&fault);
                Verdict::Over(fault.class.into())
            }
            None => {
                // Leaving an attached session drops its statement, which cannot say so itself.
                self.view.attach(None);
                Verdict::Over(Status::INTERRUPTED)
            }
        }
    }

    /// Runs a program; `None` when it is interrupted.
    async fn run(&mut self, program: &Program) -> Option<Result<Outcome, Fault>> {
        let engine = self.engine.clone();
        let interrupt = Arc::clone(&self.interrupt);
        let mut interrupted = std::pin::pin!(interrupt.notified());
        let mut running = std::pin::pin!(engine.run(program));
        loop {
            let signal = tokio::select! {
                biased;
                () = &mut interrupted => return None,
                signal = self.signals.next() => signal,
                result = &mut running => return Some(result),
            };
            match signal {
                Signal::Interrupt if self.lent.load(Ordering::Acquire) => {}
                Signal::Interrupt => {
                    self.view.settle();
                    self.view.tell(INTERRUPTED.to_owned(), Importance::Warning);
                    return None;
                }
                signal => self.heed(signal).await,
            }
        }
    }

    /// Shows statistics, or ends the process.
    async fn heed(&mut self, signal: Signal) {
        if signal == Signal::Statistics {
            return self.view.tell(self.engine.statistics(), Importance::Error);
        }
        let _ = tokio::time::timeout(LAST_WORDS, self.engine.shut_down()).await;
        self.leave(signal);
    }

    /// Ends the process by a signal, with the terminal as it was: the main thread may be in the middle of a line.
    fn leave(&self, signal: Signal) {
        if let Some(trouble) = self.kept.end(signal.status()) {
            self.view.tell(format!("error: {trouble}\n"), Importance::Error);
        }
        terminal::restore();
        std::process::exit(signal.status().code().into());
    }

    /// Says why an entry failed.
    fn blame(&self, fault: &Fault) {
        let style = self.view.style();
        let text = if fault.source.name.starts_with(ENTRY) {
            draw::entry(fault, style)
        } else {
            draw::diagnostic_in(&fault.diagnostic, &fault.source, style)
        };
        self.view.tell(text, Importance::Error);
    }
}
