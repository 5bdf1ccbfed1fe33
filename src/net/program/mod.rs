//! Programs: what `/bin/sh` runs for us, on pipes or at a terminal of its own.

mod socket;
mod terminal;

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::process::{Child, Command};

pub(super) use socket::ProgramSocket;
pub(super) use terminal::Terminal;

/// How long to wait for more output once the program has ended and only its offspring could write.
pub(super) const OFFSPRING: Duration = Duration::from_millis(250);

/// What the program reads: to end it is to shut it down and to drop it.
pub(super) type Input = Box<dyn AsyncWrite + Send + Unpin>;

/// What the program says.
pub(super) type Output = Box<dyn AsyncRead + Send + Unpin>;

/// A program that runs.
pub(super) struct Program {
    /// The program itself.
    pub(super) child: Child,
    /// What it reads.
    pub(super) input: Input,
    /// What it says.
    pub(super) output: Output,
    /// The program and what it started.
    pub(super) group: Group,
}

/// Has `/bin/sh` run `command` with `environment` besides ours; at `terminal`, or with its input and output on pipes
/// and its standard error on ours.
pub(super) fn start(
    command: &[u8],
    environment: Vec<(String, String)>,
    terminal: Option<&Terminal>,
) -> io::Result<Program> {
    match terminal {
        None => on_pipes(command, environment),
        Some(terminal) => terminal.start(command, environment),
    }
}

fn on_pipes(command: &[u8], environment: Vec<(String, String)>) -> io::Result<Program> {
    let mut child = Command::new("/bin/sh")
        .arg("-c")
        .arg(OsStr::from_bytes(command))
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (Some(input), Some(output)) = (input, output) else {
        return Err(io::Error::other("the program has no input or output"));
    };
    Ok(Program::new(child, Box::new(input), Box::new(output)))
}

impl Program {
    fn new(child: Child, input: Input, output: Output) -> Self {
        let group = Group::of(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        Self { child, input, output, group }
    }
}

/// How many programs run.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Whether a program of ours runs.
pub(super) fn is_any() -> bool {
    RUNNING.load(Ordering::Relaxed) > 0
}

/// A program and what it started; killed when dropped.
pub(super) struct Group(Option<Pid>);

impl Group {
    fn of(leader: Option<Pid>) -> Self {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Self(leader)
    }

    /// Sends a signal to all of them.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        match self.0 {
            Some(leader) => Ok(kill_process_group(leader, signal)?),
            None => Ok(()),
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.signal(Signal::KILL);
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}
