//! Raw attachment: each key goes to the attached session as it is pressed, and nothing is shown but what comes back.

use std::io::{self, PipeReader};
use std::os::fd::AsFd;

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;
use rustix::termios::{InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use crate::shell::terminal;

/// The key that returns to the prompt: Ctrl-], as with telnet.
const ESCAPE: u8 = 0x1d;
/// Bytes read at once.
const PIECE: usize = 4096;

/// How it came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// With Ctrl-].
    Escaped,
    /// The session is over.
    Over,
    /// The terminal is gone.
    NoInput,
}

/// The terminal without lines, echo and keys that signal, while it lives.
struct Keys(Termios);

impl Keys {
    /// With `exact`, Enter is the carriage return that the terminal makes of it; otherwise a line feed.
    fn begin(exact: bool) -> io::Result<Self> {
        terminal::await_foreground();
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

/// Hands over keys until Ctrl-] or until `over` has no writer any more; `ready` is called when keys are taken.
pub(super) fn take_keys(
    over: &PipeReader,
    exact: bool,
    ready: impl FnOnce(),
    mut give: impl FnMut(Bytes),
) -> io::Result<Left> {
    let _keys = Keys::begin(exact)?;
    ready();
    let mut buffer = [0; PIECE];
    loop {
        let (terminal, session) = (stdin(), over.as_fd());
        let mut ready = [PollFd::new(&terminal, PollFlags::IN), PollFd::new(&session, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !ready[1].revents().is_empty() {
            return Ok(Left::Over);
        }
        if ready[0].revents().is_empty() {
            continue;
        }
        let count = match rustix::io::read(stdin(), &mut buffer) {
            Ok(0) | Err(Errno::IO) => return Ok(Left::NoInput),
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => continue,
            Err(error) => return Err(error.into()),
        };
        let escape = buffer[..count].iter().position(|&byte| byte == ESCAPE);
        let keys = &buffer[..escape.unwrap_or(count)];
        if !keys.is_empty() {
            give(Bytes::copy_from_slice(keys));
        }
        if escape.is_some() {
            return Ok(Left::Escaped);
        }
    }
}
