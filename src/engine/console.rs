//! The console: where a running script reads what a person types and joins a conversation to the terminal.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::event::SessionTag;

/// A boxed future that may move between threads.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The number of the entry, if it was typed in this shell.
    pub entry: Option<usize>,
    /// What was typed; several lines perhaps.
    pub text: String,
}

/// How fast a script is shown as if it were typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// As a person types, so many times as fast.
    Speed(f64),
    /// Each line waits for Enter.
    Step,
}

/// The person's side of a script. The shell implements it; tests may.
pub trait Console: Send + Sync {
    /// Asks for a line: shows `prompt`, gives what was typed without its line ending, `None` at the end of input.
    fn ask<'a>(&'a self, prompt: &'a str, secret: bool) -> Task<'a, io::Result<Option<String>>>;

    /// The next piece of input for an attached session, as it comes; `None` at the end of input (or at the
    /// escape key of an interactive one). Cancel safe: nothing is lost when the future is dropped.
    fn read(&self) -> Task<'_, io::Result<Option<Bytes>>>;

    /// Bytes of an attached session, for standard output. Waits while the output is full. On a terminal that is
    /// interactive they are escaped by the console.
    fn write(&self, bytes: Bytes) -> Task<'_, io::Result<()>>;

    /// Says that an attached session's data has ended: standard output is closed if that is what it is for.
    fn end(&self) -> Task<'_, io::Result<()>>;

    /// Tells that a session is attached (`Some`), and how, or no longer (`None`), so that a prompt can step aside.
    fn attach(&self, session: Option<(&Arc<SessionTag>, Manner)>);

    /// Tells that a program of the foreground has the terminal, so that keys that interrupt are its own, or no longer.
    fn lend(&self, _lent: bool) {}

    /// What was typed so far, oldest first; `None` where nobody keeps it.
    fn history(&self) -> Option<Vec<Past>> {
        None
    }

    /// Shows a statement as if somebody typed it at a prompt. Whether to go on; not at the end of input.
    fn retype<'a>(&'a self, text: &'a str, pace: Pace) -> Task<'a, io::Result<bool>> {
        Box::pin(async move {
            let line = format!("nsh> {text}");
            if pace == Pace::Step {
                return Ok(self.ask(&line, false).await?.is_some());
            }
            self.write(Bytes::from(line + "\n")).await?;
            Ok(true)
        })
    }

    /// Has the person edit the entry of that number, or the last one, as the next entry. Only a prompt has entries.
    fn edit(&self, entry: Option<u64>) -> Task<'_, io::Result<()>> {
        let _ = entry;
        Box::pin(async {
            Err(io::Error::new(io::ErrorKind::Unsupported, "there is no prompt whose entries could be edited"))
        })
    }
}

/// How an attached session has the terminal. Only a prompt can give it otherwise than line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// Line by line; what comes is escaped.
    #[default]
    Lines,
    /// Key by key; what comes is escaped, but it may move within its line.
    Raw,
    /// Key by key; what comes acts on the terminal.
    Trusted,
}
