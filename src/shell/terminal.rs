//! The terminal: its width, and its modes, which are as they were before on every way out.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, raise};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal as Kill, getpgrp, getpid, kill_process};
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios::{InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use rustix::termios::{tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr};

/// How often a process that was continued in the background looks whether the terminal is its own, and how many times
/// before it stops again: longer than a shell that was told to end by a signal takes to close its sessions.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 150;

/// The modes before this process had the terminal; nothing when standard input is none.
static MODES: OnceLock<Termios> = OnceLock::new();

/// Remembers the modes. Called first of all; and again where a process that began in the background, with the modes of
/// somebody else, gets the terminal.
pub(crate) fn remember() {
    if !is_in_background()
        && let Ok(modes) = tcgetattr(stdin())
    {
        MODES.get_or_init(|| modes);
    }
}

/// Whether this process is in the background of its terminal: what it changes there would be somebody else's, and it
/// would be stopped for it.
pub(crate) fn is_in_background() -> bool {
    // A terminal that is not the process's own knows no background.
    tcgetpgrp(stdin()).is_ok_and(|group| group != getpgrp())
}

/// Returns when this process is in the foreground. In the background it is stopped, as whoever wants the terminal is;
/// if it goes on there, the signal that came with that is heeded first.
pub(crate) fn await_foreground() {
    while is_in_background() {
        // To the process, since a thread that reads has this signal blocked.
        let _ = kill_process(getpid(), Kill::TTIN);
        goes_on();
    }
}

/// Gives a process that was continued in the background the time to heed what else it was sent, such as the signal
/// that ends it. Returns at once in the foreground.
fn goes_on() {
    for _ in 0..LOOKS {
        if !is_in_background() {
            return;
        }
        thread::sleep(LOOK);
    }
}

/// Has this thread's reads of the terminal fail in the background (EIO), where they stop the process otherwise.
pub(crate) fn read_unstopped() {
    let _ = SigSet::from(Signal::SIGTTIN).thread_block();
}

/// Puts back the modes that [`remember`] saw, if they changed, and ends bracketed paste, which the line editor uses.
/// In the background the terminal has the modes of somebody else, who keeps them.
pub(crate) fn restore() {
    if is_in_background() {
        return;
    }
    let Some(before) = MODES.get() else { return };
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
    goes_on();
    await_foreground();
    if let Ok(now) = now {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &now);
        let _ = rustix::io::write(stdout(), b"\x1b[?2004h");
    }
}

/// Forgets what was typed and not read.
pub(crate) fn forget_input() {
    if !is_in_background() {
        let _ = tcflush(stdin(), QueueSelector::IFlush);
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
        await_foreground();
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
