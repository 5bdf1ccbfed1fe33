//! The two output streams: every message is one write, nothing is torn, and a reader that went away is noticed.

use std::io::{self, IsTerminal};
use std::os::fd::BorrowedFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::Notify;

/// Standard output and standard error of this process.
#[derive(Debug)]
pub(crate) struct Streams {
    /// Held while something is written to standard output.
    turn: Mutex<()>,
    output_is_terminal: bool,
    deserted: AtomicBool,
    on_desert: Notify,
}

impl Streams {
    /// The streams as they are now.
    pub(crate) fn new() -> Self {
        Self {
            turn: Mutex::new(()),
            output_is_terminal: io::stdout().is_terminal(),
            deserted: AtomicBool::new(false),
            on_desert: Notify::new(),
        }
    }

    /// Whether standard output is a terminal, so that what goes there must be escaped.
    pub(crate) const fn output_is_terminal(&self) -> bool {
        self.output_is_terminal
    }

    /// Writes all of `bytes` to standard output, as they are. Waits while it is full.
    pub(crate) fn output(&self, bytes: &[u8]) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let result = write_all(rustix::stdio::stdout(), bytes);
        if result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.deserted.store(true, Ordering::Release);
            self.on_desert.notify_one();
        }
        result
    }

    /// Writes a message to standard error. Nobody can be told when that fails.
    pub(crate) fn error(&self, message: &str) {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = write_all(rustix::stdio::stderr(), message.as_bytes());
    }

    /// Closes standard output for its reader, who sees its end; what is written from now on goes nowhere.
    pub(crate) fn end_output(&self) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if self.output_is_terminal {
            return Ok(());
        }
        let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(&nowhere)?;
        Ok(())
    }

    /// Whether the reader of standard output has gone away.
    pub(crate) fn is_deserted(&self) -> bool {
        self.deserted.load(Ordering::Acquire)
    }

    /// Returns when the reader of standard output has gone away.
    pub(crate) async fn deserted(&self) {
        while !self.is_deserted() {
            self.on_desert.notified().await;
        }
    }
}

/// Writes all of `bytes`, also to a descriptor that another process made non-blocking.
pub(crate) fn write_all(stream: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stream, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait(stream, PollFlags::OUT)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Waits until `stream` is ready.
pub(crate) fn wait(stream: BorrowedFd<'_>, flags: PollFlags) -> io::Result<()> {
    match poll(&mut [PollFd::from_borrowed_fd(stream, flags)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
