//! Programs of others: used when they are there, missed visibly when they are not.

use std::env;
use std::io::Write;
use std::path::PathBuf;

/// The path of a program of others. Without it the test says so and is skipped; with `NSH_REQUIRE_PEERS=1` it fails.
#[track_caller]
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        assert!(env::var_os("NSH_REQUIRE_PEERS").is_none_or(|value| value != "1"), "{name} is not installed");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Past the test harness's capture: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "skipped: {name} is not installed ({test})");
    }
    found
}

/// A command for a program of others, if it is installed.
#[track_caller]
pub(crate) fn foreign(name: &str) -> Option<super::command::Nsh> {
    program(name).map(|path| super::command::Nsh::of(path, name))
}
