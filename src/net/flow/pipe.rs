//! Pipes: what bytes pass through on their way between two sockets without touching our memory (splice(2), tee(2)).
//!
//! A pipe is filled only when it is empty: then a call that would block can only mean the socket. Pipes are taken
//! when something has come and given back when it has gone, so that an idle connection holds none.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, ready};

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, pipe_with, splice, tee};
use rustix::process::{Resource, getrlimit};

use crate::net::socket::Socket;

/// How much a pipe should hold; who has no privileges may get less (pipe(7)).
const SIZES: [usize; 2] = [1024 * 1024, 256 * 1024];
/// A pipe that holds less is no faster than our own memory.
const SMALLEST: usize = 64 * 1024;
/// How many empty pipes a thread keeps.
const KEPT: usize = 8;
/// How many pipes there are at most, which also bounds what waits in them for slow receivers.
const MOST: usize = 128;

/// The same where few descriptors may be open: no more than a quarter of them, two for each pipe.
static LIMIT: LazyLock<usize> = LazyLock::new(|| match getrlimit(Resource::Nofile).current {
    Some(descriptors) => usize::try_from(descriptors / 8).map_or(MOST, |limit| limit.min(MOST)),
    None => MOST,
});

/// How many there are.
static OPEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static EMPTY: RefCell<Vec<Pipe>> = const { RefCell::new(Vec::new()) };
}

/// A pipe and how much is in it.
pub(in crate::net) struct Pipe {
    exit: Arc<OwnedFd>,
    entry: OwnedFd,
    /// How much it holds in whole pages.
    size: usize,
    held: usize,
    _place: Place,
}

/// One of the pipes that there may be.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let place = Self;
        // Dropping it gives it back.
        (OPEN.fetch_add(1, Ordering::Relaxed) < *LIMIT).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pipe {
    /// Whether the system has such pipes.
    pub(in crate::net) const EXIST: bool = true;

    /// An empty pipe; `None` when none can be had.
    pub(in crate::net) fn take() -> Option<Self> {
        EMPTY.with_borrow_mut(Vec::pop).or_else(|| Self::with(&SIZES))
    }

    /// A pipe of the first of the sizes that is allowed.
    pub(in crate::net) fn with(sizes: &[usize]) -> Option<Self> {
        let place = Place::take()?;
        let (exit, entry) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).ok()?;
        let grown = sizes.iter().find_map(|size| fcntl_setpipe_size(&entry, *size).ok());
        let size = match grown {
            Some(size) => size,
            None => fcntl_getpipe_size(&entry).ok()?,
        };
        (size >= SMALLEST).then_some(Self { exit: Arc::new(exit), entry, size, held: 0, _place: place })
    }

    /// Keeps the pipe for the next one who asks, if it is empty.
    pub(in crate::net) fn give(self) {
        EMPTY.with_borrow_mut(|kept| {
            if self.held == 0 && kept.len() < KEPT {
                kept.push(self);
            }
        });
    }

    /// How much is in it.
    pub(in crate::net) fn held(&self) -> usize {
        self.held
    }

    /// Takes what has come from a socket into the pipe, which must be empty. None at the end; `ErrorKind::WouldBlock`
    /// when nothing has come.
    pub(in crate::net) fn fill(&mut self, from: &dyn Socket) -> io::Result<usize> {
        debug_assert_eq!(self.held, 0, "only an empty pipe is filled");
        let (entry, size) = (&self.entry, self.size);
        let filled = from.try_receive_by(&mut |socket| Ok(splice(socket, None, entry, None, size, flags())?))?;
        self.held = filled;
        Ok(filled)
    }

    /// Sends up to `most` bytes of what is in it; says how many.
    pub(in crate::net) fn poll_drain(
        &mut self,
        cx: &mut Context<'_>,
        to: &dyn Socket,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let (exit, most) = (&self.exit, most.min(self.held));
        let sent = ready!(to.poll_send_by(cx, &mut |socket| Ok(splice(&**exit, None, socket, None, most, flags())?)))?;
        if sent == 0 && most > 0 {
            return Poll::Ready(Err(ErrorKind::WriteZero.into()));
        }
        self.held -= sent;
        Poll::Ready(Ok(sent))
    }

    /// Puts what is in it into `into`, which must be empty, too; says how many bytes from the first on that was,
    /// which is less than all when `into` has less room.
    pub(in crate::net) fn tee(&self, into: &mut Self) -> io::Result<usize> {
        debug_assert_eq!(into.held, 0, "only an empty pipe is filled");
        into.held = tee(&*self.exit, &into.entry, self.held, flags())?;
        Ok(into.held)
    }

    /// Where what is in it can be taken out by another thread, which is to be told with [`Pipe::poured`].
    pub(in crate::net) fn exit(&self) -> Exit {
        Exit(Arc::clone(&self.exit))
    }

    /// So many bytes have left by the [`Exit`].
    pub(in crate::net) fn poured(&mut self, count: usize) {
        self.held -= count;
    }

    /// Throws the next `count` bytes away.
    pub(in crate::net) fn discard(&mut self, mut count: usize) -> io::Result<()> {
        let mut waste = [0; 4096];
        while count > 0 {
            let most = count.min(waste.len());
            let read = rustix::io::read(&*self.exit, &mut waste[..most])?;
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.held -= read;
            count -= read;
        }
        Ok(())
    }
}

/// A pipe's exit.
pub(in crate::net) struct Exit(Arc<OwnedFd>);

impl Exit {
    /// Moves the next `count` bytes, which must be in the pipe, into a file, from `offset` on. Says how many left the
    /// pipe, all unless there is an error.
    pub(in crate::net) fn pour(&self, file: &File, offset: u64, count: usize) -> (usize, io::Result<()>) {
        let (mut offset, mut poured) = (offset, 0);
        while poured < count {
            match splice(&*self.0, None, file, Some(&mut offset), count - poured, SpliceFlags::MOVE) {
                Ok(0) => return (poured, Err(ErrorKind::WriteZero.into())),
                Ok(moved) => poured += moved,
                Err(Errno::INTR) => {}
                // The file system does not splice.
                Err(Errno::INVAL) => match self.copy(file, offset, count - poured) {
                    Ok(copied) => {
                        offset += copied as u64;
                        poured += copied;
                    }
                    Err(error) => return (poured, Err(error)),
                },
                Err(error) => return (poured, Err(error.into())),
            }
        }
        (poured, Ok(()))
    }

    /// Copies some of the next `most` bytes; says how many.
    fn copy(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        let mut piece = vec![0; most.min(SMALLEST)];
        let read = rustix::io::read(&*self.0, &mut piece)?;
        file.write_all_at(&piece[..read], offset)?;
        Ok(read)
    }
}

fn flags() -> SpliceFlags {
    SpliceFlags::MOVE | SpliceFlags::NONBLOCK
}
