//! Running without a prompt: a script, statements of an argument, or one statement joined to the standard streams.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::arguments::Globals;
use super::colour;
use super::console::Stdio;
use super::folder;
use super::input::Input;
use super::kept::Kept;
use super::key_log;
use super::output::Streams;
use super::signals::{Signal, Signals};
use super::source::reason;
use super::status::Status;
use super::terminal;
use super::view::{Taste, View};
use crate::engine::{Class, Config, Engine, EventSink, Fault, Outcome, Program, Rejection};
use crate::language::{Diagnostic, Mode, Source};
use crate::look::draw;
use crate::look::words::Importance;

/// How often sums of data are looked at while something runs.
const TICK: Duration = Duration::from_millis(250);
/// More threads than this wait for each other rather than for work.
const MOST_THREADS: usize = 16;
/// How often the live line of a relay or server is drawn.
const RENEWAL: Duration = Duration::from_secs(1);

/// An engine on the standard streams with everything around it.
pub(crate) struct Stage {
    runtime: Runtime,
    pub(crate) engine: Engine,
    pub(crate) view: Arc<View>,
    pub(crate) input: Arc<Input>,
    streams: Arc<Streams>,
    signals: Signals,
    netcat: bool,
    globals: Globals,
    kept: Kept,
}

/// How many threads run what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// One, so that what happens has an order.
    One,
    /// One for each processor, for what only answers others.
    Many,
}

impl Threads {
    fn runtime(self) -> io::Result<Runtime> {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let mut builder = match self {
            Self::Many if processors > 1 => Builder::new_multi_thread(),
            _ => Builder::new_current_thread(),
        };
        builder.worker_threads(processors.min(MOST_THREADS)).enable_all().build()
    }
}

/// How a program came to its end.
pub(crate) enum Ending {
    /// By itself.
    Outcome(Outcome),
    /// By an error.
    Fault(Box<Fault>),
    /// By a signal.
    Signal(Signal),
    /// Standard output cannot be written any more.
    Output(io::Error),
}

impl Stage {
    /// Sets the stage for what `config` is for.
    pub(crate) fn set(globals: &Globals, config: Config, mut kept: Kept, threads: Threads) -> io::Result<Self> {
        let netcat = config.netcat;
        let runtime = threads.runtime()?;
        let streams = Arc::new(Streams::new());
        let input = Arc::new(Input::default());
        let sheet = Arc::clone(&streams);
        let taste = taste(globals, netcat);
        let down_to = if kept.is_silent() { Importance::Never } else { taste.down_to };
        let view = Arc::new(View::new(sheet, Taste { down_to, ..taste }));
        let console = Arc::new(Stdio::new(Arc::clone(&input), Arc::clone(&streams), netcat));
        let guard = runtime.enter();
        let signals = Signals::new()?;
        let config = Config { keep: folder::data(), key_log: key_log::of_environment(), ..config };
        let engine = kept.engine(config, &view, console);
        drop(guard);
        Ok(Self { runtime, engine, view, input, streams, signals, netcat, globals: globals.clone(), kept })
    }

    /// Loads and runs `source`, then closes everything: the whole life of a script.
    pub(crate) fn play(mut self, source: Source) -> Status {
        match self.load(source) {
            Ok(program) => {
                let status = self.perform(&program);
                self.close(status)
            }
            Err(rejection) => {
                self.reject(&rejection);
                self.keep(Status::USAGE)
            }
        }
    }

    /// Parses and checks `source`.
    pub(crate) fn load(&self, source: Source) -> Result<Program, Rejection> {
        let mode = if self.netcat { Mode::Arguments } else { Mode::Script };
        let program = self.engine.load(source, mode)?;
        let warnings = program.warnings.iter().map(|(source, diagnostic)| (source.as_ref(), diagnostic));
        self.view.tell(draw::diagnostics(warnings, self.view.style()), Importance::Warning);
        Ok(program)
    }

    /// Says why a source was rejected.
    pub(crate) fn reject(&self, rejection: &Rejection) {
        let findings = rejection.findings.iter().map(|(source, diagnostic)| (source.as_ref(), diagnostic));
        self.view.tell(draw::diagnostics(findings, self.view.style()), Importance::Error);
    }

    /// Runs `program` until it ends, a signal comes, or nobody reads any more.
    fn drive(&mut self, program: &Program) -> Ending {
        let live = self.netcat && self.globals.verbose > 0 && self.streams.error_can_redraw();
        let driving = drive(&self.engine, program, &self.view, &self.streams, &mut self.signals, live);
        let ending = self.runtime.block_on(driving);
        self.view.settle();
        ending
    }

    /// Runs `program` until it ends, however that comes about.
    pub(crate) fn perform(&mut self, program: &Program) -> Status {
        let ending = self.drive(program);
        self.report(ending)
    }

