//! The prompt: statements are typed on the main thread while sessions live on the engine's.

mod assistant;
mod complete;
mod desk;
mod editor;
mod ghost;
mod history;
mod indent;
mod keys;
mod lines;
mod paths;
mod places;
mod printer;
mod reserve;
mod rows;
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::arguments::Globals;
use super::colour::{Paint, Role};
use super::source::{Unreadable, reason};
use super::status::Status;
use super::view::{Sheet, View};
use super::words::Importance;
use crate::engine::Outcome;
use crate::language::{Diagnostic, Source};
use assistant::{Assistant, Line};
use desk::{Request, Verdict};
use lines::{Lines, Typed};
use printer::Printer;
use reserve::Reserve;
use worker::Worker;

/// Runs the prompt until Ctrl-D or `exit`.
pub(crate) fn run(globals: &Globals) -> Result<Status, Unreadable> {
    let refused = |error: &io::Error| {
        let message = format!("the prompt has no terminal: {}", reason(error));
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    };
    let mut prompt = Prompt::open(globals).map_err(|error| refused(&error))?;
    if globals.quiet == 0 {
        prompt.printer.print(format!("nsh {} — type `help`, or press Tab", env!("CARGO_PKG_VERSION")));
    }
    let result = prompt.converse();
    prompt.printer.flush();
    let Prompt { worker, printer, .. } = prompt;
    worker.stop();
    printer.flush();
    result.map_err(|error| refused(&io::Error::other(error.to_string())))
}

struct Prompt {
    lines: Lines,
    worker: Worker,
    printer: Printer,
    paint: Paint,
}

impl Prompt {
    fn open(globals: &Globals) -> io::Result<Self> {
        let paint = Paint::decide(globals.color).0;
        let reserve = Arc::new(Reserve::new()?);
        let printer = Printer::start()?;
        let down_to = match globals.quiet {
            0 => Importance::Data,
            1 => Importance::Warning,
            _ => Importance::Error,
        };
        let sheet: Arc<dyn Sheet> = Arc::new(printer.clone());
        let view = Arc::new(View::new(sheet, down_to, (paint, paint)));
        let worker = Worker::start(view, printer.clone())?;
        let assistant = Assistant::new(
            worker.engine.clone(),
            printer.clone(),
            Arc::clone(&reserve),
            Arc::clone(&worker.seat.attached),
            paint,
        );
        let (lines, trouble) =
            Lines::new(assistant, printer.clone(), reserve).map_err(|error| io::Error::other(error.to_string()))?;
        if let Some(trouble) = trouble {
            printer.print(format!("{}: {trouble}", paint.apply(Role::Warning, "warning")));
        }
        Ok(Self { lines, worker, printer, paint })
    }

    /// Takes entries until the last.
    fn converse(&mut self) -> rustyline::Result<Status> {
        let mut number = 0;
        loop {
            let text = match self.statement()? {
                Typed::Line(text) => text,
                Typed::Interrupted | Typed::Detached => continue,
                Typed::End => return Ok(Status::HELD),
                Typed::Broken(reason) => {
                    self.printer.print(format!("error: the terminal cannot be read: {reason}"));
                    return Ok(Status::REFUSED);
                }
            };
            if text.trim().is_empty() {
                continue;
            }
            number += 1;
            self.lines.keep(&text);
            self.worker.run(Source::new(format!("entry #{number}"), text));
            if let Verdict::Exit(code) = self.attend()? {
                return Ok(Outcome::Exit(code).into());
            }
        }
    }

    fn statement(&mut self) -> rustyline::Result<Typed> {
        let (current, _) = self.worker.engine.situation();
        let place = current.map_or_else(String::new, |name| format!(" {name}"));
        let plain = format!("nsh{place}> ");
        let styled = format!("{}{place}> ", self.paint.apply(Role::Good, "nsh"));
        self.lines.read(Line::Statement, &plain, &styled)
    }

    /// Does what the engine asks for until the entry has ended.
    fn attend(&mut self) -> rustyline::Result<Verdict> {
        loop {
            match self.worker.seat.requests.recv() {
                Ok(Request::Ended(verdict)) => return Ok(verdict),
                Ok(Request::Ask { prompt, secret, answer }) => {
                    let line = if secret { Line::Secret } else { Line::Answer };
                    match self.lines.read(line, &prompt, &prompt)? {
                        Typed::Line(text) => drop(answer.send(Some(text))),
                        Typed::End => drop(answer.send(None)),
                        // Dropping it interrupts the statement that asked.
                        _ => {
                            self.printer.print("interrupted");
                            drop(answer);
                        }
                    }
                }
                Ok(Request::Edit { entry, answer }) => self.lines.edit(entry, answer),
                Ok(Request::Attach(session)) => self.attached(&session)?,
                Err(_) => return Ok(Verdict::Exit(Status::PANICKED.code())),
            }
        }
    }

    /// Takes lines for an attached session until it is detached. Ctrl-] and Ctrl-C leave the session open, Ctrl-D is
    /// the end of its input.
    fn attached(&mut self, session: &str) -> rustyline::Result<()> {
        let prompt = format!("{session}» ");
        let styled = self.paint.apply(Role::Hint, &prompt);
        self.printer.print(self.paint.apply(Role::Faint, "Ctrl-] returns to the prompt, Ctrl-D ends the input"));
        while self.worker.seat.attached.load(Ordering::Acquire) {
            let typed = self.lines.read(Line::Attached, &prompt, &styled)?;
            let input = match typed {
                Typed::Line(mut text) => {
                    text.push('\n');
                    Some(Bytes::from(text))
                }
                Typed::End => None,
                // Another thread ended the line because the session is over.
                Typed::Interrupted if !self.worker.seat.attached.load(Ordering::Acquire) => break,
                Typed::Interrupted | Typed::Detached | Typed::Broken(_) => {
                    self.printer.print(format!("{session} stays open"));
                    self.worker.seat.attached.store(false, Ordering::Release);
                    self.worker.seat.interrupt.notify_waiters();
                    break;
                }
            };
            let ended = input.is_none();
            let _ = self.worker.seat.typed.send(input);
            if ended {
                break;
            }
        }
        Ok(())
    }
}
