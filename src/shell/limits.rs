//! Limits of the process: as many descriptors as the system grants, since every connection is one, and a deep stack.

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

/// Whether the stack of the main thread may grow to so many bytes: Linux looks at the limit whenever the stack grows,
/// and leaves 128 MiB for it whatever the limit was at the start (`mmap_base()` of the kernel). Elsewhere its size is
/// decided when the process starts.
pub(crate) fn deepen_stack(bytes: u64) -> bool {
    if !cfg!(all(target_os = "linux", target_pointer_width = "64")) {
        return false;
    }
    let limit = getrlimit(Resource::Stack);
    if limit.current.is_none_or(|current| current >= bytes) {
        return true;
    }
    setrlimit(Resource::Stack, Rlimit { current: Some(bytes), maximum: limit.maximum }).is_ok()
}
