//! Children: the processes that cases run in, and what each leaves behind.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader};
use std::ops::RangeInclusive;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::net::clock;
use crate::record::log::Reader;
use crate::record::suite::{Captured, Testimony, Witness};

/// A process that is to run.
pub(super) struct Order {
    /// The program, and what stands behind `nsh case`.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    /// Where `freeport()` finds ports.
    pub(super) ports: RangeInclusive<u16>,
    /// Where its temporary files are.
    pub(super) folder: PathBuf,
    /// How long it may take.
    pub(super) limit: Option<Duration>,
}

/// What a process has left behind.
pub(super) struct Run {
    pub(super) testimony: Testimony,
    pub(super) output: Captured,
    pub(super) errors: Captured,
    pub(super) took: Duration,
    pub(super) end: End,
}

/// How a process came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, with that code.
    Code(i32),
    /// By a signal that was none of ours.
    Signal(i32),
    /// It took too long.
    Late,
    /// The suite was interrupted.
    Stopped,
}

/// How long a process that has been told to end has for what cleans up after it.
const GRACE: Duration = Duration::from_secs(3);
/// How long what a process wrote is waited for when it has ended: programs that it left behind may hold it open.
const LEAK: Duration = Duration::from_millis(200);

/// A process that runs.
pub(super) struct Running {
    child: Child,
    started: Instant,
    log: JoinHandle<io::Result<Testimony>>,
    output: Stream,
    errors: Stream,
    limit: Option<Duration>,
}

impl Order {
    /// Starts the process. When this returns it is in a group of its own: Ctrl-C at the terminal is for the one that
    /// reports; what it ends, it ends itself.
    pub(super) fn start(self) -> io::Result<Running> {
        let started = clock::now();
        let (log, theirs) = io::pipe()?;
        let mut command = Command::new(&self.program);
        let ports = format!("{}-{}", self.ports.start(), self.ports.end());
        command.args(["case", "--ports", &ports]).args(&self.arguments);
        command.env("TMPDIR", &self.folder);
        command.stdin(theirs).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        // The log ends when nobody has its other end any more.
        drop(command);
        let log = tokio::task::spawn_blocking(move || testimony(File::from(OwnedFd::from(log))));
        let (output, errors) = (Stream::of(child.stdout.take()), Stream::of(child.stderr.take()));
        Ok(Running { child, started, log, output, errors, limit: self.limit })
    }
}

impl Running {
    /// What it leaves behind when it has come to its end, or `stop` has said so.
    pub(super) async fn end(mut self, mut stop: watch::Receiver<bool>) -> io::Result<Run> {
        let end = end(&mut self.child, self.limit, &mut stop).await?;
        let testimony = self.log.await.map_err(io::Error::other)??;
        let took = clock::now().duration_since(self.started);
        let (output, errors) = tokio::join!(self.output.end(), self.errors.end());
        Ok(Run { testimony, output, errors, took, end })
    }
}

/// Waits for a process, and ends it when it has to be.
async fn end(child: &mut Child, limit: Option<Duration>, stop: &mut watch::Receiver<bool>) -> io::Result<End> {
    let late = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    let why = tokio::select! {
        biased;
        status = child.wait() => return Ok(End::from(status?)),
        () = late => End::Late,
        _ = stop.wait_for(|stop| *stop) => End::Stopped,
    };
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let tell = |signal| group.map(|group| kill_process_group(group, signal));
    tell(Signal::TERM);
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        tell(Signal::KILL);
        child.wait().await?;
    }
    Ok(why)
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        status.code().map_or_else(|| Self::Signal(status.signal().unwrap_or_default()), Self::Code)
    }
}

/// What a log says, up to its last whole line.
fn testimony(log: File) -> io::Result<Testimony> {
    let mut witness = Witness::default();
    // A process that ended before it wrote anything has said nothing.
    let Ok(mut lines) = Reader::begin(BufReader::new(log)) else { return Ok(witness.end()) };
    while let Some(line) = lines.next().map_err(|trouble| io::Error::other(trouble.to_string()))? {
        witness.take(line);
    }
    Ok(witness.end())
}

/// A stream that is read to its end, of which as much is kept as there is room for.
struct Stream {
    captured: Arc<Mutex<Captured>>,
    reading: JoinHandle<()>,
}

impl Stream {
    fn of(stream: Option<impl AsyncRead + Unpin + Send + 'static>) -> Self {
        let captured = Arc::<Mutex<Captured>>::default();
        let kept = Arc::clone(&captured);
        let reading = tokio::spawn(async move {
            let Some(mut stream) = stream else { return };
            let mut buffer = vec![0; 16 << 10];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(&buffer[..count]);
            }
        });
        Self { captured, reading }
    }

    /// What has come by the time that it ends, or is given up.
    async fn end(mut self) -> Captured {
        if tokio::time::timeout(LEAK, &mut self.reading).await.is_err() {
            self.reading.abort();
        }
        std::mem::take(&mut self.captured.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
