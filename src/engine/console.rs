//! The console: where a running script reads what a person types and joins a conversation to the terminal.

use std::io;
use std::pin::Pin;

use bytes::Bytes;

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

    /// Tells that `session` is attached (`Some`) or no longer (`None`), so that a prompt can step aside.
    fn attach(&self, session: Option<&str>);

    /// Has the person edit the entry of that number, or the last one, as the next entry. Only a prompt has entries.
    fn edit(&self, entry: Option<u64>) -> Task<'_, io::Result<()>> {
        let _ = entry;
        Box::pin(async {
            Err(io::Error::new(io::ErrorKind::Unsupported, "there is no prompt whose entries could be edited"))
        })
    }
}
