//! Data paths: how the bytes of a direction move, through the kernel alone or through our memory, and why so.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::net::socket::{Framing, Socket};

/// How the bytes of one direction move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum DataPath {
    /// Nobody has said so far.
    #[default]
    Undecided,
    /// Through a pipe of the kernel's.
    Splice,
    /// Through pipes of the kernel's, one for each target.
    Tee,
    /// Through our memory, because what serves the connection works on the bytes.
    Served,
    /// Through our memory, because a stage transforms.
    Staged,
    /// Through our memory, because somebody watches.
    Watched,
    /// Through our memory, because an order holds it.
    Held,
    /// Through our memory, because one of the sockets is no stream of the kernel's (a datagram socket, a file).
    Foreign,
    /// Through our memory, because a target that is slow is left behind.
    Slack,
    /// Through our memory, because a transport encrypts or frames the bytes.
    Layered,
    /// Through our memory to nowhere, because replies do not return.
    Dropped,
    /// Through our memory, because no pipe can be had now.
    NoPipe,
    /// Through our memory, because the system cannot do better.
    Unsupported,
}

impl DataPath {
    const ALL: [Self; 13] = [
        Self::Undecided,
        Self::Splice,
        Self::Tee,
        Self::Served,
        Self::Staged,
        Self::Watched,
        Self::Held,
        Self::Foreign,
        Self::Slack,
        Self::Layered,
        Self::Dropped,
        Self::NoPipe,
        Self::Unsupported,
    ];

    /// The path to or from a socket that is no stream of the kernel's.
    pub(in crate::net) fn beside_kernel(socket: &dyn Socket) -> Self {
        match socket.framing() {
            Framing::Stream if socket.descriptor().is_none() => Self::Layered,
            _ => Self::Foreign,
        }
    }

    /// Whether the kernel moves the bytes by itself.
    pub fn is_kernel(self) -> bool {
        matches!(self, Self::Splice | Self::Tee)
    }

    /// The path and the reason: `copy (watched)`; `None` while nothing is decided.
    pub fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::Undecided => return None,
            Self::Splice => "kernel (splice)",
            Self::Tee => "kernel (tee and splice)",
            Self::Served => "copy (served here)",
            Self::Staged => "copy (a stage transforms)",
            Self::Watched => "copy (watched)",
            Self::Held => "copy (held by an order)",
            Self::Foreign => "copy (not every end is a stream of the kernel's)",
            Self::Slack => "copy (a slow target is left behind)",
            Self::Layered => "copy (a transport encrypts or frames the bytes)",
            Self::Dropped => "copy (replies do not return)",
            Self::NoPipe => "copy (no pipe to be had)",
            Self::Unsupported => "copy (this system cannot splice)",
        })
    }
}

/// Whether it is splicing itself that the system does not do.
pub(in crate::net) fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported)
}

/// The path that one direction is on; shared with whoever asks.
#[derive(Debug, Default)]
pub struct PathNote(AtomicU8);

impl PathNote {
    /// The path now, or the last there was.
    pub fn get(&self) -> DataPath {
        DataPath::ALL.get(usize::from(self.0.load(Ordering::Relaxed))).copied().unwrap_or_default()
    }

    /// Notes the path.
    pub(in crate::net) fn set(&self, path: DataPath) {
        self.0.store(path as u8, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_noted_as_itself() {
        for path in DataPath::ALL {
            let note = PathNote::default();
            note.set(path);
            assert_eq!(note.get(), path);
        }
    }
}
