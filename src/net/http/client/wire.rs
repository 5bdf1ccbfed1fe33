//! The wire: a connection as hyper reads and writes it, with what comes counted.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::net::socket::{Connection, Received};

/// The most that is read at once.
const PIECE: usize = 16 * 1024;

/// A connection of streams. `seen` is told how many bytes have come.
pub(in crate::net) struct Wire<F> {
    connection: Connection,
    seen: F,
    /// What has come and was not taken.
    rest: BytesMut,
}

impl<F: Fn(usize)> Wire<F> {
    /// The wire of that connection.
    pub(in crate::net) fn new(connection: Connection, seen: F) -> Self {
        Self { connection, seen, rest: BytesMut::new() }
    }
}

impl<F: Fn(usize) + Unpin> Read for Wire<F> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if wire.rest.is_empty() {
            wire.rest.reserve(PIECE);
            match ready!(wire.connection.poll_receive(cx, &mut wire.rest))? {
                Received::Data(count) | Received::Datagram(count) => (wire.seen)(count),
                Received::End => return Poll::Ready(Ok(())),
            }
        }
        let taken = wire.rest.split_to(wire.rest.len().min(into.remaining()));
        into.put_slice(&taken);
        Poll::Ready(Ok(()))
    }
}

impl<F: Fn(usize) + Unpin> Write for Wire<F> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.poll_send(cx, data)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_finish(cx)
    }
}
