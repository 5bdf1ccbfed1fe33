//! Files that connections write to: each piece whole, behind whatever the file holds by then.
//!
//! The system cannot splice into a file that is open for appending (splice(2)). So the end is looked up for each piece,
//! under a lock that all of us heed, also other processes of ours (flock(2)). Where a file system has no such locks the
//! system appends and everything is copied. FIFOs and devices are written to when they say that they take more: whoever
//! reads them may take for ever, which must not cost a thread.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::{FlockOperation, OFlags, SeekFrom, fcntl_setfl, flock, seek};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::sync::Mutex;

use super::Pipe;
use crate::net::transport::descriptor::Descriptor;
use crate::net::{opening, pending};

/// A file that grows; open as long as a handle on it is.
#[derive(Clone)]
pub(in crate::net) struct GrowingFile(Way);

/// How what is written gets there.
#[derive(Clone)]
enum Way {
    /// At the end, which we find under a lock.
    Placed(Arc<Mutex<File>>),
    /// At the end, which the system finds.
    Appended(Arc<Mutex<File>>),
    /// When there is room.
    Waited(Arc<Mutex<Descriptor>>),
}

impl GrowingFile {
    /// Opens the file or makes it, and empties it unless `keep`. Waits for nobody: a FIFO needs a reader. Must be called
    /// on a runtime.
    pub(in crate::net) fn open(path: &Path, keep: bool) -> io::Result<Self> {
        let file = opening::at_once(OpenOptions::new().create(true).write(true).truncate(!keep), path)?;
        let kind = file.metadata()?.file_type();
        if kind.is_file() && has_locks(&file) {
            return Ok(Self(Way::Placed(Arc::new(Mutex::new(file)))));
        }
        if !kind.is_file()
            && !kind.is_block_device()
            && let Some(descriptor) = Descriptor::of(&file, Interest::WRITABLE)?
        {
            return Ok(Self(Way::Waited(Arc::new(Mutex::new(descriptor)))));
        }
        fcntl_setfl(&file, OFlags::APPEND)?;
        Ok(Self(Way::Appended(Arc::new(Mutex::new(file)))))
    }

    /// Whether it takes what is in a pipe.
    pub(in crate::net) fn takes_pipes(&self) -> bool {
        Pipe::EXIST && matches!(self.0, Way::Placed(_))
    }

    /// Appends all of `data`; whoever reads along sees it then.
    pub(in crate::net) async fn write(&self, data: &[u8]) -> io::Result<()> {
        match &self.0 {
            Way::Waited(descriptor) => descriptor.lock().await.write_all(data).await,
            Way::Appended(file) => {
                let data = Bytes::copy_from_slice(data);
                on_a_thread(file, move |mut file| file.write_all(&data)).await?
            }
            Way::Placed(file) => {
                let data = Bytes::copy_from_slice(data);
                at_end(file, move |file, end| file.write_all_at(&data, end)).await?
            }
        }
    }

    /// Appends the first `count` bytes of what is in a pipe, if it takes them. Says how many left the pipe, all unless
    /// there is an error.
    pub(in crate::net) fn pour(
        &self,
        pipe: &Pipe,
        count: usize,
    ) -> impl Future<Output = (usize, io::Result<()>)> + Send + use<> {
        let (target, exit) = (self.clone(), pipe.exit());
        async move {
            let Way::Placed(file) = &target.0 else { return (0, Err(ErrorKind::Unsupported.into())) };
            let poured = at_end(file, move |file, end| exit.pour(file, end, count)).await;
            poured.unwrap_or_else(|error| (0, Err(error)))
        }
    }
}

/// Has `append` write behind the end, where nobody else of us writes meanwhile.
async fn at_end<T: Send + 'static>(
    file: &Arc<Mutex<File>>,
    append: impl FnOnce(&File, u64) -> T + Send + 'static,
) -> io::Result<T> {
    let appended = on_a_thread(file, move |file| {
        wait_for_lock(file)?;
        let appended = seek(file, SeekFrom::End(0)).map(|end| append(file, end));
        flock(file, FlockOperation::Unlock)?;
        Ok(appended?)
    });
    appended.await?
}

/// Has `write` write where nobody else with this handle does meanwhile. A file may keep its writer waiting, so that is
/// done on a thread for such work; it ends what it has begun when this is no longer waited for.
async fn on_a_thread<T: Send + 'static>(
    file: &Arc<Mutex<File>>,
    write: impl FnOnce(&File) -> T + Send + 'static,
) -> io::Result<T> {
    let file = Arc::clone(file).lock_owned().await;
    pending::work(move || write(&file)).await.map_err(io::Error::other)
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
