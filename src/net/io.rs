//! A connection as tokio's reader and writer, for protocols of other crates that run on it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::socket::{Connection, Framing, Received};

/// A connection as a stream of bytes. Streams are read straight into the reader's memory; datagrams lose their
/// boundaries. What is written has left when `poll_write` is ready, so that flushing has nothing to do; shutting down
/// is the half-close.
pub struct ByteStream {
    connection: Connection,
    /// What a datagram held beyond the reader's memory.
    rest: BytesMut,
}

impl ByteStream {
    /// `connection` as a stream of bytes.
    pub fn new(connection: Connection) -> Self {
        Self { connection, rest: BytesMut::new() }
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn poll_read_datagram(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            if ready!(self.connection.poll_receive(cx, &mut self.rest))? == Received::End {
                return Poll::Ready(Ok(()));
            }
        }
        let count = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest[..count]);
        self.rest.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ByteStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.connection.framing() {
            Framing::Stream => self.connection.poll_read(cx, buf),
            Framing::Datagram => self.poll_read_datagram(cx, buf),
        }
    }
}

impl AsyncWrite for ByteStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.poll_send(cx, data)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.poll_send_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.framing() == Framing::Stream
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_finish(cx)
    }
}
