//! `nsh fmt`: scripts rewritten in the one form that the formatter gives them.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::Globals;
use super::check::cannot_read;
use super::colour::Paint;
use super::draw::{self, Style};
use super::output::Streams;
use super::source::{self, Unreadable, is_standard_input, reason};
use super::status::Status;
use super::terminal;
use crate::engine::Engine;
use crate::language::{self, Diagnostic, Mode, Source};

/// Formats all files, whatever is wrong with one. With `check` nothing is written: files that would change are
/// listed on standard output, and the status is 1. A script that does not parse is left as it is, with 2.
pub(crate) fn run(globals: &Globals, files: &[PathBuf], check: bool) -> Status {
    let streams = Streams::new();
    let style = Style { paint: Paint::decide(globals.color).1, width: terminal::error_width() };
    let mut status = Status::HELD;
    for file in files {
        let outcome = source::read(file).and_then(|source| format(file, source, check, &streams, style));
        status = status.or(outcome.unwrap_or_else(|unreadable| {
            let (drawn, found) = cannot_read(&unreadable, style);
            streams.error(&drawn.unwrap_or_default());
            found
        }));
    }
    status
}

fn format(file: &Path, source: Source, check: bool, streams: &Streams, style: Style) -> Result<Status, Unreadable> {
    let parsed = language::parse(Arc::new(source), Engine::vocabulary(), Mode::Script);
    if !parsed.diagnostics.is_empty() {
        let findings = parsed.diagnostics.iter().map(|diagnostic| (parsed.source.as_ref(), diagnostic));
        streams.error(&draw::diagnostics(findings, style));
        return Ok(Status::USAGE);
    }
    let formatted = language::format(&parsed.block);
    let differs = formatted != parsed.source.text;
    let written = match (check, is_standard_input(file)) {
        (false, true) => streams.output(formatted.as_bytes()),
        (false, false) if differs => replace(file, formatted.as_bytes()),
        (true, _) if differs => streams.output(format!("{}\n", parsed.source.name).as_bytes()),
        _ => Ok(()),
    };
    written.map_err(|error| {
        let message = format!("cannot write `{}`: {}", file.display(), reason(&error));
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    })?;
    Ok(if check && differs { Status::REFUSED } else { Status::HELD })
}

/// Replaces the content of a file as a whole: whoever reads it, and whatever happens, sees the old or the new.
fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    // Through a link, what it points to is replaced, not the link.
    let file = fs::canonicalize(file)?;
    let mode = fs::metadata(&file)?.permissions().mode();
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.nsh-fmt", std::process::id()));
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
        let folder = std::env::temp_dir().join(format!("nsh-fmt-{}", std::process::id()));
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
