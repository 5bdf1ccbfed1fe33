//! Reading a connection with pooled buffers, which grow with the traffic and are held only while there is some.

use std::future::poll_fn;
use std::io;

use bytes::BytesMut;

use super::pool;
use crate::net::socket::{Connection, Framing, Received};

/// A connection and what came last.
pub(in crate::net) struct Reader {
    connection: Connection,
    buffer: BytesMut,
    /// How much to read at a time.
    size: usize,
    largest: usize,
}

impl Reader {
    pub(in crate::net) fn new(connection: Connection) -> Self {
        Self { connection, buffer: BytesMut::new(), size: pool::SMALL, largest: pool::LARGE }
    }

    /// Reads no more at a time than a datagram holds.
    pub(in crate::net) fn in_small_pieces(&mut self) {
        self.largest = pool::SMALL;
    }

    /// How the peer frames bytes.
    pub(in crate::net) fn framing(&self) -> Framing {
        self.connection.framing()
    }

    /// Receives a piece or a datagram, to be looked at or taken before the next. Cancel safe.
    pub(in crate::net) async fn receive(&mut self) -> io::Result<Received> {
        let received = poll_fn(|cx| {
            if self.buffer.capacity() == 0 {
                self.buffer = pool::take(self.size);
            }
            let received = self.connection.poll_receive(cx, &mut self.buffer);
            if received.is_pending() {
                pool::give(std::mem::take(&mut self.buffer));
            }
            received
        });
        let received = received.await?;
        if let Received::Data(length) = received {
            if self.buffer.len() == self.buffer.capacity() {
                self.size = self.largest;
            } else if length < pool::SMALL {
                self.size = pool::SMALL;
            }
        }
        Ok(received)
    }

    /// What came last.
    pub(in crate::net) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes what came last.
    pub(in crate::net) fn take(&mut self) -> BytesMut {
        std::mem::take(&mut self.buffer)
    }

    /// Forgets what came last.
    pub(in crate::net) fn done(&mut self) {
        pool::give(self.take());
    }
}
