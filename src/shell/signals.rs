//! Signals: the ones that end or interrupt, and the one that asks for statistics.

use std::io;

use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

use super::status::Status;

/// A signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT
    Interrupt,
    /// SIGTERM
    Terminate,
    /// SIGHUP
    HangUp,
    /// SIGUSR1: how much did each session move?
    Statistics,
}

impl Signal {
    /// How the process ends by it.
    pub(crate) const fn status(self) -> Status {
        match self {
            Self::Interrupt | Self::Statistics => Status::INTERRUPTED,
            Self::Terminate => Status::TERMINATED,
            Self::HangUp => Status::HUNG_UP,
        }
    }
}

/// The signals as they come. The line editor puts back the handlers that it found when it ends, so these are
/// registered before it first runs.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Option<Listener>,
    terminate: Listener,
    hang_up: Option<Listener>,
    statistics: Listener,
}

impl Signals {
    /// Begins to listen. What was ignored at the start (by `nohup`, or in the background of a script) stays so.
    /// Called inside the runtime.
    pub(crate) fn new() -> io::Result<Self> {
        let ignored = ignored();
        let unless_ignored = |kind: SignalKind| {
            let is_ignored = ignored & 1 << (kind.as_raw_value() - 1) != 0;
            if is_ignored { Ok(None) } else { signal(kind).map(Some) }
        };
        Ok(Self {
            interrupt: unless_ignored(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: unless_ignored(SignalKind::hangup())?,
            statistics: signal(SignalKind::user_defined1())?,
        })
    }

    /// The next signal. Cancel safe.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            () = received(self.interrupt.as_mut()) => Signal::Interrupt,
            () = received(Some(&mut self.terminate)) => Signal::Terminate,
            () = received(self.hang_up.as_mut()) => Signal::HangUp,
            () = received(Some(&mut self.statistics)) => Signal::Statistics,
        }
    }

    /// The next signal that ends the process. Cancel safe.
    pub(crate) async fn next_end(&mut self) -> Signal {
        loop {
            let signal = self.next().await;
            if signal != Signal::Statistics {
                return signal;
            }
        }
    }
}

async fn received(listener: Option<&mut Listener>) {
    let came = match listener {
        Some(listener) => listener.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending::<()>().await;
    }
}

/// The mask of signals that are ignored, as Linux tells it (proc(5), `SigIgn`); none where it is not told.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
