//! The reserve: low descriptors kept for the line editor.
//!
//! For every line the editor opens two sockets and waits for one of them with select(2), which takes no descriptor
//! from 1024 up (`FD_SETSIZE`): with that many connections open it would panic. So some low descriptors are occupied
//! before any connection is there, and given back for the moment in which the editor opens its own.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use rustix::io::fcntl_dupfd_cloexec;

/// The first descriptor that select(2) cannot wait for.
const LIMIT: i32 = 1024;
/// How many are kept: connections that are accepted in that moment may take some.
const KEPT: usize = 48;

/// The descriptors kept.
#[derive(Debug)]
pub(crate) struct Reserve {
    nothing: File,
    kept: Mutex<Vec<OwnedFd>>,
}

impl Reserve {
    /// Takes the reserve.
    pub(crate) fn new() -> io::Result<Self> {
        let reserve = Self { nothing: File::open("/dev/null")?, kept: Mutex::default() };
        reserve.take();
        Ok(reserve)
    }

    /// Takes what is missing in the reserve, as far as there are low descriptors.
    pub(crate) fn take(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.len() < KEPT {
            match fcntl_dupfd_cloexec(&self.nothing, 3) {
                Ok(descriptor) if descriptor.as_raw_fd() < LIMIT => kept.push(descriptor),
                _ => break,
            }
        }
    }

    /// Gives the reserve back. Whether there is a low descriptor now.
    pub(crate) fn give(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
        fcntl_dupfd_cloexec(&self.nothing, 3).is_ok_and(|descriptor| descriptor.as_raw_fd() < LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_low_and_comes_back() {
        let reserve = Reserve::new().unwrap();
        let kept = |reserve: &Reserve| reserve.kept.lock().unwrap().len();
        assert_eq!(kept(&reserve), KEPT);
        assert!(reserve.give());
        assert_eq!(kept(&reserve), 0);
        reserve.take();
        assert_eq!(kept(&reserve), KEPT);
    }
}
