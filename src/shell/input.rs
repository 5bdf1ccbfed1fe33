//! Standard input: read by a thread of its own, in pieces or in lines, from one buffer so that nothing is lost between.

use std::io;

use bytes::{Bytes, BytesMut};
use rustix::event::PollFlags;
use rustix::io::Errno;
use tokio::sync::{Mutex, mpsc};

use super::output::wait;
use super::terminal;

/// Bytes asked for at once.
const PIECE: usize = 64 * 1024;
/// Pieces read ahead.
const AHEAD: usize = 2;

/// Standard input. Nothing is read before somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Input(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pieces: Option<mpsc::Receiver<io::Result<Bytes>>>,
    /// Read, but not given away.
    kept: BytesMut,
    ended: bool,
}

impl Input {
    /// The next piece; `None` at the end. Cancel safe.
    pub(crate) async fn piece(&self) -> io::Result<Option<Bytes>> {
        let mut state = self.0.lock().await;
        if state.kept.is_empty() {
            state.fill().await?;
        }
        let piece = state.kept.split().freeze();
        Ok(if piece.is_empty() { None } else { Some(piece) })
    }

    /// The next line without its line ending; `None` at the end. Cancel safe.
    pub(crate) async fn line(&self) -> io::Result<Option<Vec<u8>>> {
        let mut state = self.0.lock().await;
        let mut searched = 0;
        loop {
            if let Some(at) = state.kept[searched..].iter().position(|&byte| byte == b'\n') {
                let mut line = state.kept.split_to(searched + at + 1).to_vec();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            searched = state.kept.len();
            if !state.fill().await? {
                let rest = state.kept.split().to_vec();
                return Ok(if rest.is_empty() { None } else { Some(rest) });
            }
        }
    }
}

impl State {
    /// Adds a piece to what is kept; false at the end.
    async fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let pieces = match &mut self.pieces {
            Some(pieces) => pieces,
            none => none.insert(start()?),
        };
        match pieces.recv().await {
            Some(Ok(piece)) => {
                self.kept.extend_from_slice(&piece);
                Ok(true)
            }
            Some(Err(error)) => Err(error),
            None => {
                self.ended = true;
                Ok(false)
            }
        }
    }
}

/// Starts the reading thread. It ends with the input; until then it may hang in a read, which ends with the process.
fn start() -> io::Result<mpsc::Receiver<io::Result<Bytes>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::Builder::new().name("stdin".into()).spawn(move || {
        terminal::read_unstopped();
        let mut buffer = vec![0; PIECE];
        loop {
            let piece = match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
                Ok(0) => break,
                Ok(count) => Ok(Bytes::copy_from_slice(&buffer[..count])),
                Err(Errno::INTR) => continue,
                Err(Errno::IO) if terminal::is_in_background() => {
                    terminal::await_foreground();
                    continue;
                }
                Err(Errno::AGAIN) => match wait(rustix::stdio::stdin(), PollFlags::IN) {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error.into()),
            };
            let failed = piece.is_err();
            if sender.blocking_send(piece).is_err() || failed {
                break;
            }
        }
    })?;
    Ok(receiver)
}
