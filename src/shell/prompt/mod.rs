//! The prompt: statements are typed on the main thread while sessions live on the engine's.

mod assistant;
mod attached;
mod complete;
mod desk;
mod editor;
mod entry;
mod ghost;
mod history;
mod indent;
mod keys;
mod lines;
mod listing;
mod paths;
mod places;
mod printer;
mod queue;
mod raw;
mod recall;
mod reserve;
mod retype;
mod rows;
mod startup;
mod worker;

use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::arguments::Globals;
use super::colour;
use super::kept::Kept;
use super::source::{Unreadable, reason};
use super::status::Status;
use super::terminal;
use super::view::{Sheet, Taste, View};
use crate::engine::Outcome;
use crate::language::{Diagnostic, Source};
use crate::look::words::Importance;
use crate::look::{Paint, Role, face};
use assistant::Assistant;
use desk::{Request, Verdict};
use entry::Line;
use history::History;
use lines::{Lines, Typed};
use printer::Printer;
use reserve::Reserve;
use worker::Worker;

/// What errors call an entry, before its number.
const ENTRY: &str = "entry #";

/// Runs the prompt until `exit`, or Ctrl-D; while sessions are open, a second one right behind it.
pub(crate) fn run(globals: &Globals) -> Result<Status, Unreadable> {
    let refused = |error: &io::Error| {
        let message = format!("the prompt has no terminal: {}", reason(error));
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    };
    // Before signals are taken, so that those which end a process still do.
    terminal::await_foreground();
    terminal::remember();
    let kept = Kept::begin(globals, "", &[])?;
    let mut prompt = Prompt::open(globals, kept).map_err(|error| refused(&error))?;
    if globals.quiet == 0 {
        prompt.printer.print(format!("nsh {} — type `help`, or press Tab", env!("CARGO_PKG_VERSION")));
    }
    let result = prompt.start_up(globals).and_then(|()| prompt.converse());
    prompt.printer.flush();
    let Prompt { worker, printer, .. } = prompt;
    let kept = worker.stop();
    let status = result.map_err(|error| refused(&io::Error::other(error.to_string())))?;
    let trouble = kept.and_then(|kept| kept.end(status));
    let status = if trouble.is_some() { status.or(Status::REFUSED) } else { status };
    if let Some(trouble) = trouble {
        printer.print(format!("error: {trouble}"));
    }
    printer.flush();
    Ok(status)
}

/// How long what was typed for a session may take to be sent when the person leaves it.
const LAST_KEYS: Duration = Duration::from_millis(300);

/// Lines about data and connections that are shown in a second: what a person may still follow.
const LINES: u64 = 50;

struct Prompt {
    lines: Lines,
    worker: Worker,
    printer: Printer,
    paint: Paint,
    /// How the last entry ended.
    last: Status,
}

impl Prompt {
    fn open(globals: &Globals, kept: Kept) -> io::Result<Self> {
        let paint = colour::decide(globals.color).0;
        let reserve = Arc::new(Reserve::new()?);
        let printer = Printer::start()?;
        let down_to = match globals.quiet {
            0 => Importance::Data,
            1 => Importance::Warning,
            _ => Importance::Error,
        };
        let taste = Taste { down_to, greets: false, aligned: true, lines: LINES, paints: (paint, paint) };
        let sheet: Arc<dyn Sheet> = Arc::new(printer.clone());
        let view = Arc::new(View::new(sheet, taste));
        let (history, trouble) = History::open(history::file());
        let history = Arc::new(Mutex::new(history));
        let worker = Worker::start(view, printer.clone(), Arc::clone(&history), kept)?;
        let assistant = Assistant::new(
            worker.engine.clone(),
            printer.clone(),
            Arc::clone(&reserve),
            Arc::clone(&worker.seat.attached),
            Arc::clone(&history),
            paint,
        );
        let lines = Lines::new(assistant, printer.clone(), reserve, history)
            .map_err(|error| io::Error::other(error.to_string()))?;
        let prompt = Self { lines, worker, printer, paint, last: Status::HELD };
        prompt.warn(trouble);
        Ok(prompt)
    }

    /// Says what is amiss, if something is.
    fn warn(&self, trouble: Option<String>) {
        if let Some(trouble) = trouble {
            self.printer.print(format!("{}: {trouble}", self.paint.apply(Role::Warning, "warning")));
        }
    }

