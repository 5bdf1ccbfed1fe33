//! The history: what was typed, in a file that several shells share.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::shell::folder;

/// Entries kept.
pub(crate) const SIZE: usize = 10_000;

/// First line of a history file that may hold entries of several lines.
const HEAD: &[u8] = b"#V2\n";

/// The history's file: `history` in the platform's folder for data of `nsh`; `None` for a user without home.
pub(crate) fn file() -> Option<PathBuf> {
    Some(folder::data()?.join("history"))
}

/// Makes the file if it is not there, for its owner alone. The line editor's own way to make it would lose what
/// another shell writes at that moment.
pub(crate) fn prepare(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut file) => file.write_all(HEAD),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_its_owners_and_is_kept() {
        let folder = std::env::temp_dir().join(format!("nsh-history-{}", std::process::id()));
        let file = folder.join("deep/history");
        prepare(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), HEAD);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "#V2\nhelp\n").unwrap();
        prepare(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"#V2\nhelp\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
