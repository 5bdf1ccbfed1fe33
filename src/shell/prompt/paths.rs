//! Paths: the files and folders that a path at the cursor may mean.

use std::fs::{self, DirEntry};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::complete::Choice;
use crate::language::PathForm;
use crate::look::escape;

/// Most entries of a folder that are looked at.
const MOST: usize = 10_000;

/// Files whose path starts with `typed`.
pub(super) fn files(typed: &str, form: PathForm, at_end: bool) -> Vec<Choice> {
    let written = unquoted(typed, form);
    let found = entries(&written, |_| true);
    let quote = match form {
        PathForm::Open(quote) => Some(quote),
        PathForm::Quoted => Some('"'),
        // All alike, so that what they have in common is completed.
        PathForm::Bare => found.iter().any(|found| !is_plain(&found.path)).then_some('"'),
    };
    let opening = if matches!(form, PathForm::Open(_)) { "" } else { "\"" };
    found
        .into_iter()
        .filter(|found| quote != Some('\'') || !found.path.contains('\''))
        .map(|found| {
            let text = match quote {
                None => found.path,
                Some(quote) => {
                    let closing = if found.is_folder || !at_end { String::new() } else { quote.to_string() };
                    format!("{opening}{}{closing}", quoted(&found.path, quote))
                }
            };
            Choice { text, ..Choice::of(&found.shown) }
        })
        .collect()
}

/// Socket files, and the folders on the way to them, whose path starts with `typed`.
pub(super) fn sockets(typed: &str) -> Vec<Choice> {
    let transport = ["unix:", "unixgram:", "file:"].into_iter().find(|mark| typed.starts_with(mark)).unwrap_or("");
    let typed = &typed[transport.len()..];
    if transport.is_empty() && !typed.starts_with(['.', '/']) {
        return Vec::new();
    }
    let wanted = |entry: &DirEntry| {
        transport == "file:"
            || entry.file_type().is_ok_and(|kind| kind.is_socket() || kind.is_dir() || kind.is_symlink())
    };
    let found = entries(typed, wanted).into_iter().filter(|found| is_plain(&found.path));
    found.map(|found| Choice { text: format!("{transport}{}", found.path), ..Choice::of(&found.shown) }).collect()
}

/// What is in a folder.
struct Found {
    /// Its path as far as it was typed, and a `/` behind a folder's.
    path: String,
    /// Its name.
    shown: String,
    is_folder: bool,
}

fn entries(typed: &str, wanted: impl Fn(&DirEntry) -> bool) -> Vec<Found> {
    let (folder, start) = typed.rfind('/').map_or(("", typed), |slash| typed.split_at(slash + 1));
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let found = fs::read_dir(place).into_iter().flatten().take(MOST).flatten();
    let mut found: Vec<Found> = found
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            // A name that would act on the terminal is not offered.
            let acts = name.chars().any(|letter| letter.is_control() || escape::is_treacherous(letter));
            if hidden || acts || !name.starts_with(start) || !wanted(&entry) {
                return None;
            }
            let is_folder = entry.path().is_dir();
            let mark = if is_folder { "/" } else { "" };
            Some(Found { path: format!("{folder}{name}{mark}"), shown: format!("{name}{mark}"), is_folder })
        })
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Whether a path may stand without quotes.
fn is_plain(path: &str) -> bool {
    path.chars().all(|letter| letter.is_alphanumeric() || "._-+=@%/".contains(letter))
}

/// A path as it stands between these quotes.
fn quoted(path: &str, quote: char) -> String {
    let mut text = String::new();
    for letter in path.chars() {
        if quote == '"' && matches!(letter, '"' | '\\' | '$') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// What was typed of a path, without the signs that quoting asks for.
fn unquoted(typed: &str, form: PathForm) -> String {
    if form != PathForm::Open('"') {
        return typed.to_owned();
    }
    let mut letters = typed.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    text
}
