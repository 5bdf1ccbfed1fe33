//! The standard streams as a connection, over the console: what is read there is received, what is sent is written there.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::ReadBuf;
use tokio::time::Sleep;

use super::attach::LAST_INPUT;
use super::console::{Console, Task};
use super::lock;
use super::shared::Shared;
use crate::net::transport::Standard;
use crate::net::{Connection, Endpoint, Framing, Received, Socket};

/// How much is moved at a time, in bytes.
const ROOM: usize = 64 * 1024;

/// Hands out the standard streams, to one at a time.
pub(super) fn standard(shared: &Arc<Shared>) -> Standard {
    let (console, taken, prompt) =
        (Arc::clone(&shared.console), Arc::clone(&shared.standard_taken), shared.config.journal);
    Standard::new(move || {
        if prompt {
            return Err(io::Error::new(ErrorKind::Unsupported, "they are the prompt's"));
        }
        if taken.swap(true, Ordering::Relaxed) {
            return Err(io::Error::new(ErrorKind::ResourceBusy, "somebody has them already"));
        }
        Ok(Arc::new(ConsoleSocket {
            console: Arc::clone(&console),
            taken: Arc::clone(&taken),
            reading: Mutex::default(),
            writing: Mutex::default(),
            finished: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }) as Connection)
    })
}

struct ConsoleSocket {
    console: Arc<dyn Console>,
    taken: Arc<AtomicBool>,
    reading: Mutex<Reading>,
    writing: Mutex<Option<Writing>>,
    finished: AtomicBool,
    /// Whether the output has ended.
    ended: AtomicBool,
}

/// So many bytes, on their way.
type Writing = (usize, Task<'static, io::Result<()>>);

#[derive(Default)]
struct Reading {
    work: Option<Task<'static, io::Result<Option<Bytes>>>>,
    rest: Bytes,
    over: bool,
    /// Who waits for more.
    reader: Option<Waker>,
    /// How long the input may still pause, when the output has ended.
    pause: Option<Pin<Box<Sleep>>>,
}

impl ConsoleSocket {
    /// The next bytes, at most `most`; none at the end. Nobody answers any more when the output has ended, and so has the
    /// input, as soon as it pauses.
    fn poll_take(&self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<Bytes>> {
        let mut reading = lock(&self.reading);
        if reading.rest.is_empty() && !reading.over {
            match self.poll_read_console(cx, &mut reading) {
                Poll::Ready(read) => match read? {
                    Some(bytes) => (reading.rest, reading.pause) = (bytes, None),
                    None => reading.over = true,
                },
                Poll::Pending if self.ended.load(Ordering::Relaxed) => {
                    let pause = reading.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(LAST_INPUT)));
                    ready!(pause.as_mut().poll(cx));
                    reading.over = true;
                }
                Poll::Pending => {
                    reading.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
        }
        let count = most.min(reading.rest.len());
        Poll::Ready(Ok(reading.rest.split_to(count)))
    }

    fn poll_read_console(&self, cx: &mut Context<'_>, reading: &mut Reading) -> Poll<io::Result<Option<Bytes>>> {
        let work = reading.work.get_or_insert_with(|| {
            let console = Arc::clone(&self.console);
            Box::pin(async move { console.read().await })
        });
        let read = ready!(work.as_mut().poll(cx));
        reading.work = None;
        Poll::Ready(read)
    }

    /// Waits until what was begun is written, and says how much that was.
    fn poll_written(&self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut writing = lock(&self.writing);
        let Some((count, work)) = &mut *writing else { return Poll::Ready(Ok(0)) };
        let (count, written) = (*count, ready!(work.as_mut().poll(cx)));
        *writing = None;
        Poll::Ready(written.map(|()| count))
    }
}

impl Socket for ConsoleSocket {
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn local(&self) -> Endpoint {
        Endpoint::Standard
    }

    fn peer(&self) -> Endpoint {
        Endpoint::Standard
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        let room = into.capacity() - into.len();
        let bytes = ready!(self.poll_take(cx, if room == 0 { ROOM } else { room }))?;
        into.extend_from_slice(&bytes);
        Poll::Ready(Ok(if bytes.is_empty() { Received::End } else { Received::Data(bytes.len()) }))
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = ready!(self.poll_take(cx, buf.remaining()))?;
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let begun = lock(&self.writing).is_some();
        if !begun {
            let (console, bytes) = (Arc::clone(&self.console), Bytes::copy_from_slice(&data[..data.len().min(ROOM)]));
            let count = bytes.len();
            *lock(&self.writing) = Some((count, Box::pin(async move { console.write(bytes).await })));
        }
        self.poll_written(cx)
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_written(cx))?;
        if !self.finished.swap(true, Ordering::Relaxed) {
            let console = Arc::clone(&self.console);
            *lock(&self.writing) = Some((0, Box::pin(async move { console.end().await })));
        }
        ready!(self.poll_written(cx))?;
        self.ended.store(true, Ordering::Relaxed);
        if let Some(reader) = lock(&self.reading).reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(()))
    }

    fn reset(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl Drop for ConsoleSocket {
    fn drop(&mut self) {
        self.taken.store(false, Ordering::Relaxed);
    }
}
