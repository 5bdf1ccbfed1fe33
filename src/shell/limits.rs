//! Limits of the process: as many descriptors as the system grants, since every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most that is asked for; a process with millions of descriptors pays for the table.
const ENOUGH: u64 = 1 << 16;

/// Raises the soft limit of open descriptors towards the hard one. What the system refuses stays as it was.
pub(crate) fn raise() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if limit.current.is_some_and(|current| current < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum });
    }
}
