//! Opening files (open(2)): nobody is waited for, neither whoever reads a FIFO nor a line that rings.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

/// Opens what stands at `path`, as `options` say. Reading it and writing to it do not wait either, where that can take
/// long. No terminal becomes ours. A FIFO to write to that nobody has open for reading is an error.
pub(super) fn at_once(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let opened = options.custom_flags(i32::try_from(flags).unwrap_or_default()).open(path);
    opened.map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NXIO) if is_fifo(path) => io::Error::other("nobody has it open for reading"),
        _ => error,
    })
}

/// Opens what stands at `path` at once, as `at_once` does, to be written to by whoever waits for that.
pub fn to_write(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = at_once(options, path)?;
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

fn is_fifo(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}
