//! Attaching: a session joined to the console, as netcat joins a socket to standard input and output.

mod bridge;
mod gather;
mod record;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::console::{Console, Manner};
use super::event::What;
use super::fault::Problem;
use super::open::deadline;
use super::session::{Buffer, Ending, LineEnding, Session};
use super::shared::Shared;
use crate::net::Framing;

pub(super) use bridge::{bridge, bridge_all};
pub(super) use gather::{join_listener, wait_first};
pub(super) use record::Record;

/// What the end of the input does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum EndOfInput {
    /// We finish sending and go on receiving.
    #[default]
    Shutdown,
    /// Nothing: the peer does not notice.
    Keep,
    /// The session is closed.
    Close,
}

/// One direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From us to the peer.
    Send,
    /// From the peer to us.
    Receive,
}

/// How a session is joined to the console.
#[derive(Debug, Default)]
pub(super) struct JoinOptions {
    /// What the end of the input does.
    pub end_of_input: EndOfInput,
    /// How long after the end of the input we leave.
    pub quit: Option<Duration>,
    /// Whether we stay when the peer has finished.
    pub stay: bool,
    /// The only direction in which bytes go.
    pub only: Option<Direction>,
    /// The byte that ends the input.
    pub escape: Option<u8>,
    /// Whether an empty datagram ends the session, and the end of the input sends one.
    pub empty_ends: bool,
    /// Files that both directions are written to.
    pub records: Vec<Record>,
    /// How it has the terminal.
    pub manner: Manner,
}

/// How long a datagram session waits for answers after the end of the input when nothing else is said.
const DATAGRAM_PATIENCE: Duration = Duration::from_secs(1);

/// The longest datagram that input is cut into, in bytes.
const LARGEST_PIECE: usize = 16 << 10;

/// How long the input may pause when the peer has finished, before we leave.
pub(super) const LAST_INPUT: Duration = Duration::from_millis(100);

/// Joins one conversation to the console until one of them ends. A reset is a problem.
pub(super) async fn join(shared: &Arc<Shared>, session: &Arc<Session>, options: &JoinOptions) -> Result<(), Problem> {
    shared.console.attach(Some((&session.tag, options.manner)));
    let outcome = converse(shared, session, options).await;
    shared.console.attach(None);
    outcome
}

/// What an attached conversation is waiting for.
struct Progress {
    input_open: bool,
    peer_open: bool,
    leave: Option<Instant>,
}

async fn converse(shared: &Arc<Shared>, session: &Arc<Session>, options: &JoinOptions) -> Result<(), Problem> {
    let console = Arc::clone(&shared.console);
    let datagrams = session.opening.framing == Framing::Datagram;
    let quit = options.quit.or(datagrams.then_some(DATAGRAM_PATIENCE));
    let mut progress = Progress { input_open: options.only != Some(Direction::Receive), peer_open: true, leave: None };
    loop {
        tokio::select! {
            biased;
            arrival = next(session), if progress.peer_open => match arrival {
                Arrival::Bytes(bytes) => {
                    progress.leave = progress.leave.and(quit).map(deadline);
                    if datagrams && bytes.is_empty() {
                        if options.empty_ends {
                            break;
                        }
                    } else {
                        deliver(&console, options, bytes).await?;
                    }
                }
                Arrival::End(ending) if ending.is_orderly() => {
                    progress.peer_open = false;
                    end_output(shared).await?;
                    if !options.stay {
                        drain_input(shared, session, options, &progress).await;
                        break;
                    }
                }
                Arrival::End(ending) => {
                    end_output(shared).await?;
                    return Err(broken(session, &ending));
                }
            },
            input = console.read(), if progress.input_open => {
                let input = input.map_err(|error| problem("standard input", &error))?;
                let (bytes, over) = until_escape(input, options.escape);
                if let Some(bytes) = bytes {
                    send(shared, session, options, bytes).await?;
                }
                if over {
                    progress.input_open = false;
                    end_input(shared, session, options).await?;
                    let sent_all = options.only == Some(Direction::Send) && !datagrams;
                    if options.end_of_input == EndOfInput::Close || sent_all {
                        break;
                    }
                    progress.leave = quit.map(deadline);
                }
            },
            () = at(progress.leave), if progress.leave.is_some() => break,
        }
        if !progress.input_open && !progress.peer_open {
            break;
        }
    }
    shared.end(session, Ending::Orderly);
    Ok(())
}

/// Closes standard output when it is all for the session's data, so that a program behind a pipe sees the end.
async fn end_output(shared: &Shared) -> Result<(), Problem> {
    if shared.config.netcat { shared.console.end().await.map_err(output) } else { Ok(()) }
}

/// Sends what the input still has to give without being waited for: the peer has finished, but may still read. That
/// a peer which is gone cannot be sent to is no error any more.
async fn drain_input(shared: &Arc<Shared>, session: &Arc<Session>, options: &JoinOptions, progress: &Progress) {
    if !progress.input_open {
        return;
    }
    while let Ok(Ok(Some(input))) = tokio::time::timeout(LAST_INPUT, shared.console.read()).await {
        let (bytes, over) = until_escape(Some(input), options.escape);
        if let Some(bytes) = bytes
            && send(shared, session, options, bytes).await.is_err()
        {
            return;
        }
        if over {
            return;
        }
    }
}

