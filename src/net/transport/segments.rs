//! Segments: many datagrams of one size to one peer, handed to the kernel as one piece that it cuts up itself
//! (`UDP_SEGMENT`, udp(7)).

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;

/// The fewest datagrams for which that pays.
const FEWEST: usize = 4;
/// The most that every kernel takes at once.
const MOST: usize = 64;
/// How many bytes a piece may have: it is built as if it were one datagram.
const LARGEST: usize = 65_000;

/// What a socket's datagrams may be cut from.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// Datagrams longer than that are sent each by itself; `None` before the system was asked.
    longest: Option<usize>,
}

impl Segments {
    /// How many datagrams from the first on can go as one piece: those of the first one's length to the first one's
    /// peer, and one shorter behind them. 0 when it is not worth it.
    pub(super) fn run(&mut self, socket: BorrowedFd<'_>, letters: impl Iterator<Item = (usize, SocketAddr)>) -> usize {
        let mut letters = letters.take(MOST);
        let Some((size, peer)) = letters.next() else { return 0 };
        if size == 0 || self.longest.is_some_and(|longest| size > longest) {
            return 0;
        }
        let (mut count, mut bytes) = (1, size);
        for (length, to) in letters {
            if to != peer || length == 0 || length > size || bytes + length > LARGEST {
                break;
            }
            (count, bytes) = (count + 1, bytes + length);
            if length < size {
                break;
            }
        }
        if count < FEWEST || size > *self.longest.get_or_insert_with(|| system::longest(socket)) {
            return 0;
        }
        count
    }

    /// Sends `data` to `to`, cut into datagrams of `size` bytes. A size that the way there cannot take, or a system
    /// that cannot cut, is not asked again.
    pub(super) fn send(&mut self, socket: BorrowedFd<'_>, data: &[u8], size: usize, to: SocketAddr) -> io::Result<()> {
        let outcome = system::send(socket, data, size, to);
        if let Err(error) = &outcome {
            match error.kind() {
                io::ErrorKind::InvalidInput => self.longest = Some(size - 1),
                _ if Errno::from_io_error(error) == Some(Errno::IO) => self.longest = Some(0),
                _ => {}
            }
        }
        outcome
    }
}

#[cfg(all(target_os = "linux", not(portable)))]
mod system {
    use std::io::IoSlice;
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, getsockopt, sendmsg, sockopt};

    use super::{BorrowedFd, LARGEST, SocketAddr, io};

    /// The longest datagram that the kernel may be asked to cut; 0 when it knows nothing of that and would send all
    /// as one (before Linux 4.18).
    pub(super) fn longest(socket: BorrowedFd<'_>) -> usize {
        getsockopt(&socket, sockopt::UdpGsoSegment).map_or(0, |_| LARGEST)
    }

    pub(super) fn send(socket: BorrowedFd<'_>, data: &[u8], size: usize, to: SocketAddr) -> io::Result<()> {
        let size = u16::try_from(size).map_err(|_| io::ErrorKind::InvalidInput)?;
        let control = [ControlMessage::UdpGsoSegments(&size)];
        let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
        sendmsg(socket.as_raw_fd(), &[IoSlice::new(data)], &control, flags, Some(&SockaddrStorage::from(to)))?;
        Ok(())
    }
}

#[cfg(not(all(target_os = "linux", not(portable))))]
mod system {
    use super::{BorrowedFd, SocketAddr, io};

    pub(super) fn longest(_: BorrowedFd<'_>) -> usize {
        0
    }

    pub(super) fn send(_: BorrowedFd<'_>, _: &[u8], _: usize, _: SocketAddr) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", not(portable)))]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    use super::*;

    fn run(lengths: &[usize]) -> usize {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = socket.local_addr().unwrap();
        Segments::default().run(socket.as_fd(), lengths.iter().map(|length| (*length, to)))
    }

    #[test]
    fn a_run_is_of_one_size_and_at_most_one_shorter_behind() {
        assert_eq!(run(&[]), 0);
        assert_eq!(run(&[7; 3]), 0, "too few");
        assert_eq!(run(&[7; 5]), 5);
        assert_eq!(run(&[7, 7, 7, 3, 7]), 4);
        assert_eq!(run(&[7, 7, 7, 7, 8]), 4);
        assert_eq!(run(&[7, 7, 7, 7, 0, 7]), 4, "an empty one ends nothing and is none");
        assert_eq!(run(&[0; 9]), 0);
        assert_eq!(run(&[1; 100]), MOST);
        assert_eq!(run(&[1400; 64]), LARGEST / 1400);
    }

    #[test]
    fn a_run_has_one_peer() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let peers = [1, 1, 1, 1, 2, 1].map(|port| (5, SocketAddr::from(([127, 0, 0, 1], port))));
        assert_eq!(Segments::default().run(socket.as_fd(), peers.into_iter()), 4);
    }

    #[test]
    fn a_size_that_cannot_be_cut_is_not_tried_again() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = socket.local_addr().unwrap();
        let mut segments = Segments::default();
        assert_eq!(segments.run(socket.as_fd(), [(5, to); 200].into_iter()), MOST);
        // More pieces than any kernel cuts.
        let refused = segments.send(socket.as_fd(), &[0; 5000], 5, to).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(segments.run(socket.as_fd(), [(5, to); 8].into_iter()), 0);
        assert_eq!(segments.run(socket.as_fd(), [(4, to); 8].into_iter()), 8);
    }
}