    /// Says what there is to say about an ending.
    fn report(&self, ending: Ending) -> Status {
        match ending {
            Ending::Outcome(outcome) => outcome.into(),
            Ending::Fault(fault) => {
                self.blame(&fault);
                fault.class.into()
            }
            Ending::Signal(signal) => signal.status(),
            // As it is with other programs in a pipe, whose reader has seen enough.
            Ending::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Status::NO_READER,
            Ending::Output(error) => {
                let message = format!("cannot write to standard output: {}", reason(&error));
                self.complain(&Diagnostic::error(message), &Source::new("", ""));
                Status::REFUSED
            }
        }
    }

    /// Runs an entry of a plain reader: how it went, and whether it was the last. Ctrl-C interrupts it, and at a
    /// terminal no more than it.
    pub(crate) fn perform_entry(&mut self, program: &Program) -> (Status, bool) {
        let ending = self.drive(program);
        match ending {
            Ending::Outcome(Outcome::Exit(code)) => (Outcome::Exit(code).into(), true),
            Ending::Signal(Signal::Interrupt) => (Status::INTERRUPTED, !io::stdin().is_terminal()),
            Ending::Signal(signal) => (signal.status(), true),
            ending => (self.report(ending), false),
        }
    }

    /// Shows a prompt on standard output.
    pub(crate) fn show_prompt(&self, prompt: &str) {
        let _ = self.streams.output(prompt.as_bytes());
    }

    /// Says an error that no program raised.
    pub(crate) fn complain(&self, diagnostic: &Diagnostic, source: &Source) {
        self.view.tell(draw::diagnostic_in(diagnostic, source, self.view.style()), Importance::Error);
    }

    /// Waits for something of this console's while signals are heeded; `None` when one came.
    pub(crate) fn wait<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Signal> {
        let signals = &mut self.signals;
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                signal = signals.next_end() => Err(signal),
                result = future => Ok(result),
            }
        })
    }

    /// Closes all sessions. A second signal does not wait for that.
    pub(crate) fn close(mut self, status: Status) -> Status {
        if self.netcat && self.globals.verbose > 0 {
            self.view.tell(self.engine.statistics(), Importance::Ordinary);
        }
        let (engine, signals) = (&self.engine, &mut self.signals);
        let status = self.runtime.block_on(async {
            tokio::select! {
                failed = engine.shut_down() => status.or(failed.map_or(Status::HELD, Status::of)),
                signal = signals.next_end() => signal.status(),
            }
        });
        self.view.finish();
        self.view.total();
        let status = self.keep(status);
        terminal::restore();
        // A thread may still hang in a read or a name server's answer.
        self.runtime.shutdown_background();
        status
    }

    /// Ends what is kept of the run; the status with which the process ends.
    fn keep(&self, status: Status) -> Status {
        let Some(trouble) = self.kept.end(status) else { return status };
        self.complain(&Diagnostic::error(trouble), &Source::new("", ""));
        status.or(Status::REFUSED)
    }

    /// Says what ended the script. A single statement has no place worth pointing at when the network refused.
    fn blame(&self, fault: &Fault) {
        let style = self.view.style();
        let text = if self.netcat && fault.class == Class::Refused {
            let with_hints = self.globals.verbose > 0 || style.width.is_some();
            draw::message(&fault.diagnostic, with_hints, style)
        } else {
            draw::diagnostic_in(&fault.diagnostic, &fault.source, style)
        };
        self.view.finish();
        self.view.tell(text, Importance::Error);
    }
}

/// Lines about data and connections that are shown in a second.
const LINES: u64 = 200;

fn taste(globals: &Globals, netcat: bool) -> Taste {
    Taste {
        down_to: down_to(globals, netcat),
        // A person who waits for somebody wants to know; a program that reads standard error does not.
        greets: netcat && io::stderr().is_terminal(),
        aligned: false,
        lines: LINES,
        paints: colour::decide(globals.color),
    }
}

/// What is told when these options are given.
fn down_to(globals: &Globals, netcat: bool) -> Importance {
    match (globals.quiet, globals.verbose) {
        (2.., _) => Importance::Error,
        (1, _) => Importance::Warning,
        (0, 0) if netcat => Importance::Notable,
        (0, 1) if netcat => Importance::Ordinary,
        _ => Importance::Data,
    }
}

/// Runs `program` until it ends, a signal comes, or nobody reads any more; with `live`, draws what relays and servers
/// move.
async fn drive(
    engine: &Engine,
    program: &Program,
    view: &View,
    streams: &Streams,
    signals: &mut Signals,
    live: bool,
) -> Ending {
    let mut running = std::pin::pin!(engine.run(program));
    let mut tick = tokio::time::interval(TICK);
    let mut renewal = tokio::time::interval(RENEWAL);
    loop {
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::Statistics => view.tell(engine.statistics(), Importance::Error),
                signal => return Ending::Signal(signal),
            },
            result = &mut running => return match (streams.failure(), result) {
                (Some(error), _) => Ending::Output(error),
                (None, Ok(outcome)) => Ending::Outcome(outcome),
                (None, Err(fault)) => Ending::Fault(Box::new(fault)),
            },
            error = streams.failed() => return Ending::Output(error),
            _ = tick.tick(), if view.wants_data() => view.tick(),
            _ = renewal.tick(), if live => if let Some(flows) = engine.flows() {
                view.renew(&flows);
            },
        }
    }
}
