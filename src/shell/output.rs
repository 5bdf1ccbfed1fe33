//! The two output streams: every message is one write, nothing is torn, and a reader that went away is noticed.

use std::io::{self, IsTerminal};
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::colour::is_dumb;
use super::live::Live;
use super::terminal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::Notify;

/// Standard output and standard error of this process.
#[derive(Debug)]
pub(crate) struct Streams {
    /// What is drawn again and again. Held while something is written.
    live: Mutex<Live>,
    output_is_terminal: bool,
    error_is_terminal: bool,
    /// The first error of standard output.
    failure: Mutex<Option<io::Error>>,
    failed: Notify,
}

impl Streams {
    /// The streams as they are now.
    pub(crate) fn new() -> Self {
        Self {
            live: Mutex::default(),
            output_is_terminal: io::stdout().is_terminal(),
            error_is_terminal: io::stderr().is_terminal(),
            failure: Mutex::default(),
            failed: Notify::new(),
        }
    }

    /// Whether standard output is a terminal, so that what goes there must be escaped.
    pub(crate) const fn output_is_terminal(&self) -> bool {
        self.output_is_terminal
    }

    /// Writes all of `bytes` to standard output, as they are. Waits while it is full.
    pub(crate) fn output(&self, bytes: &[u8]) -> io::Result<()> {
        let result = self.write(rustix::stdio::stdout(), self.output_is_terminal, bytes);
        if let Err(error) = &result {
            let told = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            locked(&self.failure).get_or_insert(told);
            self.failed.notify_one();
        }
        result
    }

    /// Writes a message to standard error. Nobody can be told when that fails.
    pub(crate) fn error(&self, message: &str) {
        let _ = self.write(rustix::stdio::stderr(), self.error_is_terminal, message.as_bytes());
    }

    /// Writes all of `bytes`; on a terminal above the live block.
    fn write(&self, stream: BorrowedFd<'_>, is_terminal: bool, bytes: &[u8]) -> io::Result<()> {
        let mut live = locked(&self.live);
        if !is_terminal {
            return write_all(stream, bytes);
        }
        let (columns, _) = terminal::size();
        self.draw(&live.lift(columns));
        let result = write_all(stream, bytes);
        self.draw(live.lower(bytes, columns));
        result
    }

    /// Whether answers can be drawn again in place.
    pub(crate) fn can_redraw(&self) -> bool {
        self.output_is_terminal && !is_dumb()
    }

    /// Whether what is told can be.
    pub(crate) fn error_can_redraw(&self) -> bool {
        self.error_is_terminal && !is_dumb()
    }

    /// Has the live block be these lines.
    pub(crate) fn renew(&self, block: &str) {
        let mut live = locked(&self.live);
        let (columns, rows) = terminal::size();
        self.draw(&live.lift(columns));
        live.renew(block, rows);
        self.draw(live.lower(b"", columns));
    }

    /// Leaves the live block where it is.
    pub(crate) fn settle(&self) {
        locked(&self.live).settle();
    }

    /// Writes to the terminal. What it does not take is drawn again later anyway.
    fn draw(&self, text: &str) {
        let stream = if self.output_is_terminal { rustix::stdio::stdout() } else { rustix::stdio::stderr() };
        let _ = write_all(stream, text.as_bytes());
    }

    /// Closes standard output for its reader, who sees its end; what is written from now on goes nowhere.
    pub(crate) fn end_output(&self) -> io::Result<()> {
        let _turn = locked(&self.live);
        if self.output_is_terminal {
            return Ok(());
        }
        let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(&nowhere)?;
        Ok(())
    }

    /// The first error of standard output, once.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        locked(&self.failure).take()
    }

    /// Returns the first error of standard output when there is one.
    pub(crate) async fn failed(&self) -> io::Error {
        loop {
            if let Some(error) = self.failure() {
                return error;
            }
            self.failed.notified().await;
        }
    }
}

/// A lock that a panic elsewhere does not break.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
