//! The person's own editor, for what is too long for one line.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::engine::COOPERATES;
use crate::engine::file::{LARGEST_SCRIPT, read_path};
use crate::shell::source::reason;

/// What runs when neither `VISUAL` nor `EDITOR` is set.
const DEFAULT: &str = "vi";

/// A file that is removed when it is not needed any more.
struct Scratch(PathBuf);

impl Scratch {
    /// A new file that only its owner may read, with that text in it.
    fn new(text: &str) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("nsh-{}-{number}.nsh", std::process::id()));
        let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let scratch = Self(path);
        file.write_all(text.as_bytes())?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Has the person edit `text`; what was saved, without the blank end. The terminal must be free. Fails in words.
pub(super) fn edit(text: &str) -> Result<String, String> {
    let unusable = |error: io::Error| format!("no file for the editor: {}", reason(&error));
    let mut whole = text.trim_end().to_owned();
    if !whole.is_empty() {
        whole.push('\n');
    }
    let scratch = Scratch::new(&whole).map_err(unusable)?;
    run(&scratch.0)?;
    let bytes = read_path(&scratch.0, LARGEST_SCRIPT).map_err(unusable)?;
    let saved = String::from_utf8(bytes).map_err(|_| "what the editor saved is not UTF-8 text".to_owned())?;
    Ok(saved.trim_end().to_owned())
}

/// Runs the editor on a file. Its command line is the shell's to read, as other programs have it.
fn run(file: &Path) -> Result<(), String> {
    let named = |key| env::var(key).ok().filter(|value| !value.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| DEFAULT.to_owned());
    let status = Command::new("/bin/sh")
        .args(["-c", &format!("{COOPERATES}; {editor} \"$1\""), "nsh"])
        .arg(file)
        .status()
        .map_err(|error| format!("cannot run the editor `{editor}`: {}", reason(&error)))?;
    if status.success() { Ok(()) } else { Err(format!("the editor `{editor}` failed: {status}")) }
}
