//! The key log that the environment names, as browsers and curl have it.

use std::env;
use std::sync::Arc;

use crate::net::transport::KeyLogFile;

/// The file of `SSLKEYLOGFILE`; `None` where it is not set, or empty.
pub(crate) fn of_environment() -> Option<Arc<KeyLogFile>> {
    let path = env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty())?;
    Some(Arc::new(KeyLogFile::at(path.into())))
}
