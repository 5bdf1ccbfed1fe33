//! Batches: many datagrams with one system call, where the system has one for that (recvmmsg(2), sendmmsg(2)).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

/// How many datagrams one call moves at most.
pub(super) const BATCH: usize = 64;

/// Receives up to [`BATCH`] datagrams with the portable call, hands each to `each` and says how many there were.
/// `WouldBlock` when there was none.
pub(super) fn receive_each(mut receive: impl FnMut() -> io::Result<()>) -> io::Result<usize> {
    for count in 0..BATCH {
        match receive() {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && count > 0 => return Ok(count),
            Err(error) => return Err(error),
        }
    }
    Ok(BATCH)
}

#[cfg(target_os = "linux")]
pub(super) use linux::{receive, send};
#[cfg(not(target_os = "linux"))]
pub(super) use portable::send;

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::RefCell;
    use std::io::IoSliceMut;
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, SockaddrIn6, SockaddrLike, recvmmsg};
    use rustix::io::IoSlice;
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny};

    use super::{BATCH, BorrowedFd, SocketAddr, io};

    /// From one datagram's room to the next: the longest datagram and a bit, so that not all of them start in the
    /// same lines of the processor's cache. What is never written to takes no memory.
    const STRIDE: usize = 65_536 + 1_088;

    /// Room for one batch. The kernel leaves its addresses' length in the headers, so each family has its own.
    struct Room {
        four: MultiHeaders<SockaddrIn>,
        six: MultiHeaders<SockaddrIn6>,
        bytes: Box<[u8]>,
        arrived: Vec<(usize, SocketAddr)>,
    }

    thread_local! {
        static ROOM: RefCell<Room> = RefCell::new(Room {
            four: MultiHeaders::preallocate(BATCH, None),
            six: MultiHeaders::preallocate(BATCH, None),
            bytes: vec![0; BATCH * STRIDE].into_boxed_slice(),
            arrived: Vec::with_capacity(BATCH),
        });
    }

    /// Receives up to [`BATCH`] datagrams from an IP socket, hands each to `each` and says how many there were.
    /// `WouldBlock` when there was none.
    pub(in super::super) fn receive(
        socket: BorrowedFd<'_>,
        is_v6: bool,
        mut each: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        ROOM.with_borrow_mut(|Room { four, six, bytes, arrived }| {
            arrived.clear();
            if is_v6 {
                fill(socket, six, bytes, arrived)?;
            } else {
                fill(socket, four, bytes, arrived)?;
            }
            for ((length, from), data) in arrived.iter().zip(bytes.chunks_exact(STRIDE)) {
                each(*from, &data[..*length]);
            }
            Ok(arrived.len())
        })
    }

    fn fill<S: SockaddrLike + Copy + Into<SocketAddr>>(
        socket: BorrowedFd<'_>,
        headers: &mut MultiHeaders<S>,
        bytes: &mut [u8],
        arrived: &mut Vec<(usize, SocketAddr)>,
    ) -> io::Result<()> {
        let mut rooms = bytes.chunks_exact_mut(STRIDE);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(rooms.next().unwrap_or_default())]);
        let received = recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        arrived.extend(received.filter_map(|datagram| Some((datagram.bytes, datagram.address?.into()))));
        Ok(())
    }

    /// Sends some of the datagrams, in order, and says how many: at least one. An error is the first one's.
    pub(in super::super) fn send<'a>(
        socket: BorrowedFd<'_>,
        datagrams: impl Iterator<Item = (&'a [u8], SocketAddr)>,
    ) -> io::Result<usize> {
        let (slices, addresses): (Vec<_>, Vec<_>) =
            datagrams.take(BATCH).map(|(data, to)| ([IoSlice::new(data)], SocketAddrAny::from(to))).unzip();
        let mut controls: [_; BATCH] = std::array::from_fn(|_| SendAncillaryBuffer::default());
        let mut messages: Vec<_> = slices
            .iter()
            .zip(&addresses)
            .zip(&mut controls)
            .map(|((slice, address), control)| MMsgHdr::new_with_addr(address, slice, control))
            .collect();
        Ok(rustix::net::sendmmsg(socket, &mut messages, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use rustix::net::SendFlags;

    use super::{BorrowedFd, ErrorKind, SocketAddr, io};

    /// Sends the first of the datagrams.
    pub(in super::super) fn send<'a>(
        socket: BorrowedFd<'_>,
        mut datagrams: impl Iterator<Item = (&'a [u8], SocketAddr)>,
    ) -> io::Result<usize> {
        let (data, to) = datagrams.next().ok_or(ErrorKind::InvalidInput)?;
        rustix::net::sendto(socket, data, SendFlags::NOSIGNAL, &to)?;
        Ok(1)
    }
}
