//! The wire: a connection as hyper reads and writes it, with what comes counted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use hyper::rt::{Read, ReadBufCursor, Write};

use super::super::socket::{Connection, Received};
use super::tally::Tally;

/// The most that is read at once.
const PIECE: usize = 16 * 1024;

/// A connection of streams.
pub(super) struct Wire {
    connection: Connection,
    tally: Arc<Tally>,
    /// What has come and was not taken.
    rest: BytesMut,
}

impl Wire {
    /// The wire of that connection.
    pub(super) fn new(connection: Connection, tally: Arc<Tally>) -> Self {
        Self { connection, tally, rest: BytesMut::new() }
    }
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if wire.rest.is_empty() {
            wire.rest.reserve(PIECE);
            match ready!(wire.connection.poll_receive(cx, &mut wire.rest))? {
                Received::Data(count) | Received::Datagram(count) => wire.tally.received(count),
                Received::End => return Poll::Ready(Ok(())),
            }
        }
        let taken = wire.rest.split_to(wire.rest.len().min(into.remaining()));
        into.put_slice(&taken);
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
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
