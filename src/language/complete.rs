//! Completion: what could stand where the cursor is, told by the grammar itself.

use std::collections::BTreeSet;

use super::check::Definitions;
use super::grammar::{Expected, KEYWORDS, parse_completing};
use super::signature::{OptionForm, Shape};
use super::vocabulary::{Names, Vocabulary};

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the kind of its name")]
pub enum CandidateKind {
    Command,
    Keyword,
    Label,
    Option,
    Protocol,
    Stage,
    Event,
    Function,
    Session,
    Variable,
    Field,
    Operator,
}

/// A word that could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The word, with the sign that belongs behind it: `send`, `mode=`, `len(`, `srv:`.
    pub text: String,
    /// What it means, in half a line; may be empty.
    pub summary: String,
    /// What it is.
    pub kind: CandidateKind,
}

/// What could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// Byte offset where the word to replace begins; it ends at the cursor.
    pub start: usize,
    /// The words, those of one kind in the order in which help shows them.
    pub candidates: Vec<Candidate>,
    /// Whether a path could stand there.
    pub wants_path: bool,
    /// Whether a host's name could stand there.
    pub wants_host: bool,
}

/// What could stand in `text` at the byte offset `cursor`, judged by what stands before it.
pub fn complete(text: &str, cursor: usize, vocabulary: &dyn Vocabulary, names: &dyn Names) -> Completion {
    let before = &text[..text.floor_char_boundary(cursor)];
    let (block, diagnostics, recorded) = parse_completing(before, vocabulary);
    let mut definitions = Definitions::of(&block, vocabulary);
    for place in diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
        definitions.salvage(before, place);
    }
    let known = Known { in_handler: before.contains("on "), ..Known::new(definitions, names) };
    let offsets: BTreeSet<usize> = recorded.wanted.iter().map(|(offset, _)| *offset).collect();
    for offset in offsets.into_iter().rev() {
        let mut completion = Completion { start: offset, ..Completion::default() };
        for (_, expected) in recorded.wanted.iter().filter(|(at, _)| *at == offset) {
            add(expected, &before[offset..], vocabulary, &known, &mut completion);
        }
        if !completion.candidates.is_empty() || completion.wants_path || completion.wants_host {
            return completion;
        }
    }
    Completion { start: before.len(), ..Completion::default() }
}

/// Names that the text and the shell define.
struct Known {
    /// Whether the cursor may stand in a handler.
    in_handler: bool,
    sessions: BTreeSet<String>,
    variables: BTreeSet<String>,
    functions: BTreeSet<String>,
}

impl Known {
    fn new(definitions: Definitions, names: &dyn Names) -> Self {
        let mut known = Self {
            in_handler: false,
            sessions: definitions.sessions.into_iter().collect(),
            variables: definitions.variables.into_iter().chain(definitions.salvaged).collect(),
            functions: definitions.functions.into_keys().collect(),
        };
        known.sessions.extend(names.sessions());
        known.variables.extend(names.variables());
        known.functions.extend(names.functions().into_iter().map(|(name, _, _)| name));
        known
    }
}

/// Adds the words of `expected` that begin with `prefix`.
fn add(expected: &Expected, prefix: &str, vocabulary: &dyn Vocabulary, known: &Known, completion: &mut Completion) {
    use CandidateKind as Kind;
    let mut offer = |text: &str, summary: &str, kind: Kind| {
        let fresh = !completion.candidates.iter().any(|candidate| candidate.text == text);
        if fresh && text.starts_with(prefix) {
            completion.candidates.push(Candidate { text: text.to_owned(), summary: summary.to_owned(), kind });
        }
    };
    match expected {
        Expected::Keyword(word) => offer(word, "", Kind::Keyword),
        Expected::Sign("->") => offer("->", "", Kind::Operator),
        Expected::Key(option) => {
            let sign = if option.form == OptionForm::Assignment { "=" } else { "" };
            offer(&format!("{}{sign}", option.key), option.summary, Kind::Option);
        }
        Expected::Shape(Shape::Boolean) => {
            offer("yes", "", Kind::Keyword);
            offer("no", "", Kind::Keyword);
        }
        Expected::Shape(Shape::Protocol) => {
            vocabulary.protocols().iter().for_each(|entry| offer(entry.name, entry.summary, Kind::Protocol));
        }
        Expected::Shape(Shape::Session) => known.sessions.iter().for_each(|name| offer(name, "", Kind::Session)),
        Expected::Shape(Shape::VariableName) => {
            known.variables.iter().for_each(|name| offer(name, "", Kind::Variable));
        }
        Expected::Shape(Shape::Endpoint) => {
            known.sessions.iter().for_each(|name| offer(&format!("${name}"), "", Kind::Session));
            completion.wants_host = true;
        }
        Expected::Shape(Shape::Host | Shape::Hosts | Shape::Address) => completion.wants_host = true,
        Expected::Shape(Shape::Path) => completion.wants_path = true,
        Expected::Statement => {
            vocabulary.commands().iter().for_each(|command| offer(command.name, command.summary, Kind::Command));
            for entry in KEYWORDS {
                offer(entry.name, entry.summary, Kind::Keyword);
            }
            known.functions.iter().for_each(|name| offer(&format!("{name}("), "", Kind::Function));
            known.sessions.iter().for_each(|name| offer(&format!("{name}:"), "", Kind::Label));
        }
        Expected::Stage => {
            vocabulary.stages().iter().for_each(|stage| offer(stage.name, stage.summary, Kind::Stage));
        }
        Expected::Event => {
            let events = vocabulary.events().iter().map(|event| &event.signature);
            events.for_each(|event| offer(event.name, event.summary, Kind::Event));
        }
        Expected::Function => {
            let built_in = vocabulary.functions().iter();
            built_in.for_each(|function| offer(&format!("{}(", function.name), function.summary, Kind::Function));
            known.functions.iter().for_each(|name| offer(&format!("{name}("), "", Kind::Function));
        }
        Expected::Variable => {
            known.variables.iter().for_each(|name| offer(name, "", Kind::Variable));
            known.sessions.iter().for_each(|name| offer(name, "", Kind::Session));
            let handlers = vocabulary.handler_variables().iter();
            let events = vocabulary.events().iter().flat_map(|event| event.variables);
            let entries = handlers.chain(events).filter(|_| known.in_handler);
            entries.for_each(|entry| offer(entry.name, entry.summary, Kind::Variable));
        }
        Expected::Field(_) => {
            vocabulary.fields().iter().for_each(|entry| offer(entry.name, entry.summary, Kind::Field));
        }
        Expected::Operator => {
            expected.words(vocabulary).iter().for_each(|word| offer(word, "", Kind::Operator));
        }
        Expected::Sign(_) | Expected::Shape(_) | Expected::Space | Expected::EndOfLine | Expected::Phrase(_) => {}
    }
}
