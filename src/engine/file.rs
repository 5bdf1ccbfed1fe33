//! Files and other readable things, read whole, but never without end.

use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The largest script, in bytes; its tree takes some fifty times as much.
pub const LARGEST_SCRIPT: u64 = 64 << 20;

/// The largest file that is a payload, in bytes.
pub(super) const LARGEST_PAYLOAD: u64 = 1 << 30;

/// All of `source`; `ErrorKind::FileTooLarge` when there is more than `limit` bytes, whatever the system says of its
/// size: a device or a pipe says none.
pub fn read_whole(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

/// All of the file at `path`, as [`read_whole`] has it; one whose size says that it is too large is not read at all.
pub fn read_path(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    if file.metadata()?.len() > limit { Err(too_large(limit)) } else { read_whole(file, limit) }
}

fn too_large(limit: u64) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MiB", limit >> 20))
}
