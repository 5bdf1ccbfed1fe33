//! The desk: the engine's console at the prompt. What the engine asks goes to the thread that edits lines.

use std::io::{self, PipeReader, PipeWriter};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError, mpsc as blocking};

use bytes::Bytes;
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

use super::history::History;
use super::printer::Printer;
use crate::engine::Console;
use crate::engine::console::{Manner, Pace, Past, Task};
use crate::engine::event::SessionTag;
use crate::look::escape;
use crate::shell::output::write_all;
use crate::shell::status::Status;
use crate::shell::view::View;

/// What the thread that edits lines is asked to do, or told.
pub(crate) enum Request {
    /// Ask the person; the answer is `None` at the end of input. When the person interrupts, it is dropped.
    Ask { prompt: String, secret: bool, answer: oneshot::Sender<Option<String>> },
    /// Show a statement as if it were typed; the answer is whether to go on.
    Retype { text: String, pace: Pace, answer: oneshot::Sender<bool> },
    /// Have the person edit the entry of that number, or the last one.
    Edit { entry: Option<u64>, answer: oneshot::Sender<Result<(), String>> },
    /// Take lines or keys for this session until it is detached, or until `over` has no writer any more.
    Attach { session: Arc<SessionTag>, manner: Manner, over: PipeReader },
    /// The entry has ended.
    Ended(Verdict),
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// With this status; the prompt goes on.
    Over(Status),
    /// `exit CODE`.
    Exit(u8),
}

/// What is typed for an attached session.
#[derive(Debug)]
pub(crate) enum Typed {
    /// These bytes.
    Bytes(Bytes),
    /// The end of the input.
    End,
    /// Ctrl-]: back to the prompt, once all before is sent.
    Leave,
}

/// The engine's side of the desk.
pub(crate) struct Desk {
    requests: blocking::Sender<Request>,
    printer: Printer,
    typed: Mutex<mpsc::UnboundedReceiver<Typed>>,
    shown: Lock<Shown>,
    attached: Arc<AtomicBool>,
    lent: Arc<AtomicBool>,
    interrupt: Arc<Notify>,
    view: Arc<View>,
    history: Arc<Lock<History>>,
}

/// How an attached session's bytes are shown.
#[derive(Default)]
struct Shown {
    manner: Manner,
    stream: escape::Stream,
    /// While it is there, the thread that takes keys goes on.
    lasting: Option<PipeWriter>,
}

/// The person's side of the desk.
pub(crate) struct Seat {
    /// What the engine asks for.
    pub(crate) requests: blocking::Receiver<Request>,
    /// Where what is typed for the attached session goes.
    pub(crate) typed: mpsc::UnboundedSender<Typed>,
    /// Whether a session is attached.
    pub(crate) attached: Arc<AtomicBool>,
    /// Whether another program has the terminal: keys that interrupt are its own.
    pub(crate) lent: Arc<AtomicBool>,
    /// Interrupts the statement that asked.
    pub(crate) interrupt: Arc<Notify>,
}

