//! The folder for data: where the platform has programs keep what they make for their user.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The folder, which need not be there; `None` for a user without home.
pub(crate) fn data() -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "nsh")?.data_dir().to_owned())
}
