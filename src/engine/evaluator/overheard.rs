//! Programs that are overheard: what they print does not go to the terminal.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::Command;

/// How much of what a program prints is kept, in bytes.
const MOST: usize = 1 << 20;
/// How long what it has started and left running may be silent before nobody listens any more.
const SILENCE: Duration = Duration::from_millis(100);

/// Runs a program without input: how it ended, and what it printed on either output, in the order in which it did.
pub(super) async fn run(mut program: Command) -> io::Result<(ExitStatus, Vec<u8>)> {
    let (output, input) = io::pipe()?;
    let mut output = Receiver::from_owned_fd(OwnedFd::from(output))?;
    let mut child = program.stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input).spawn()?;
    // With it the last of our own ends of the pipe is dropped.
    drop(program);
    let (mut printed, mut piece) = (Vec::new(), Vec::with_capacity(1 << 14));
    let mut status = None;
    loop {
        piece.clear();
        tokio::select! {
            biased;
            count = output.read_buf(&mut piece) => if count? == 0 {
                break;
            },
            ended = child.wait(), if status.is_none() => status = Some(ended?),
            () = tokio::time::sleep(SILENCE), if status.is_some() => break,
        }
        let room = MOST.saturating_sub(printed.len());
        printed.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    let status = match status {
        Some(status) => status,
        None => child.wait().await?,
    };
    Ok((status, printed))
}