/// A desk with both its sides, and the way to tell the person's side.
pub(crate) fn desk(
    printer: Printer,
    view: Arc<View>,
    history: Arc<Lock<History>>,
) -> (Desk, Seat, blocking::Sender<Request>) {
    let (requests, asked) = blocking::channel();
    let (typed, lines) = mpsc::unbounded_channel();
    let (attached, lent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let interrupt = Arc::new(Notify::new());
    let desk = Desk {
        requests: requests.clone(),
        printer,
        typed: Mutex::new(lines),
        shown: Lock::default(),
        attached: Arc::clone(&attached),
        lent: Arc::clone(&lent),
        interrupt: Arc::clone(&interrupt),
        view,
        history,
    };
    (desk, Seat { requests: asked, typed, attached, lent, interrupt }, requests)
}

/// Ends the line that is being edited, from another thread: its editor heeds nothing else.
pub(crate) fn end_line() {
    let _ = kill_process(getpid(), Signal::INT);
}

impl Console for Desk {
    fn ask<'a>(&'a self, prompt: &'a str, secret: bool) -> Task<'a, io::Result<Option<String>>> {
        Box::pin(async move {
            let (answer, wait) = oneshot::channel();
            let prompt = escape::one_line(prompt.as_bytes());
            self.requests
                .send(Request::Ask { prompt, secret, answer })
                .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            if let Ok(answer) = wait.await {
                return Ok(answer);
            }
            // Interrupting drops this future.
            self.interrupt.notify_waiters();
            std::future::pending().await
        })
    }

    fn edit(&self, entry: Option<u64>) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            let (answer, wait) = oneshot::channel();
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            self.requests.send(Request::Edit { entry, answer }).map_err(|_| gone())?;
            wait.await.map_err(|_| gone())?.map_err(io::Error::other)
        })
    }

    fn read(&self) -> Task<'_, io::Result<Option<Bytes>>> {
        Box::pin(async move {
            match self.typed.lock().await.recv().await {
                Some(Typed::Bytes(bytes)) => Ok(Some(bytes)),
                Some(Typed::End) | None => Ok(None),
                Some(Typed::Leave) => {
                    // Interrupting drops this future.
                    self.interrupt.notify_waiters();
                    std::future::pending().await
                }
            }
        })
    }

    fn write(&self, bytes: Bytes) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            let (manner, text) = self.escaped(bytes);
            if manner == Manner::Lines {
                self.printer.room().await;
                self.printer.print(String::from_utf8_lossy(&text).into_owned());
                return Ok(());
            }
            // The printer has lent the terminal to the session; a terminal that is slow stops nobody else.
            let written = tokio::task::spawn_blocking(move || write_all(rustix::stdio::stdout(), &text));
            written.await.map_err(io::Error::other)?
        })
    }

    fn end(&self) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            let rest = self.shown().stream.finish();
            self.printer.print(rest);
            Ok(())
        })
    }

    fn attach(&self, session: Option<(&Arc<SessionTag>, Manner)>) {
        self.attached.store(session.is_some(), Ordering::Release);
        self.view.attach(session.map(|(tag, _)| tag.name.as_str()));
        let Some((tag, manner)) = session else {
            self.shown().lasting = None;
            if self.printer.is_editing() {
                end_line();
            }
            return;
        };
        // What was typed for another session that has ended since is not this one's.
        if let Ok(mut typed) = self.typed.try_lock() {
            while typed.try_recv().is_ok() {}
        }
        match io::pipe() {
            Ok((over, lasting)) => {
                let stream = if manner == Manner::Lines { escape::Stream::default() } else { escape::Stream::moving() };
                *self.shown() = Shown { manner, stream, lasting: Some(lasting) };
                let _ = self.requests.send(Request::Attach { session: Arc::clone(tag), manner, over });
            }
            Err(error) => {
                let reason = crate::shell::source::reason(&error);
                self.printer.print(format!("error: the terminal cannot be attached: {reason}"));
                self.interrupt.notify_waiters();
            }
        }
    }

    fn lend(&self, lent: bool) {
        self.lent.store(lent, Ordering::Release);
    }

    fn history(&self) -> Option<Vec<Past>> {
        Some(self.history.lock().unwrap_or_else(PoisonError::into_inner).entries().to_vec())
    }

    fn retype<'a>(&'a self, text: &'a str, pace: Pace) -> Task<'a, io::Result<bool>> {
        Box::pin(async move {
            let (answer, wait) = oneshot::channel();
            let text = escape::lines(text.as_bytes());
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            self.requests.send(Request::Retype { text, pace, answer }).map_err(|_| gone())?;
            wait.await.map_err(|_| gone())
        })
    }
}

impl Desk {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is shown for `bytes` of the attached session.
    fn escaped(&self, bytes: Bytes) -> (Manner, Bytes) {
        let mut shown = self.shown();
        let text = match shown.manner {
            Manner::Trusted => bytes,
            Manner::Lines | Manner::Raw => shown.stream.push(&bytes).into(),
        };
        (shown.manner, text)
    }
}
