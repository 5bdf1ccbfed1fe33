//! Completion: the words that may stand at the cursor, with what they mean, and the names of files.

use std::fs;
use std::path::Path;

use crate::engine::Engine;
use crate::language::{self, CandidateKind, vocabulary::Names};

/// A word offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is put into the line.
    pub(crate) text: String,
    /// What is listed: the word and what it means.
    pub(crate) shown: String,
}

/// Where the word at `cursor` starts in `line`, and what may stand for it.
pub(crate) fn choices(line: &str, cursor: usize, names: &dyn Names) -> (usize, Vec<Choice>) {
    let completion = language::complete(line, cursor, Engine::vocabulary(), names);
    let widest = completion.candidates.iter().map(|candidate| candidate.text.chars().count()).max().unwrap_or(0);
    let at_end = cursor == line.len();
    let mut choices: Vec<Choice> = completion
        .candidates
        .iter()
        .map(|candidate| Choice {
            shown: if candidate.summary.is_empty() {
                candidate.text.clone()
            } else {
                format!("{:widest$}  — {}", candidate.text, candidate.summary)
            },
            text: candidate.text.clone() + if at_end { behind(candidate.kind) } else { "" },
        })
        .collect();
    if completion.wants_path {
        choices.extend(paths(&line[completion.start..cursor]));
    }
    (completion.start, choices)
}

/// What always follows a word of that kind.
const fn behind(kind: CandidateKind) -> &'static str {
    match kind {
        CandidateKind::Command | CandidateKind::Keyword | CandidateKind::Protocol | CandidateKind::Label => " ",
        _ => "",
    }
}

/// Files whose path starts with `typed`.
fn paths(typed: &str) -> Vec<Choice> {
    let (mark, typed) = typed.strip_prefix('@').map_or(("", typed), |path| ("@", path));
    let (folder, start) = typed.rfind('/').map_or(("", typed), |slash| typed.split_at(slash + 1));
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let mut choices: Vec<Choice> = fs::read_dir(place)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            // A name that would have to be quoted, or that would act on the terminal, is not offered.
            let plain = name.chars().all(|c| c.is_alphanumeric() || "._-+=@%".contains(c));
            if hidden || !plain || !name.starts_with(start) {
                return None;
            }
            let folder_mark = if entry.path().is_dir() { "/" } else { "" };
            Some(Choice { text: format!("{mark}{folder}{name}{folder_mark}"), shown: format!("{name}{folder_mark}") })
        })
        .collect();
    choices.sort_by(|one, other| one.text.cmp(&other.text));
    choices
}
