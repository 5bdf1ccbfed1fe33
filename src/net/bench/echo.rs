//! The echo: one connection of a load whose peer sends everything back.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use bytes::BytesMut;

use super::super::error::describe;
use super::super::socket::{Connection, Framing, Received};
use super::PATIENCE;
use super::payload::Payload;
use super::worker::{Answer, Exchange};

/// The most of a stream that is read at once.
const PIECE: usize = 16 * 1024;

/// How many requests back a late or repeated datagram is still known as such.
const MEMORY: u64 = 16;

/// One connection of a load.
pub(super) struct Echo {
    connection: Connection,
    index: u64,
    payload: Arc<Payload>,
    buffer: BytesMut,
}

impl Echo {
    /// The share of that number, on its connection.
    pub(super) fn new(connection: Connection, index: u64, payload: Arc<Payload>) -> Self {
        let buffer = BytesMut::with_capacity(payload.size().min(PIECE));
        Self { connection, index, payload, buffer }
    }

    /// Sends a request and waits until as many bytes, or a datagram, came back.
    async fn ask(&mut self, number: u64) -> io::Result<Answer> {
        let request = self.payload.of(self.index, number);
        let connection = &self.connection;
        if connection.framing() == Framing::Stream {
            // A peer that echoes at once is not to wait for us to read what we have not finished sending.
            let send = connection.send(request);
            let ((), right) = tokio::try_join!(send, read_back(connection, request, &mut self.buffer))?;
            return Ok(if right { Answer::Right } else { Answer::Wrong });
        }
        connection.send(request).await?;
        let answer = async {
            loop {
                self.buffer.clear();
                connection.receive(&mut self.buffer).await?;
                if self.buffer == request {
                    return Ok(Answer::Right);
                }
                let mut earlier = number.saturating_sub(MEMORY)..number;
                if !earlier.any(|earlier| self.buffer == self.payload.of(self.index, earlier)) {
                    return Ok(Answer::Wrong);
                }
            }
        };
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Ok(Answer::Lost))
    }
}

impl Exchange for Echo {
    const MENDS: bool = false;

    async fn exchange(&mut self, number: u64) -> Result<Answer, String> {
        self.ask(number).await.map_err(|error| describe(&error))
    }
}

/// Reads as many bytes as `request` has; true when they are the same.
async fn read_back(connection: &Connection, request: &[u8], buffer: &mut BytesMut) -> io::Result<bool> {
    let mut rest = request;
    let mut right = true;
    while !rest.is_empty() {
        buffer.clear();
        if connection.receive(buffer).await? == Received::End {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the peer finished before it had answered"));
        }
        right &= rest.starts_with(buffer);
        rest = &rest[buffer.len().min(rest.len())..];
    }
    Ok(right)
}
