//! The console: where a running script reads what a person types and joins a conversation to the terminal.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::event::SessionTag;

/// A boxed future that may move between threads.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
