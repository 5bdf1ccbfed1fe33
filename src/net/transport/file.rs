//! Files (open(2)): what they hold is received, what is sent they hold.

use std::fs::{File as Plain, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{Interest, ReadBuf};

use super::descriptor::Descriptor;
use super::setting::{End, Setting, Settings};
use super::{BoxFuture, ConnectOptions, Places, Transport, path};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::handover::{Handover, ROOM};
use crate::net::opening;
use crate::net::pending;
use crate::net::socket::{Connection, Framing, Received, Socket, room};
use crate::net::stage::Kind;

/// The transport.
pub(super) struct File;

impl Transport for File {
    fn name(&self) -> &'static str {
        "file"
    }

    fn summary(&self) -> &'static str {
        "a file, a FIFO or a device, to connect to"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn places(&self) -> Places {
        Places::Files
    }

    fn listens(&self) -> bool {
        false
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new(
            "open",
            Kind::Label,
            End::Client,
            "read; for targets of relays append",
            "what for: read, write (made or emptied), append (made), or both",
        )]
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let Endpoint::Path(path) = path::named("file", place)? else {
                return Err(NetError::Unsupported("file needs a path".into()));
            };
            let manner = Manner::of(&options.settings)?;
            match connection(&path, manner) {
                Ok(connection) => Ok(connection),
                Err(error) => {
                    Err(NetError::Connect { protocol: "file", attempts: vec![(Endpoint::Path(path), error)] })
                }
            }
        })
    }
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Read,
    Write,
    Append,
    Both,
}

impl Manner {
    fn of(settings: &Settings) -> Result<Self, NetError> {
        match settings.text("open").as_deref() {
            None | Some("read") => Ok(Self::Read),
            Some("write") => Ok(Self::Write),
            Some("append") => Ok(Self::Append),
            Some("both") => Ok(Self::Both),
            Some(_) => Err(NetError::Unsupported("`open` is read, write, append or both".into())),
        }
    }

    const fn reads(self) -> bool {
        matches!(self, Self::Read | Self::Both)
    }

    const fn writes(self) -> bool {
        !matches!(self, Self::Read)
    }

    fn interest(self) -> Interest {
        match self {
            Self::Read => Interest::READABLE,
            Self::Write | Self::Append => Interest::WRITABLE,
            Self::Both => Interest::READABLE | Interest::WRITABLE,
        }
    }
}

fn connection(path: &Path, manner: Manner) -> io::Result<Connection> {
    let mut options = OpenOptions::new();
    options.read(manner.reads());
    match manner {
        Manner::Read => {}
        Manner::Write => _ = options.write(true).create(true).truncate(true),
        Manner::Append => _ = options.append(true).create(true),
        Manner::Both => _ = options.write(true),
    }
    let file = opening::at_once(&mut options, path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let descriptor =
        if kind.is_file() || kind.is_block_device() { None } else { Descriptor::of(&file, manner.interest())? };
    let source = descriptor.map_or_else(|| Source::Disk(Arc::new(file)), Source::Waited);
    Ok(Arc::new(FileSocket {
        path: path.into(),
        manner,
        source,
        reading: Mutex::default(),
        writing: Mutex::default(),
        finish: Mutex::default(),
    }))
}

/// Where the bytes come from and go to.
enum Source {
    /// Somewhere that may take its time, but is never waited for: threads for such work read and write.
    Disk(Arc<Plain>),
    /// Something that the system says the readiness of.
    Waited(Descriptor),
}

struct FileSocket {
    path: Box<Path>,
    manner: Manner,
    source: Source,
    reading: Mutex<Reading>,
    writing: Mutex<Handover<Work<()>>>,
    finish: Mutex<Finish>,
}

/// Whether we have finished, and who waits for it.
#[derive(Default)]
struct Finish {
    done: bool,
    reader: Option<Waker>,
}

/// What has been read ahead, or is being read.
#[derive(Default)]
struct Reading {
    work: Option<Work<Bytes>>,
    rest: Bytes,
}

/// Work on a thread that may block.
type Work<T> = BoxFuture<'static, io::Result<T>>;

fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Work<T> {
    let work = pending::work(work);
    Box::pin(async { work.await.map_err(io::Error::other).flatten() })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FileSocket {
    /// The next bytes, at most `most`; none at the end.
    fn poll_take(&self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<Bytes>> {
        if !self.manner.reads() {
            // What is only written says nothing, and is at its end when we are.
            let mut finish = lock(&self.finish);
            finish.reader = Some(cx.waker().clone());
            return if finish.done { Poll::Ready(Ok(Bytes::new())) } else { Poll::Pending };
        }
        match &self.source {
            Source::Waited(descriptor) => {
                let mut bytes = vec![0; most.min(ROOM)];
                let count =
                    ready!(descriptor.poll_in(cx, |descriptor| Ok(rustix::io::read(descriptor, &mut *bytes)?)))?;
                bytes.truncate(count);
                Poll::Ready(Ok(bytes.into()))
            }
            Source::Disk(file) => lock(&self.reading).poll_take(cx, file, most),
        }
    }
}

impl Reading {
    fn poll_take(&mut self, cx: &mut Context<'_>, file: &Arc<Plain>, most: usize) -> Poll<io::Result<Bytes>> {
        if self.rest.is_empty() {
            let work = self.work.get_or_insert_with(|| {
                let file = Arc::clone(file);
                on_a_thread(move || {
                    let mut bytes = vec![0; ROOM];
                    let count = (&*file).read(&mut bytes)?;
                    bytes.truncate(count);
                    Ok(bytes.into())
                })
            });
            let read = ready!(work.as_mut().poll(cx));
            self.work = None;
            self.rest = read?;
        }
        Poll::Ready(Ok(self.rest.split_to(most.min(self.rest.len()))))
    }
}

impl Socket for FileSocket {
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn local(&self) -> Endpoint {
        Endpoint::Unnamed
    }

    fn peer(&self) -> Endpoint {
        Endpoint::Path(self.path.to_path_buf())
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        self.poll_take(cx, room(into, ROOM)).map_ok(|bytes| Received::of(&bytes, into))
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = ready!(self.poll_take(cx, buf.remaining()))?;
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if !self.manner.writes() {
            return Poll::Ready(Err(io::Error::other("the file is open for reading")));
        }
        match &self.source {
            Source::Waited(_) if data.is_empty() => Poll::Ready(Ok(0)),
            Source::Waited(descriptor) => {
                descriptor.poll_out(cx, |descriptor| Ok(rustix::io::write(descriptor, data)?))
            }
            Source::Disk(file) => lock(&self.writing).poll_send(cx, data, |bytes| {
                let file = Arc::clone(file);
                on_a_thread(move || (&*file).write_all(&bytes))
            }),
        }
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(lock(&self.writing).poll_written(cx))?;
        let mut finish = lock(&self.finish);
        finish.done = true;
        if let Some(reader) = finish.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(()))
    }

    fn reset(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.source {
            Source::Disk(file) => Some(file.as_fd()),
            Source::Waited(descriptor) => Some(descriptor.as_fd()),
        }
    }
}
