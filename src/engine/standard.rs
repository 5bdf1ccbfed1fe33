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
use crate::net::handover::{Handover, ROOM};
use crate::net::socket::room;
use crate::net::transport::Standard;
use crate::net::{Connection, Endpoint, Framing, Received, Socket};

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
            ending: Mutex::default(),
            ended: AtomicBool::new(false),
        }) as Connection)
    })
}

struct ConsoleSocket {
    console: Arc<dyn Console>,
    taken: Arc<AtomicBool>,
    reading: Mutex<Reading>,
    writing: Mutex<Handover<Task<'static, io::Result<()>>>>,
    /// Ends the output, once it is asked for.
    ending: Mutex<Option<Task<'static, io::Result<()>>>>,
    /// Whether the output has ended.
    ended: AtomicBool,
}

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
        self.poll_take(cx, room(into, ROOM)).map_ok(|bytes| Received::of(&bytes, into))
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = ready!(self.poll_take(cx, buf.remaining()))?;
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        lock(&self.writing).poll_send(cx, data, |bytes| {
            let console = Arc::clone(&self.console);
            Box::pin(async move { console.write(bytes).await })
        })
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(lock(&self.writing).poll_written(cx))?;
        let mut ending = lock(&self.ending);
        let end = ending.get_or_insert_with(|| {
            let console = Arc::clone(&self.console);
            Box::pin(async move { console.end().await })
        });
        ready!(end.as_mut().poll(cx))?;
        *ending = Some(Box::pin(std::future::ready(Ok(()))));
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
