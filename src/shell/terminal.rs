//! The terminal: its width, and its modes, which are as they were before on every way out.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::sync::OnceLock;

use nix::sys::signal::{Signal, raise};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios::{InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use rustix::termios::{tcgetattr, tcgetwinsize, tcsetattr};

/// The modes at the start; `None` when standard input is no terminal.
static MODES: OnceLock<Option<Termios>> = OnceLock::new();

/// Remembers the modes. Called first of all.
pub(crate) fn remember() {
    MODES.get_or_init(|| tcgetattr(stdin()).ok());
}

/// Puts back the modes that [`remember`] saw, if they changed, and ends bracketed paste, which the line editor uses.
pub(crate) fn restore() {
    let Some(Some(before)) = MODES.get() else { return };
    let Ok(now) = tcgetattr(stdin()) else { return };
    let changed = now.local_modes != before.local_modes
        || now.input_modes != before.input_modes
        || now.output_modes != before.output_modes
        || now.control_modes != before.control_modes;
    if changed {
        let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        if std::io::stdout().is_terminal() {
            let _ = rustix::io::write(stdout(), b"\x1b[?2004l\r\n");
        }
    }
}

/// Stops the process, as Ctrl-Z does, with the terminal as it was at the start; it has its present modes again, and
/// bracketed paste, when the process goes on.
pub(crate) fn stop() {
    let now = tcgetattr(stdin());
    restore();
    // To this thread, which therefore does not go on before it has stopped. Sent to the process, any thread may take
    // it, and this one would have the terminal in its hands again while the shell thinks that it is its own.
    let _ = raise(Signal::SIGTSTP);
    if let Ok(now) = now {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &now);
        let _ = rustix::io::write(stdout(), b"\x1b[?2004h");
    }
}

/// While it lives, what is typed is not shown.
#[derive(Debug)]
pub(crate) struct Unseen(Option<Termios>);

impl Unseen {
    /// Turns the echo off, if standard input is a terminal; the line ending is still shown.
    pub(crate) fn begin() -> Self {
        let Ok(before) = tcgetattr(stdin()) else { return Self(None) };
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes.local_modes.insert(LocalModes::ECHONL);
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &modes);
        Self(Some(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}

/// The terminal without lines, echo and keys that signal, while it lives.
#[derive(Debug)]
pub(crate) struct Keys(Termios);

impl Keys {
    /// Begins. With `exact`, Enter is the carriage return that the terminal makes of it; otherwise a line feed.
    pub(crate) fn begin(exact: bool) -> std::io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut modes = before.clone();
        modes
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG | LocalModes::IEXTEN);
        modes.input_modes.remove(InputModes::IXON | InputModes::BRKINT | InputModes::ISTRIP | InputModes::INLCR);
        modes.input_modes.set(InputModes::ICRNL, !exact);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        // What was pressed ahead stays.
        tcsetattr(stdin(), OptionalActions::Now, &modes)?;
        Ok(Self(before))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.0);
    }
}

/// Columns of the terminal that standard output is; `None` when it is none.
pub(crate) fn output_width() -> Option<usize> {
    width(stdout())
}

/// Columns of the terminal that standard error is; `None` when it is none.
pub(crate) fn error_width() -> Option<usize> {
    width(stderr())
}

/// Columns and rows of whichever of the two streams is a terminal, standard output first.
pub(crate) fn size() -> (usize, usize) {
    let size = tcgetwinsize(stdout()).or_else(|_| tcgetwinsize(stderr()));
    let (columns, rows) = size.map_or((0, 0), |size| (size.ws_col, size.ws_row));
    // A terminal that does not know its size says 0.
    let or = |given: u16, default| if given == 0 { default } else { usize::from(given) };
    (or(columns, 80), or(rows, 24))
}

fn width(stream: impl AsFd) -> Option<usize> {
    let columns = tcgetwinsize(stream).ok()?.ws_col;
    // A terminal that does not know its size says 0.
    Some(if columns == 0 { 80 } else { usize::from(columns) })
}

/// Whether something waits to be read from standard input.
pub(crate) fn has_input() -> bool {
    let mut input = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
    poll(&mut input, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}