    /// Takes entries until the last.
    fn converse(&mut self) -> rustyline::Result<Status> {
        let mut number = 0;
        let mut told = false;
        loop {
            let warned = std::mem::take(&mut told);
            let text = match self.statement()? {
                Typed::Line(text) => text,
                Typed::Interrupted(_) | Typed::Detached(_) => continue,
                Typed::End if !warned && self.tell_what_is_open() => {
                    told = true;
                    continue;
                }
                Typed::End | Typed::Gone => return Ok(Status::HELD),
                Typed::Broken(reason) => {
                    self.printer.print(format!("error: the terminal cannot be read: {reason}"));
                    return Ok(Status::REFUSED);
                }
            };
            if text.trim().is_empty() {
                continue;
            }
            number += 1;
            self.keep(number, &text);
            self.worker.engine.enter(number);
            self.worker.run(Source::new(format!("{ENTRY}{number}"), text));
            let verdict = self.attend()?;
            let trouble = self.lines.forget(|text| self.worker.engine.hides(text));
            self.warn(trouble);
            match verdict {
                Verdict::Exit(code) => return Ok(Outcome::Exit(code).into()),
                Verdict::Over(status) => self.last = status,
            }
        }
    }

    /// Says how many sessions are open, if there are any.
    fn tell_what_is_open(&self) -> bool {
        let text = match self.worker.engine.situation().live {
            0 => return false,
            1 => "1 session is open; Ctrl-D again closes it and leaves".to_owned(),
            count => format!("{count} sessions are open; Ctrl-D again closes them and leaves"),
        };
        self.printer.print(text);
        true
    }

    /// Keeps an entry in the history, unless a secret stands in it.
    fn keep(&mut self, number: usize, text: &str) {
        let engine = &self.worker.engine;
        if engine.hides(text) {
            self.lines.pass_over();
        } else {
            let trouble = self.lines.keep(number, text, engine.history_size());
            self.warn(trouble);
        }
    }

    fn statement(&mut self) -> rustyline::Result<Typed> {
        let (plain, styled) = self.question();
        self.lines.read(Line::Statement, &plain, &styled)
    }

    /// The text before a statement, plain and in colour.
    fn question(&self) -> (String, String) {
        let engine = &self.worker.engine;
        let width = terminal::output_width();
        face::face(&engine.situation(), self.last.code(), self.paint, width)
    }

    /// Does what the engine asks for until the entry has ended.
    fn attend(&mut self) -> rustyline::Result<Verdict> {
        let mut patience = None;
        let mut left = false;
        loop {
            let requests = &self.worker.seat.requests;
            let request = match patience.take() {
                None => requests.recv().ok(),
                Some(patience) => match requests.recv_timeout(patience) {
                    Err(RecvTimeoutError::Timeout) => {
                        self.worker.seat.interrupt.notify_waiters();
                        continue;
                    }
                    request => request.ok(),
                },
            };
            match request {
                // Leaving a session interrupts its statement, but nothing has failed.
                Some(Request::Ended(Verdict::Over(_))) if left => return Ok(Verdict::Over(Status::HELD)),
                Some(Request::Ended(verdict)) => return Ok(verdict),
                Some(Request::Ask { prompt, secret, answer }) => {
                    let line = if secret { Line::Secret } else { Line::Answer };
                    match self.lines.read(line, &prompt, &prompt)? {
                        Typed::Line(text) => drop(answer.send(Some(text))),
                        Typed::End | Typed::Gone => drop(answer.send(None)),
                        // Dropping it interrupts the statement that asked.
                        _ => {
                            self.printer.print("interrupted");
                            drop(answer);
                        }
                    }
                }
                Some(Request::Retype { text, pace, answer }) => self.retype(&text, pace, answer)?,
                Some(Request::Edit { entry, answer }) => {
                    self.worker.seat.lent.store(true, Ordering::Release);
                    self.lines.edit(entry, answer);
                    self.worker.seat.lent.store(false, Ordering::Release);
                }
                Some(Request::Attach { session, manner, over }) => {
                    if self.attached(&session, manner, &over)? {
                        let _ = self.worker.seat.typed.send(desk::Typed::Leave);
                        patience = Some(LAST_KEYS);
                        left = true;
                    }
                }
                None => return Ok(Verdict::Exit(Status::PANICKED.code())),
            }
        }
    }
}
