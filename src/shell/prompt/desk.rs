//! The desk: the engine's console at the prompt. What the engine asks goes to the thread that edits lines.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Lock, PoisonError, mpsc as blocking};

use bytes::Bytes;
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

use super::printer::Printer;
use crate::engine::Console;
use crate::engine::console::Task;
use crate::shell::escape;
use crate::shell::view::View;

/// What the thread that edits lines is asked to do, or told.
pub(crate) enum Request {
    /// Ask the person; the answer is `None` at the end of input. When the person interrupts, it is dropped.
    Ask { prompt: String, secret: bool, answer: oneshot::Sender<Option<String>> },
    /// Take lines for this session until it is detached.
    Attach(String),
    /// Have the person edit the entry of that number, or the last one.
    Edit { entry: Option<u64>, answer: oneshot::Sender<Result<(), String>> },
    /// The entry has ended.
    Ended(Verdict),
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// In whatever way; the prompt goes on.
    Over,
    /// `exit CODE`.
    Exit(u8),
}

/// The engine's side of the desk.
pub(crate) struct Desk {
    requests: blocking::Sender<Request>,
    printer: Printer,
    /// Lines typed for the attached session; `None` is the end of input.
    typed: Mutex<mpsc::UnboundedReceiver<Option<Bytes>>>,
    shown: Lock<escape::Stream>,
    attached: Arc<AtomicBool>,
    interrupt: Arc<Notify>,
    view: Arc<View>,
}

/// The person's side of the desk.
pub(crate) struct Seat {
    /// What the engine asks for.
    pub(crate) requests: blocking::Receiver<Request>,
    /// Where lines for the attached session go.
    pub(crate) typed: mpsc::UnboundedSender<Option<Bytes>>,
    /// Whether a session is attached.
    pub(crate) attached: Arc<AtomicBool>,
    /// Interrupts the statement that asked.
    pub(crate) interrupt: Arc<Notify>,
}

/// A desk with both its sides, and the way to tell the person's side.
pub(crate) fn desk(printer: Printer, view: Arc<View>) -> (Desk, Seat, blocking::Sender<Request>) {
    let (requests, asked) = blocking::channel();
    let (typed, lines) = mpsc::unbounded_channel();
    let attached = Arc::new(AtomicBool::new(false));
    let interrupt = Arc::new(Notify::new());
    let desk = Desk {
        requests: requests.clone(),
        printer,
        typed: Mutex::new(lines),
        shown: Lock::default(),
        attached: Arc::clone(&attached),
        interrupt: Arc::clone(&interrupt),
        view,
    };
    (desk, Seat { requests: asked, typed, attached, interrupt }, requests)
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
        Box::pin(async move { Ok(self.typed.lock().await.recv().await.flatten()) })
    }

    fn write(&self, bytes: Bytes) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            self.printer.room().await;
            let text = self.shown.lock().unwrap_or_else(PoisonError::into_inner).push(&bytes);
            self.printer.print(text);
            Ok(())
        })
    }

    fn end(&self) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            let rest = self.shown.lock().unwrap_or_else(PoisonError::into_inner).finish();
            self.printer.print(rest);
            Ok(())
        })
    }

    fn attach(&self, session: Option<&str>) {
        self.attached.store(session.is_some(), Ordering::Release);
        self.view.attach(session);
        match session {
            Some(session) => {
                // What was typed for another session that has ended since is not this one's.
                if let Ok(mut typed) = self.typed.try_lock() {
                    while typed.try_recv().is_ok() {}
                }
                let _ = self.requests.send(Request::Attach(session.to_owned()));
            }
            None if self.printer.is_editing() => end_line(),
            None => {}
        }
    }
}
