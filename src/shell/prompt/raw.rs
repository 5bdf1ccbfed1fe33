//! Raw attachment: each key goes to the attached session as it is pressed, and nothing is shown but what comes back.

use std::io::{self, PipeReader};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;

use crate::shell::terminal::{self, Keys};

/// The key that returns to the prompt: Ctrl-], as with telnet.
pub(super) const ESCAPE: u8 = 0x1d;
/// Ctrl-C, Ctrl-D and Ctrl-Z, where they are keys like others.
pub(super) const INTERRUPT: u8 = 0x03;
pub(super) const END: u8 = 0x04;
const STOP: u8 = 0x1a;
/// Bytes read at once.
const PIECE: usize = 4096;

/// How it came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// With a key that ends it, as Ctrl-] does.
    Escaped,
    /// The session is over.
    Over,
    /// The terminal is gone.
    NoInput,
}

/// Hands over keys until Ctrl-] or until `over` has no writer any more; `ready` is called when keys are taken.
pub(super) fn take_keys(
    over: &PipeReader,
    exact: bool,
    ready: impl FnOnce(),
    give: impl FnMut(Bytes),
) -> io::Result<Left> {
    let _keys = Keys::begin(exact)?;
    ready();
    keys_until(Some(over), &[ESCAPE], give)
}

/// Waits for one of these keys, or until `over` has no writer any more. The others do nothing, but for Ctrl-Z.
pub(super) fn await_key(over: Option<&PipeReader>, ends: &[u8], ready: impl FnOnce()) -> io::Result<Left> {
    let _keys = Keys::begin(false)?;
    ready();
    keys_until(over, ends, |keys| {
        if keys.contains(&STOP) {
            terminal::stop();
        }
    })
}

/// Hands over keys until one of those that end it, which goes nowhere, and what was pressed behind it neither.
fn keys_until(over: Option<&PipeReader>, ends: &[u8], mut give: impl FnMut(Bytes)) -> io::Result<Left> {
    let mut buffer = [0; PIECE];
    loop {
        let terminal = stdin();
        let mut ready = vec![PollFd::new(&terminal, PollFlags::IN)];
        ready.extend(over.map(|session| PollFd::new(session, PollFlags::IN)));
        match poll(&mut ready, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if ready.get(1).is_some_and(|session| !session.revents().is_empty()) {
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
        let end = buffer[..count].iter().position(|key| ends.contains(key));
        let keys = &buffer[..end.unwrap_or(count)];
        if !keys.is_empty() {
            give(Bytes::copy_from_slice(keys));
        }
        if end.is_some() {
            return Ok(Left::Escaped);
        }
    }
}
