//! The outbox: datagrams to be sent with one system call, and what became of them.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::batch::{self, BATCH};
use super::segments::Segments;

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
    segments: Segments,
    /// Up to here each of the letters is sent by itself.
    singly: usize,
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
        while self.gone < self.letters.len() {
            let run = self.run(socket, self.gone);
            let outcome = if run > 0 { self.send_run(socket, run) } else { self.send_singly(socket) };
            match outcome {
                Ok(sent) => self.gone += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(error),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Which of them it is about shows when each is tried by itself.
                Err(_) if run > 0 => self.singly = self.gone + run,
                Err(error) => {
                    let refused = &self.letters[self.gone];
                    refused.ledger.note(error.kind(), refused.place.len());
                    self.gone += 1;
                }
            }
        }
        self.letters.clear();
        self.data.clear();
        (self.gone, self.singly) = (0, 0);
        Ok(())
    }

    /// How many letters from `first` on go as one piece.
    fn run(&mut self, socket: BorrowedFd<'_>, first: usize) -> usize {
        if first < self.singly {
            return 0;
        }
        let letters = self.letters[first..].iter().map(|letter| (letter.place.len(), letter.to));
        self.segments.run(socket, letters)
    }

    fn send_run(&mut self, socket: BorrowedFd<'_>, count: usize) -> io::Result<usize> {
        let run = &self.letters[self.gone..self.gone + count];
        let (first, last) = (&run[0], &run[count - 1]);
        let data = &self.data[first.place.start..last.place.end];
        self.segments.send(socket, data, first.place.len(), first.to)?;
        Ok(count)
    }

    /// Sends some of the letters before the next that go as one piece, at least one.
    fn send_singly(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        let mut end = self.gone + 1;
        while end < self.letters.len() && self.run(socket, end) == 0 {
            end += 1;
        }
        let waiting = self.letters[self.gone..end].iter();
        batch::send(socket, waiting.map(|letter| (&self.data[letter.place.clone()], letter.to)))
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn every_datagram_goes_whole_and_in_order_whatever_goes_as_one_piece() {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let (to, ledger) = (theirs.local_addr().unwrap(), Arc::default());
        let lengths = [5, 5, 5, 5, 5, 2, 0, 9, 9, 9, 9, 9, 9, 1, 1, 1, 1400, 1400, 1400, 1400, 1400, 0, 0, 0, 0, 7];
        let mut outbox = Outbox::default();
        for (index, length) in lengths.into_iter().enumerate() {
            outbox.push(&vec![u8::try_from(index).unwrap(); length], to, &ledger);
        }
        outbox.flush(ours.as_fd()).unwrap();
        let mut buffer = [0; 2048];
        for (index, length) in lengths.into_iter().enumerate() {
            assert_eq!(theirs.recv(&mut buffer).unwrap(), length, "datagram {index}");
            assert!(buffer[..length].iter().all(|byte| usize::from(*byte) == index));
        }
        ledger.settle().unwrap();
    }

    #[test]
    fn what_is_refused_of_one_piece_is_told_of_each() {
        let ours = UdpSocket::bind("127.0.0.1:0").unwrap();
        let ledger = Arc::new(Ledger::default());
        let mut outbox = Outbox::default();
        for _ in 0..8 {
            outbox.push(b"abc", "[::1]:9".parse().unwrap(), &ledger);
        }
        outbox.flush(ours.as_fd()).unwrap();
        let lost = Lost::told_by(&ledger.settle().unwrap_err()).unwrap();
        assert_eq!((lost.datagrams, lost.bytes), (8, 24));
    }

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
