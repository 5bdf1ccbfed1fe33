//! The log file that `log PATH` opens: events as plain lines, one each.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::event::{Event, What};
use super::lock;
use crate::net::opening;

/// Where events are written besides the sink; closed until `log` opens it.
#[derive(Debug, Default)]
pub struct Log {
    file: Mutex<Option<File>>,
    /// Whether there is a file: asked for every piece that moves, so it needs no lock.
    open: AtomicBool,
}

impl Log {
    /// Opens `path`, truncated unless `append`; replaces the file that was open.
    pub fn open(&self, path: &Path, append: bool) -> io::Result<()> {
        let file = opening::to_write(File::options().create(true).write(true).append(append).truncate(!append), path)?;
        *lock(&self.file) = Some(file);
        self.open.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Closes it.
    pub fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
        lock(&self.file).take();
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Writes one event. A file that cannot be written is closed, and the reason returned.
    pub fn write(&self, event: &Event) -> Result<(), std::io::Error> {
        if !self.is_open() {
            return Ok(());
        }
        let mut file = lock(&self.file);
        let (Some(open), Some(text)) = (file.as_mut(), line(event)) else { return Ok(()) };
        let written = open.write_all(text.as_bytes());
        if written.is_err() {
            *file = None;
            self.open.store(false, Ordering::Relaxed);
        }
        written
    }
}

/// An event as one line: the session, a direction or a word, and what it is about. Bytes are escaped.
fn line(event: &Event) -> Option<String> {
    let name = event.session.as_ref().map_or("-", |tag| tag.name.as_str());
    let told = match &event.what {
        What::Sent(bytes) => format!("> {}", bytes.escape_ascii()),
        What::Received(bytes) => format!("< {}", bytes.escape_ascii()),
        What::Head { outgoing: true, head, .. } => format!("> {}", head.line.escape_debug()),
        What::Head { outgoing: false, head, .. } => format!("< {}", head.line.escape_debug()),
        What::Exchanged { line, bytes, .. } => format!("answered {} {bytes}", line.escape_debug()),
        What::Shown(bytes) => format!("= {}", bytes.escape_ascii()),
        What::Printed(bytes) => format!("print {}", bytes.escape_ascii()),
        What::Listening { protocol, at, .. } => format!("listening {protocol} {}", at.first()?),
        What::Connected { protocol, peer, .. } => format!("connected {protocol} {peer}"),
        What::Accepted { peer, .. } => format!("accepted {peer}"),
        What::HandshakeFailed { peer, reason } => format!("handshake-failed {peer} {reason}"),
        What::PeerFinished => "peer finished".to_owned(),
        What::PeerLeft(parting) => format!("peer closed {} {}", parting.code, parting.reason.escape_debug()),
        What::Finished => "finished".to_owned(),
        What::Closed => "closed".to_owned(),
        What::Broken(reason) => format!("broken {reason}"),
        What::Notice(text) => format!("notice {text}"),
        What::TargetLost { target, client, reason } => format!("lost {target} for {client}: {reason}"),
        What::Answered(entry) => {
            let (method, target) = (entry.method.as_bytes().escape_ascii(), entry.target.as_bytes().escape_ascii());
            format!("answered {method} {target} {} {}", entry.status, entry.bytes)
        }
        What::Matched { expectation, .. } => format!("matched {expectation}"),
        What::Failed(fault) => format!("failed {}", fault.diagnostic.message),
        _ => return None,
    };
    Some(format!("{name} {told}\n"))
}
