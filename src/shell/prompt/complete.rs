//! Completion: the words that may stand at the cursor, with what they mean, places named before, and names of files.

use super::paths;
use super::places::Places;
use crate::engine::Engine;
use crate::language::{self, Candidate, CandidateKind, PlaceForm, vocabulary::Names};
use crate::look::escape;

/// Most choices: the line editor cannot list more than `u16::MAX`, and nobody reads so many.
const MOST: usize = 1000;
/// What stands between a word and what it means.
const DASH: &str = "  — ";

/// A word offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is put into the line.
    pub(crate) text: String,
    /// What is listed: the word and what it means.
    pub(crate) shown: String,
}

/// Where the word at `cursor` starts in `line`, and what may stand for it, listed in lines of that many columns.
pub(crate) fn choices(
    line: &str,
    cursor: usize,
    names: &dyn Names,
    places: &Places,
    columns: usize,
) -> (usize, Vec<Choice>) {
    let completion = language::complete(line, cursor, Engine::vocabulary(), names);
    let typed = &line[completion.start..cursor];
    let at_end = cursor == line.len();
    let mut choices = words(&completion.candidates, at_end, columns);
    if let Some(form) = completion.place {
        let offered = places.offered(form, &line[..completion.start]).into_iter();
        let space = if form == PlaceForm::Port && at_end { " " } else { "" };
        let offered = offered.filter(|place| place.starts_with(typed));
        choices.extend(offered.map(|place| Choice { text: format!("{place}{space}"), shown: place }));
        choices.extend(paths::sockets(typed));
    }
    if let Some(form) = completion.path {
        choices.extend(paths::files(typed, form, at_end));
    }
    choices.truncate(MOST);
    (completion.start, choices)
}

/// The words, each with what it means in a column of its own.
fn words(candidates: &[Candidate], at_end: bool, columns: usize) -> Vec<Choice> {
    let widest = candidates.iter().map(|candidate| candidate.text.chars().count()).max().unwrap_or(0);
    let room = columns.saturating_sub(widest + DASH.chars().count() + 2);
    candidates
        .iter()
        .map(|candidate| Choice {
            shown: match shortened(&candidate.summary, room) {
                summary if summary.is_empty() => candidate.text.clone(),
                summary => format!("{:widest$}{DASH}{summary}", candidate.text),
            },
            text: candidate.text.clone() + if at_end { behind(candidate) } else { "" },
        })
        .collect()
}

/// As much of a summary as fits, safe to show.
fn shortened(summary: &str, room: usize) -> String {
    let summary = escape::one_line(summary.as_bytes());
    if summary.chars().count() <= room {
        return summary;
    }
    let short: String = summary.chars().take(room.saturating_sub(1)).collect();
    // A word or two say nothing.
    if room < 12 { String::new() } else { short.trim_end().to_owned() + "…" }
}

/// What always follows a word of that kind.
fn behind(candidate: &Candidate) -> &'static str {
    use CandidateKind as Kind;
    match candidate.kind {
        Kind::Option if candidate.text.ends_with('=') => "",
        Kind::Function | Kind::Place | Kind::Variable | Kind::Field | Kind::Topic => "",
        _ => " ",
    }
}
