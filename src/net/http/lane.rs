//! The lane: stretches of files that the kernel sends by itself (sendfile(2)), between the bytes that hyper writes.
//!
//! hyper queues the bytes of a body and hands them back as slices when it writes. For a stretch of a file it is given
//! a slice of the same length that only stands in for it. When such a slice comes to be written, it is known by where
//! in memory it lies, and the stretch that is next in the lane is sent instead. Answers of one HTTP/1 connection follow
//! each other, and so do their stretches.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::net::socket::Connection;

/// The longest stretch.
pub(super) const LENGTH: usize = 256 * 1024;

/// What stands in for stretches; never sent.
static STAND_IN: [u8; LENGTH] = [0; LENGTH];

/// The stretches of one connection that have not been sent yet.
#[derive(Default)]
pub(super) struct Lane {
    stretches: Mutex<VecDeque<Stretch>>,
}

struct Stretch {
    file: Arc<File>,
    at: u64,
    left: usize,
}

impl Lane {
    /// Whether there can be one: the kernel moves the connection's bytes as they are.
    pub(super) fn of(connection: &Connection) -> Option<Arc<Self>> {
        (cfg!(target_os = "linux") && connection.is_kernel_stream()).then(Arc::default)
    }

    /// Queues up to [`LENGTH`] bytes of a file and gives what stands in for them.
    pub(super) fn enqueue(&self, file: &Arc<File>, at: u64, count: usize) -> Bytes {
        let count = count.min(LENGTH);
        let stretch = Stretch { file: Arc::clone(file), at, left: count };
        self.stretches.lock().unwrap_or_else(PoisonError::into_inner).push_back(stretch);
        Bytes::from_static(&STAND_IN[..count])
    }

    /// Whether a slice stands in for a stretch.
    pub(super) fn stands_in(slice: &[u8]) -> bool {
        STAND_IN.as_ptr_range().contains(&slice.as_ptr())
    }

    /// Sends from the stretch that is next, and says how much.
    #[cfg(target_os = "linux")]
    pub(super) fn poll_send(&self, cx: &mut Context<'_>, connection: &Connection) -> Poll<io::Result<usize>> {
        let mut stretches = self.stretches.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(next) = stretches.front_mut() else { return Poll::Ready(Err(io::ErrorKind::InvalidData.into())) };
        let sent = std::task::ready!(connection.poll_send_by(cx, &mut |descriptor| {
            let mut at = next.at;
            Ok(rustix::fs::sendfile(descriptor, &*next.file, Some(&mut at), next.left)?)
        }))?;
        if sent == 0 {
            // The file has become shorter than the answer says.
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        next.at += sent as u64;
        next.left -= sent;
        if next.left == 0 {
            stretches.pop_front();
        }
        Poll::Ready(Ok(sent))
    }

    /// There are no stretches where the kernel does not send them.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn poll_send(&self, _: &mut Context<'_>, _: &Connection) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

/// Sends slices in one call. With `more` to follow at once the kernel waits for it to fill packets.
pub(super) fn poll_send_slices(
    cx: &mut Context<'_>,
    connection: &Connection,
    slices: &[IoSlice<'_>],
    more: bool,
) -> Poll<io::Result<usize>> {
    use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
    #[cfg(target_os = "linux")]
    let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
    // SIGPIPE is ignored anyway, and packets are as full as they are.
    #[cfg(not(target_os = "linux"))]
    let (flags, _) = (SendFlags::empty(), more);
    connection.poll_send_by(cx, &mut |descriptor| {
        Ok(sendmsg(descriptor, slices, &mut SendAncillaryBuffer::default(), flags)?)
    })
}
