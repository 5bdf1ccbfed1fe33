//! Finding: the files that are to be tested, from the paths that were named.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file that is to be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The line on which the only case stands that is to run.
    pub(super) line: Option<usize>,
}

/// Extensions of scripts and of documents.
const SCRIPT: &str = "nsh";
const DOCUMENTS: [&str; 2] = ["md", "markdown"];

/// Whether a file is a document.
pub(super) fn is_document(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| DOCUMENTS.contains(&extension))
}

/// The files of these paths, each once, in the order of the paths; those of a folder, and of the folders in it, in the
/// order of their names, without what is hidden. A path may have `:LINE` behind it. With each path that cannot be read
/// comes why.
pub(super) fn find(paths: &[PathBuf]) -> Vec<Result<Found, (PathBuf, io::Error)>> {
    let mut found = Vec::new();
    for path in paths {
        let (path, line) = split(path.strip_prefix(".").unwrap_or(path));
        match fs::metadata(here(&path)) {
            Ok(metadata) if metadata.is_dir() => {
                if let Err(unreadable) = walk(&path, &mut found) {
                    found.push(Err(unreadable));
                }
            }
            Ok(_) => found.push(Ok(Found { path, line })),
            Err(error) => found.push(Err((path, error))),
        }
    }
    let mut seen = HashSet::new();
    found.retain(|one| one.as_ref().map_or(true, |found| seen.insert((found.path.clone(), found.line))));
    found
}

/// `lab.nsh:12` is line 12 of `lab.nsh`, unless a file is called that.
fn split(path: &Path) -> (PathBuf, Option<usize>) {
    let parts = path.to_str().filter(|_| !path.exists()).and_then(|text| text.rsplit_once(':'));
    match parts.and_then(|(file, line)| Some((PathBuf::from(file), line.parse().ok()?))) {
        Some((file, line)) => (file, Some(line)),
        None => (path.to_owned(), None),
    }
}

/// The folder that nsh runs in has no name of its own.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Adds the files in a folder.
fn walk(folder: &Path, found: &mut Vec<Result<Found, (PathBuf, io::Error)>>) -> Result<(), (PathBuf, io::Error)> {
    let unreadable = |error| (folder.to_owned(), error);
    let entries = fs::read_dir(here(folder)).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, entry) in entries {
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = folder.join(&name);
        // A link to a folder may lead round in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, found)?;
        } else if path.is_file()
            && (is_document(&path) || path.extension().is_some_and(|extension| extension == SCRIPT))
        {
            found.push(Ok(Found { path, line: None }));
        }
    }
    Ok(())
}
