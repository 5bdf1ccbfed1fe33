//! Files and other readable things, read whole, but never without end; and files written whole.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
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

/// Makes a file with that content; `ErrorKind::AlreadyExists` when there is one. Of one that cannot be written whole
/// nothing is left.
pub fn create(file: &Path, content: &[u8]) -> io::Result<()> {
    let written = fs::File::create_new(file)?.write_all(content);
    if written.is_err() {
        let _ = fs::remove_file(file);
    }
    written
}

/// Replaces the content of a file as a whole: whoever reads it, and whatever happens, sees the old or the new.
pub fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    // Through a link, what it points to is replaced, not the link.
    let file = fs::canonicalize(file)?;
    let mode = fs::metadata(&file)?.permissions().mode();
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.nsh-new", std::process::id()));
    let beside = file.with_file_name(name);
    let written = fs::File::create_new(&beside).and_then(|mut new| {
        new.set_permissions(fs::Permissions::from_mode(mode))?;
        new.write_all(content)?;
        new.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&beside, &file));
    if replaced.is_err() {
        let _ = fs::remove_file(&beside);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_mode() {
        let folder = std::env::temp_dir().join(format!("nsh-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (file, link) = (folder.join("a.nsh"), folder.join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o751)).unwrap();
        std::os::unix::fs::symlink("a.nsh", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o751);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(folder).unwrap();
    }
}
