//! Key logs: the secrets of sessions, in files that Wireshark reads (RFC 9850), and for others who want them.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::KeyLog;
use tokio_rustls::rustls;

use super::Settings;
use crate::net::error::NetError;
use crate::net::opening;
use crate::net::transport::secrets::{Confidant, Confidants, Secret};

/// A file that takes secrets, a line each. It is opened when there is one, and made for its owner alone.
#[derive(Debug)]
pub struct KeyLogFile {
    path: PathBuf,
    /// Nothing where it cannot be opened.
    file: OnceLock<Option<File>>,
}

impl KeyLogFile {
    /// The file at `path`. If it cannot be written, nobody is told: no conversation depends on it.
    pub fn at(path: PathBuf) -> Self {
        Self { path, file: OnceLock::new() }
    }

    /// The same, opened now.
    fn open(path: PathBuf) -> Result<Self, NetError> {
        let file = opened(&path);
        let file = file.map_err(|error| NetError::Io { doing: format!("open `{}`", path.display()), error })?;
        Ok(Self { path, file: Some(file).into() })
    }
}

fn opened(path: &Path) -> std::io::Result<File> {
    opening::to_write(OpenOptions::new().create(true).append(true).mode(0o600), path)
}

impl Confidant for KeyLogFile {
    fn wants_secrets(&self) -> bool {
        true
    }

    fn confide(&self, secret: &Secret) {
        if let Some(mut file) = self.file.get_or_init(|| opened(&self.path).ok()).as_ref() {
            // In one piece, since others may append to it, too.
            let _ = file.write_all(format!("{}\n", secret.line()).as_bytes());
        }
    }
}

/// Those who are told of the secrets of a session.
struct Told(Vec<Arc<dyn Confidant>>);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

impl KeyLog for Told {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut wanting = self.0.iter().filter(|confidant| confidant.wants_secrets()).peekable();
        if wanting.peek().is_some() {
            let secret = Secret::new(label, client_random, secret);
            wanting.for_each(|confidant| confidant.confide(&secret));
        }
    }

    fn will_log(&self, _: &str) -> bool {
        self.0.iter().any(|confidant| confidant.wants_secrets())
    }
}

/// Who is told: the file that `sslkeylog=` names, or whoever is told where it names none, and those who always are.
pub(super) fn of(settings: &Settings, confidants: &Confidants) -> Result<Arc<dyn KeyLog>, NetError> {
    let own = settings.path("sslkeylog").map(KeyLogFile::open).transpose()?;
    let own = own.map(|file| Arc::new(file) as Arc<dyn Confidant>);
    let told = [own.or_else(|| confidants.otherwise.clone()), confidants.always.clone()];
    Ok(Arc::new(Told(told.into_iter().flatten().collect())))
}
