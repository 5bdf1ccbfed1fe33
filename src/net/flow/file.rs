//! Files that connections write to: each piece whole, behind whatever the file holds by then.
//!
//! The system cannot splice into a file that is open for appending (splice(2)). So the end is looked up for each piece,
//! under a lock that all of us heed, also other processes of ours (flock(2)). Where the file is no regular one, or its
//! file system has no such locks, the system appends and everything is copied.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::{FlockOperation, OFlags, SeekFrom, fcntl_setfl, flock, seek};
use rustix::io::Errno;
use tokio::sync::Mutex;

use super::Pipe;
use crate::net::pending;

/// A file that grows; open as long as a handle on it is.
#[derive(Clone)]
pub(in crate::net) struct GrowingFile {
    file: Arc<Mutex<File>>,
    /// Whether we find the end, under a lock; otherwise the system does.
    placed: bool,
}

impl GrowingFile {
    /// Opens the file or makes it, and empties it unless `keep`.
    pub(in crate::net) fn open(path: &Path, keep: bool) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).write(true).truncate(!keep).open(path)?;
        let placed = file.metadata()?.is_file() && has_locks(&file);
        if !placed {
            fcntl_setfl(&file, OFlags::APPEND)?;
        }
        Ok(Self { file: Arc::new(Mutex::new(file)), placed })
    }

    /// Whether it takes what is in a pipe.
    pub(in crate::net) fn takes_pipes(&self) -> bool {
        Pipe::EXIST && self.placed
    }

    /// Appends all of `data`; whoever reads along sees it then.
    pub(in crate::net) async fn write(&self, data: &[u8]) -> io::Result<()> {
        let data = Bytes::copy_from_slice(data);
        self.clone()
            .at_end(move |mut file, end| match end {
                Some(end) => file.write_all_at(&data, end),
                None => file.write_all(&data),
            })
            .await?
    }

    /// Appends the first `count` bytes of what is in a pipe. Says how many left the pipe, all unless there is an error.
    pub(in crate::net) fn pour(
        &self,
        pipe: &Pipe,
        count: usize,
    ) -> impl Future<Output = (usize, io::Result<()>)> + Send + use<> {
        let (target, exit) = (self.clone(), pipe.exit());
        async move {
            let poured = target.at_end(move |file, end| exit.pour(file, end.unwrap_or_default(), count)).await;
            poured.unwrap_or_else(|error| (0, Err(error)))
        }
    }

    /// Has `append` write behind the end, where nobody else of us writes meanwhile. A file may keep its writer waiting,
    /// so that is done on a thread for such work; it ends what it has begun when this is no longer waited for.
    async fn at_end<T: Send + 'static>(
        self,
        append: impl FnOnce(&File, Option<u64>) -> T + Send + 'static,
    ) -> io::Result<T> {
        let file = self.file.lock_owned().await;
        let work = pending::work(move || {
            if !self.placed {
                return Ok(append(&file, None));
            }
            wait_for_lock(&file)?;
            let appended = seek(&*file, SeekFrom::End(0)).map(|end| append(&file, Some(end)));
            flock(&*file, FlockOperation::Unlock)?;
            Ok(appended?)
        });
        work.await.map_err(io::Error::other)?
    }
}

/// Whether the file can be locked, even if somebody else has done so.
fn has_locks(file: &File) -> bool {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => flock(file, FlockOperation::Unlock).is_ok(),
        Err(error) => error == Errno::WOULDBLOCK,
    }
}

fn wait_for_lock(file: &File) -> io::Result<()> {
    loop {
        match flock(file, FlockOperation::LockExclusive) {
            Err(Errno::INTR) => {}
            outcome => return Ok(outcome?),
        }
    }
}
