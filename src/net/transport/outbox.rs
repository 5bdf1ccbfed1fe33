//! The outbox: datagrams to be sent with one system call, and what became of them.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::batch::{self, BATCH};

/// The longest datagram that waits for company: what a call costs is little beside copying a longer one.
pub(super) const LONGEST: usize = 16 * 1024;
/// How many bytes wait at most before one more.
const BYTES: usize = 256 * 1024;

/// Datagrams that were handed over for sending and that the system then refused.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::net) struct Lost {
    /// How many.
    pub(in crate::net) datagrams: usize,
    /// How many bytes were in them.
    pub(in crate::net) bytes: usize,
}

impl Lost {
    /// What an error of a send says about earlier datagrams. The one to be sent was not harmed.
    pub(in crate::net) fn told_by(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} datagrams sent before were refused", self.datagrams)
    }
}

impl std::error::Error for Lost {}

/// What one sender has lost and was not told of yet.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    lost: Mutex<Option<(ErrorKind, Lost)>>,
    /// Whether there is something, so that nobody locks for nothing.
    any: AtomicBool,
}

impl Ledger {
    fn note(&self, reason: ErrorKind, bytes: usize) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, lost) = lost.get_or_insert((reason, Lost::default()));
        lost.datagrams += 1;
        lost.bytes += bytes;
        self.any.store(true, Ordering::Relaxed);
    }

    /// What was lost since the last call, as an error.
    pub(super) fn settle(&self) -> io::Result<()> {
        if !self.any.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.any.store(false, Ordering::Relaxed);
        match self.lost.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some((reason, lost)) => Err(io::Error::new(reason, lost)),
            None => Ok(()),
        }
    }
}

struct Letter {
    place: Range<usize>,
    to: SocketAddr,
    ledger: Arc<Ledger>,
}

/// Datagrams that wait to be sent through one socket.
#[derive(Default)]
pub(super) struct Outbox {
    data: Vec<u8>,
    letters: Vec<Letter>,
    /// How many of the letters have gone.
    gone: usize,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.letters.len() >= BATCH || self.data.len() >= BYTES
    }

    pub(super) fn push(&mut self, data: &[u8], to: SocketAddr, ledger: &Arc<Ledger>) {
        let start = self.data.len();
        self.data.extend_from_slice(data);
        self.letters.push(Letter { place: start..self.data.len(), to, ledger: Arc::clone(ledger) });
    }

    /// Sends everything; notes those that are refused. `WouldBlock` when the system takes no more for now.
    pub(super) fn flush(&mut self, socket: BorrowedFd<'_>) -> io::Result<()> {
        while let Some(first) = self.letters.get(self.gone) {
            let waiting = self.letters[self.gone..].iter();
            match batch::send(socket, waiting.map(|letter| (&self.data[letter.place.clone()], letter.to))) {
                Ok(sent) => self.gone += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(error),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    first.ledger.note(error.kind(), first.place.len());
                    self.gone += 1;
                }
            }
        }
        self.letters.clear();
        self.data.clear();
        self.gone = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn what_is_refused_is_told_and_the_others_go() {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let (good, bad) = (Arc::new(Ledger::default()), Arc::new(Ledger::default()));
        let mut outbox = Outbox::default();
        for round in 0..3 {
            outbox.push(&[round], theirs.local_addr().unwrap(), &good);
            // An IPv4 socket cannot reach this.
            outbox.push(b"abc", "[::1]:9".parse().unwrap(), &bad);
        }
        outbox.flush(ours.as_fd()).unwrap();
        assert!(outbox.is_empty());
        let mut buffer = [0; 8];
        for round in 0..3 {
            assert_eq!(theirs.recv(&mut buffer).unwrap(), 1);
            assert_eq!(buffer[0], round);
        }
        good.settle().unwrap();
        let lost = Lost::told_by(&bad.settle().unwrap_err()).unwrap();
        assert_eq!((lost.datagrams, lost.bytes), (3, 9));
        bad.settle().unwrap();
    }
}
