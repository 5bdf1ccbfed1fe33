//! A worker: one connection of a load with its requests, one at a time.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use bytes::BytesMut;

use super::super::clock;
use super::super::error::describe;
use super::super::socket::{Connection, Framing, Received};
use super::PATIENCE;
use super::payload::Payload;
use super::tally::Tally;
use super::timetable::{Timetable, until};

/// The most of a stream that is read at once.
const PIECE: usize = 16 * 1024;

/// How many requests back a late or repeated datagram is still known as such.
const MEMORY: u64 = 16;

/// One connection of a load.
pub(super) struct Worker {
    connection: Connection,
    index: u64,
    payload: Arc<Payload>,
    tally: Arc<Tally>,
    buffer: BytesMut,
}

/// What became of a request.
enum Answer {
    Right,
    Wrong,
    Lost,
}

impl Worker {
    /// The worker of that number, on its connection.
    pub(super) fn new(connection: Connection, index: usize, payload: Arc<Payload>, tally: Arc<Tally>) -> Self {
        let buffer = BytesMut::with_capacity(payload.size().min(PIECE));
        Self { connection, index: index as u64, payload, tally, buffer }
    }

    /// Sends requests until the end of the timetable or of the connection.
    pub(super) async fn run(mut self, timetable: Timetable) {
        for number in 0.. {
            let due = timetable.due(self.index, number);
            if let Some(due) = due {
                until(due.min(timetable.end)).await;
                if due >= timetable.end {
                    return;
                }
            }
            let now = clock::now();
            // However late it begins, each connection sends something.
            if number > 0 && now >= timetable.end {
                return;
            }
            self.tally.sent();
            match self.exchange(number).await {
                Ok(Answer::Right) => {
                    let answered = clock::now();
                    self.tally.answered(answered, answered - due.unwrap_or(now));
                }
                Ok(Answer::Wrong) => self.tally.wrong(),
                Ok(Answer::Lost) => self.tally.lost(),
                Err(error) => return self.tally.broken(describe(&error)),
            }
        }
    }

    /// Sends a request and waits until as many bytes, or a datagram, came back.
    async fn exchange(&mut self, number: u64) -> io::Result<Answer> {
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
