//! The key log: secrets of sessions, in the format that Wireshark reads (RFC 9850).

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;
use tokio_rustls::rustls;

use super::Settings;
use crate::net::error::NetError;
use crate::net::opening;

/// A file that takes secrets.
#[derive(Debug)]
struct LogFile(Mutex<File>);

impl KeyLog for LogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        // A log that cannot be written harms no conversation.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The log that `sslkeylog=` names. The environment is not asked: secrets leave only where a statement says so.
pub(super) fn open(settings: &Settings) -> Result<Option<Arc<dyn KeyLog>>, NetError> {
    let Some(path) = settings.path("sslkeylog") else { return Ok(None) };
    let file = opening::to_write(OpenOptions::new().create(true).append(true).mode(0o600), &path);
    let file = file.map_err(|error| NetError::Io { doing: format!("open `{}`", path.display()), error })?;
    Ok(Some(Arc::new(LogFile(Mutex::new(file)))))
}
