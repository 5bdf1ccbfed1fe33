//! Terminals for programs: a pseudo-terminal (pty(7)) that is the program's controlling terminal.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pty_process::{Command, OwnedReadPty, OwnedWritePty, Size};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Program;

/// What a program's terminal is like.
#[derive(Debug, Clone)]
pub(in crate::net) struct Terminal {
    /// Its lines.
    pub(in crate::net) rows: u16,
    /// The characters of a line.
    pub(in crate::net) columns: u16,
    /// Its kind: the program's `TERM`.
    pub(in crate::net) kind: String,
    /// Whether it shows what is typed, as terminals do until the program says otherwise.
    pub(in crate::net) echo: bool,
    /// Whether it leaves alone what is typed and shown (termios(3), `cfmakeraw`).
    pub(in crate::net) raw: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { rows: 24, columns: 80, kind: "xterm-256color".to_owned(), echo: true, raw: false }
    }
}

impl Terminal {
    /// Has `/bin/sh` run `command` at such a terminal.
    pub(super) fn start(&self, command: &[u8], environment: Vec<(String, String)>) -> io::Result<Program> {
        let (terminal, inner) = pty_process::open().map_err(explain)?;
        terminal.resize(Size::new(self.rows, self.columns)).map_err(explain)?;
        let mut modes = tcgetattr(&terminal)?;
        if self.raw {
            modes.make_raw();
            tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        } else if !self.echo {
            modes.local_modes -= LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK | LocalModes::ECHONL;
            tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        }
        // `TERM` stands first: who sets it for the program means it.
        let child = Command::new("/bin/sh")
            .arg("-c")
            .arg(OsStr::from_bytes(command))
            .env("TERM", &self.kind)
            .envs(environment)
            .kill_on_drop(true)
            .spawn(inner)
            .map_err(explain)?;
        let modes = terminal.as_fd().try_clone_to_owned()?;
        let (screen, keys) = terminal.into_split();
        let keyboard = Keyboard { keys, modes, in_line: false, farewell: None };
        Ok(Program::new(child, Box::new(keyboard), Box::new(Screen(screen))))
    }
}

fn explain(error: pty_process::Error) -> io::Error {
    match error {
        pty_process::Error::Io(error) => error,
        pty_process::Error::Rustix(error) => error.into(),
        other => io::Error::other(other.to_string()),
    }
}

/// What the program shows.
struct Screen(OwnedReadPty);

impl AsyncRead for Screen {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf).map(|read| match read {
            // What Linux calls the end of a terminal that nobody has open any more (pty(7)).
            Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => Ok(()),
            read => read,
        })
    }
}

/// What is typed.
struct Keyboard {
    keys: OwnedWritePty,
    /// The terminal again, for its modes.
    modes: OwnedFd,
    /// Whether the line that was typed last has no end yet.
    in_line: bool,
    /// What remains to be typed at the end.
    farewell: Option<Vec<u8>>,
}

impl Keyboard {
    /// The character that ends the input, typed twice where the first only ends a line (termios(3), `VEOF`).
    fn farewell(&self) -> io::Result<Vec<u8>> {
        let end = tcgetattr(&self.modes)?.special_codes[SpecialCodeIndex::VEOF];
        Ok(vec![end; if self.in_line { 2 } else { 1 }])
    }
}

impl AsyncWrite for Keyboard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.keys).poll_write(cx, data))?;
        if let Some(last) = data[..count].last() {
            self.in_line = !matches!(last, b'\n' | b'\r');
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.keys).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut rest = match self.farewell.take() {
            Some(rest) => rest,
            None => self.farewell()?,
        };
        while !rest.is_empty() {
            match Pin::new(&mut self.keys).poll_write(cx, &rest) {
                Poll::Ready(Ok(count)) => drop(rest.drain(..count)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.farewell = Some(rest);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
