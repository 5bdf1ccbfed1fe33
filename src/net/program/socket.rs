//! A program as a socket: what is sent it reads, what it says is received.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::pin::{Pin, pin};
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::sync::watch;

use super::{Group, Input, OFFSPRING, Output, Program};
use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Framing, Received, Socket};
use crate::net::transport::BoxFuture;

/// How much room is made when a buffer has none.
const ROOM: usize = 16 * 1024;

/// A program as a socket. Dropping it kills the program and what it started.
pub(in crate::net) struct ProgramSocket {
    command: Vec<u8>,
    facts: Vec<Fact>,
    /// `None` after the end of the program's input.
    input: Mutex<Option<Input>>,
    output: Mutex<State>,
    ended: watch::Receiver<Option<ExitStatus>>,
    group: Group,
}

struct State {
    output: Output,
    /// Ready when the program has ended and its offspring had its time to say more.
    over: BoxFuture<'static, ()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the program's end.
async fn end_of(mut ended: watch::Receiver<Option<ExitStatus>>) -> Option<i32> {
    // Nobody tells any more when the runtime is going: then nobody listens, either.
    let status = ended.wait_for(Option::is_some).await.ok().and_then(|status| *status);
    status.and_then(|status| status.code())
}

impl ProgramSocket {
    /// The program that runs `command`.
    pub(in crate::net) fn new(program: Program, command: &[u8]) -> Self {
        let Program { mut child, input, output, group } = program;
        let facts = child.id().map(|id| Fact::quiet("pid", id.to_string())).into_iter().collect();
        let (tell, ended) = watch::channel(None);
        tokio::spawn(async move {
            if let Ok(status) = child.wait().await {
                tell.send_replace(Some(status));
            }
        });
        let end = end_of(ended.clone());
        let over = Box::pin(async move {
            end.await;
            tokio::time::sleep(OFFSPRING).await;
        });
        let output = Mutex::new(State { output, over });
        Self { command: command.to_vec(), facts, input: Mutex::new(Some(input)), output, ended, group }
    }
}

impl State {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.output).poll_read(cx, buf) {
            Poll::Pending => self.over.as_mut().poll(cx).map(Ok),
            read @ Poll::Ready(_) => read,
        }
    }
}

impl AsyncRead for State {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        State::poll_read(&mut self, cx, buf)
    }
}

impl Socket for ProgramSocket {
    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn local(&self) -> Endpoint {
        Endpoint::Unnamed
    }

    fn peer(&self) -> Endpoint {
        Endpoint::Command(self.command.clone())
    }

    fn facts(&self) -> &[Fact] {
        &self.facts
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        if into.capacity() == into.len() {
            into.reserve(ROOM);
        }
        let read = ready!(pin!(lock(&self.output).read_buf(into)).poll(cx))?;
        Poll::Ready(Ok(if read == 0 { Received::End } else { Received::Data(read) }))
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        lock(&self.output).poll_read(cx, buf)
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let deaf = || io::Error::other("the program reads no more");
        let mut input = lock(&self.input);
        let Some(open) = &mut *input else { return Poll::Ready(Err(deaf())) };
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        match ready!(Pin::new(open).poll_write(cx, data)) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Poll::Ready(Err(deaf())),
            sent => Poll::Ready(sent),
        }
    }

    fn poll_send_to(&self, _: &mut Context<'_>, _: &[u8], _: &Endpoint) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut input = lock(&self.input);
        if let Some(open) = &mut *input {
            // A program that reads no more needs to be told of no end.
            let _ = ready!(Pin::new(open).poll_shutdown(cx));
        }
        *input = None;
        Poll::Ready(Ok(()))
    }

    fn reset(&self) -> io::Result<()> {
        self.group.signal(Signal::KILL)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        self.group.signal(signal)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn exit(&self) -> Option<BoxFuture<'static, Option<i32>>> {
        Some(Box::pin(end_of(self.ended.clone())))
    }
}