/// Something that came from the peer.
enum Arrival {
    Bytes(Bytes),
    End(Ending),
}

async fn next(session: &Session) -> Arrival {
    let take = |buffer: &mut Buffer| {
        if let Some(datagram) = buffer.take_datagram() {
            return Some(Arrival::Bytes(datagram));
        }
        let all = buffer.bytes.len();
        if all > 0 {
            return Some(Arrival::Bytes(buffer.take(all)));
        }
        buffer.end.clone().map(Arrival::End)
    };
    if let Some(inbox) = &session.opening.inbox {
        inbox.until(take).await
    } else {
        session.until(|session| !session.is_open()).await;
        Arrival::End(session.ending().unwrap_or(Ending::Orderly))
    }
}

async fn deliver(console: &Arc<dyn Console>, options: &JoinOptions, bytes: Bytes) -> Result<(), Problem> {
    if options.only == Some(Direction::Send) {
        return Ok(());
    }
    for record in &options.records {
        record.write(Direction::Receive, &bytes)?;
    }
    console.write(bytes).await.map_err(output)
}

/// The input up to the escape byte, and whether it ends there.
fn until_escape(input: Option<Bytes>, escape: Option<u8>) -> (Option<Bytes>, bool) {
    let Some(bytes) = input else {
        return (None, true);
    };
    match escape.and_then(|escape| bytes.iter().position(|&byte| byte == escape)) {
        Some(end) => (Some(bytes.slice(..end)).filter(|bytes| !bytes.is_empty()), true),
        None => (Some(bytes), false),
    }
}

async fn send(shared: &Shared, session: &Session, options: &JoinOptions, bytes: Bytes) -> Result<(), Problem> {
    let mut rest = match session.opening.line_ending {
        LineEnding::Lf => bytes,
        LineEnding::Crlf => with_crlf(&bytes),
    };
    let most = if session.opening.framing == Framing::Datagram { LARGEST_PIECE } else { usize::MAX };
    loop {
        let piece = rest.split_to(rest.len().min(most));
        for record in &options.records {
            record.write(Direction::Send, &piece)?;
        }
        session.send(piece.clone()).await.map_err(|ending| broken(session, &ending))?;
        if shared.wants_data() {
            shared.emit(Some(session), What::Sent(piece));
        }
        if rest.is_empty() {
            return Ok(());
        }
    }
}

/// Line feeds become CR LF; those that have their CR stay.
fn with_crlf(bytes: &[u8]) -> Bytes {
    let mut converted = Vec::with_capacity(bytes.len() + 16);
    for &byte in bytes {
        if byte == b'\n' && converted.last() != Some(&b'\r') {
            converted.push(b'\r');
        }
        converted.push(byte);
    }
    converted.into()
}

async fn end_input(shared: &Arc<Shared>, session: &Arc<Session>, options: &JoinOptions) -> Result<(), Problem> {
    if session.opening.framing == Framing::Datagram {
        if options.empty_ends {
            send(shared, session, options, Bytes::new()).await?;
        }
        return Ok(());
    }
    if options.end_of_input == EndOfInput::Shutdown {
        finish(shared, session).await?;
    }
    Ok(())
}

/// Finishes sending on a session; a session whose both directions have ended is closed.
pub(super) async fn finish(shared: &Arc<Shared>, session: &Arc<Session>) -> Result<(), Problem> {
    let Some(connection) = session.connection() else {
        return Ok(());
    };
    if session.has_finished() {
        return Ok(());
    }
    let finished = connection.finish().await;
    // A program's own end is the session's.
    let is_program = connection.exit().is_some();
    drop(connection);
    finished.map_err(|error| broken(session, &Ending::of(&error)))?;
    let both = session.note_finished();
    shared.emit(Some(session), What::Finished);
    if both && !is_program {
        shared.end(session, Ending::Orderly);
    }
    Ok(())
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The problem that a session is at an end that nobody asked for.
pub(super) fn broken(session: &Session, ending: &Ending) -> Problem {
    let peer = session
        .opening
        .peer
        .as_ref()
        .map_or_else(String::new, |peer| format!(" by {} {peer}", session.opening.protocol));
    match ending {
        Ending::Reset => Problem::refused(format!("connection reset{peer}")),
        Ending::Refused => Problem::refused(format!("connection refused{peer}")),
        Ending::Orderly => Problem::refused(format!("`{}` is closed", session.name())),
        Ending::Exited(Some(code)) => {
            Problem::refused(format!("the program of `{}` ended with code {code}", session.name()))
        }
        Ending::Exited(None) => Problem::refused(format!("the program of `{}` was ended by a signal", session.name())),
        Ending::Failed(reason) => Problem::refused(format!("`{}` ended: {reason}", session.name())),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn output(error: std::io::Error) -> Problem {
    problem("standard output", &error)
}

fn problem(what: &str, error: &std::io::Error) -> Problem {
    Problem::refused(format!("{what}: {}", crate::net::error::describe(error)))
}
