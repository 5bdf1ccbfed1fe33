//! Completion: the words that may stand at the cursor, with what they mean, places named before, and names of files.

use super::paths;
use super::places::Places;
use crate::engine::Engine;
use crate::language::{self, Candidate, CandidateKind, PlaceForm, vocabulary::Names};
use crate::look::escape;

/// A word offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is put into the line.
    pub(crate) text: String,
    /// What is listed.
    pub(crate) word: String,
    /// What it means; may be empty. Safe to show.
    pub(crate) summary: String,
}

impl Choice {
    /// A text that is put into the line and needs no explanation.
    pub(crate) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), word: text.to_owned(), summary: String::new() }
    }
}

/// What all choices begin with.
pub(crate) fn common(choices: &[Choice]) -> &str {
    let Some((first, others)) = choices.split_first() else { return "" };
    let length = |other: &Choice| {
        let same = first.text.char_indices().zip(other.text.chars()).take_while(|((_, one), two)| one == two);
        same.last().map_or(0, |((at, letter), _)| at + letter.len_utf8())
    };
    &first.text[..others.iter().map(length).min().unwrap_or(first.text.len())]
}

/// Where the word at `cursor` starts in `line`, and what may stand for it.
pub(crate) fn choices(line: &str, cursor: usize, names: &dyn Names, places: &Places) -> (usize, Vec<Choice>) {
    let completion = language::complete(line, cursor, Engine::vocabulary(), names);
    let typed = &line[completion.start..cursor];
    let at_end = cursor == line.len();
    let mut choices: Vec<Choice> =
        completion.candidates.iter().map(|candidate| of_candidate(candidate, at_end)).collect();
    if let Some(form) = completion.place {
        let offered = places.offered(form, &line[..completion.start]).into_iter();
        let space = if form == PlaceForm::Port && at_end { " " } else { "" };
        let offered = offered.filter(|place| place.starts_with(typed));
        choices.extend(offered.map(|place| Choice { text: format!("{place}{space}"), ..Choice::of(&place) }));
        choices.extend(paths::sockets(typed));
    }
    if let Some(form) = completion.path {
        choices.extend(paths::files(typed, form, at_end));
    }
    (completion.start, choices)
}

fn of_candidate(candidate: &Candidate, at_end: bool) -> Choice {
    Choice {
        text: candidate.text.clone() + if at_end { behind(candidate) } else { "" },
        word: candidate.text.clone(),
        summary: escape::one_line(candidate.summary.as_bytes()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_choices_have_in_common_ends_between_letters() {
        for (texts, common_text) in [
            (&["send ", "sendln "][..], "send"),
            (&["send "], "send "),
            (&["fée", "fête"], "f"),
            (&["日本", "日本語", "日"], "日"),
            (&["a", "b"], ""),
            (&[], ""),
        ] {
            let choices: Vec<Choice> = texts.iter().map(|text| Choice::of(text)).collect();
            assert_eq!(common(&choices), common_text);
        }
    }
}
