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

#[cfg(all(target_os = "linux", not(portable)))]
pub(super) use linux::{coalesce, receive, send};
#[cfg(not(all(target_os = "linux", not(portable))))]
pub(super) use portable::{coalesce, send};

#[cfg(all(target_os = "linux", not(portable)))]
mod linux {
    use std::cell::RefCell;
    use std::io::IoSliceMut;
    use std::os::fd::AsRawFd;

    use nix::cmsg_space;
    use nix::sys::socket::{
        ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrIn, SockaddrIn6, SockaddrLike, recvmmsg,
        setsockopt, sockopt,
    };
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
        arrived: Vec<Arrival>,
    }

    /// What came in one room.
    struct Arrival {
        length: usize,
        from: SocketAddr,
        /// How long the datagrams are that it is made of, but for the last; 0 for one datagram.
        segment: usize,
    }

    /// Has the kernel give equal datagrams of one sender in one piece (`UDP_GRO`, udp(7)). Whether it will.
    pub(in super::super) fn coalesce(socket: BorrowedFd<'_>) -> bool {
        setsockopt(&socket, sockopt::UdpGroSegment, &true).is_ok()
    }

    thread_local! {
        static ROOM: RefCell<Room> = RefCell::new(Room {
            four: MultiHeaders::preallocate(BATCH, None),
            six: MultiHeaders::preallocate(BATCH, None),
            bytes: vec![0; BATCH * STRIDE].into_boxed_slice(),
            arrived: Vec::with_capacity(BATCH),
        });
    }

    /// Receives up to [`BATCH`] pieces from an IP socket, which are datagrams or, where the socket [`coalesce`]s,
    /// several, hands each datagram to `each` and says how many pieces there were. `WouldBlock` when there was none.
    pub(in super::super) fn receive(
        socket: BorrowedFd<'_>,
        is_v6: bool,
        coalesces: bool,
        mut each: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        ROOM.with_borrow_mut(|Room { four, six, bytes, arrived }| {
            arrived.clear();
            match (is_v6, coalesces) {
                (true, false) => fill(socket, six, bytes, arrived)?,
                (false, false) => fill(socket, four, bytes, arrived)?,
                // The kernel also leaves the lengths of what it said beside the bytes: those headers serve once.
                (true, true) => fill(socket, &mut headers::<SockaddrIn6>(), bytes, arrived)?,
                (false, true) => fill(socket, &mut headers::<SockaddrIn>(), bytes, arrived)?,
            }
            for (Arrival { length, from, segment }, data) in arrived.iter().zip(bytes.chunks_exact(STRIDE)) {
                let data = &data[..*length];
                if (1..*length).contains(segment) {
                    data.chunks(*segment).for_each(|datagram| each(*from, datagram));
                } else {
                    each(*from, data);
                }
            }
            Ok(arrived.len())
        })
    }

    fn headers<S: SockaddrLike + Copy>() -> MultiHeaders<S> {
        MultiHeaders::preallocate(BATCH, Some(cmsg_space!(i32)))
    }

    fn fill<S: SockaddrLike + Copy + Into<SocketAddr>>(
        socket: BorrowedFd<'_>,
        headers: &mut MultiHeaders<S>,
        bytes: &mut [u8],
        arrived: &mut Vec<Arrival>,
    ) -> io::Result<()> {
        let mut rooms = bytes.chunks_exact_mut(STRIDE);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(rooms.next().unwrap_or_default())]);
        let received = recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        arrived.extend(received.filter_map(|piece| {
            let from = piece.address?.into();
            Some(Arrival { length: piece.bytes, from, segment: segment(&piece) })
        }));
        Ok(())
    }

    fn segment<S>(piece: &RecvMsg<'_, '_, S>) -> usize {
        let told = piece.cmsgs().ok().into_iter().flatten().find_map(|message| match message {
            ControlMessageOwned::UdpGroSegments(length) => usize::try_from(length).ok(),
            _ => None,
        });
        told.unwrap_or(0)
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

#[cfg(not(all(target_os = "linux", not(portable))))]
mod portable {
    use rustix::net::SendFlags;

    use super::{BorrowedFd, ErrorKind, SocketAddr, io};

    /// Nothing: each datagram is given by itself.
    pub(in super::super) fn coalesce(_: BorrowedFd<'_>) -> bool {
        false
    }

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
