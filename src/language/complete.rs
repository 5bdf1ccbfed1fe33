//! Completion: what could stand where the cursor is, told by the grammar itself.

use std::collections::{BTreeSet, HashSet};

use super::check::Definitions;
use super::grammar::{Expected, KEYWORDS, parse_completing};
use super::signature::{OptionForm, Shape};
use super::vocabulary::{Names, Vocabulary};

/// Most sessions that are offered at once.
const MOST_SESSIONS: usize = 1000;

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
    /// A session's address, or its port, behind `$`.
    Place,
    Variable,
    Field,
    Operator,
    /// A word for help.
    Topic,
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

/// How a path may be written where one could stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathForm {
    /// Bare, or between quotes where it has to be.
    Bare,
    /// Between quotes.
    Quoted,
    /// Behind this quote, which stands before the start of the completion.
    Open(char),
}

/// Which part of where something is could stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceForm {
    /// A host and a port, or an address.
    Endpoint,
    /// An address of one word.
    Address,
    /// A host.
    Host,
    /// A port behind a host.
    Port,
}

/// What could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// Byte offset where the word to replace begins; it ends at the cursor.
    pub start: usize,
    /// The words, those of one kind in the order in which help shows them.
    pub candidates: Vec<Candidate>,
    /// How a path may be written, if one could stand there.
    pub path: Option<PathForm>,
    /// Which part of where something is could stand there.
    pub place: Option<PlaceForm>,
}

impl Completion {
    /// Whether nothing at all could stand there.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty() && self.path.is_none() && self.place.is_none()
    }
}

/// What could stand in `text` at the byte offset `cursor`, judged by what stands before it.
pub fn complete(text: &str, cursor: usize, vocabulary: &dyn Vocabulary, names: &dyn Names) -> Completion {
    let before = &text[..text.floor_char_boundary(cursor)];
    let (block, diagnostics, recorded) = parse_completing(before, vocabulary);
    let mut definitions = Definitions::of(&block, vocabulary);
    for place in diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
        definitions.salvage(before, place);
    }
    let known = Known { vocabulary, names, definitions, in_handler: before.contains("on ") };
    let offsets: BTreeSet<usize> = recorded.wanted.iter().map(|(offset, _)| *offset).collect();
    for offset in offsets.into_iter().rev() {
        let mut choosing = Choosing {
            prefix: &before[offset..],
            known: &known,
            offered: HashSet::new(),
            found: Completion { start: offset, ..Completion::default() },
        };
        for (_, expected) in recorded.wanted.iter().filter(|(at, _)| *at == offset) {
            choosing.add(expected);
        }
        if !choosing.found.is_empty() {
            return choosing.found;
        }
    }
    let quote = recorded.open_path.and_then(|at| Some((at, before[at..].chars().next()?)));
    match quote {
        Some((at, quote)) => {
            Completion { start: at + quote.len_utf8(), path: Some(PathForm::Open(quote)), ..Completion::default() }
        }
        None => Completion { start: before.len(), ..Completion::default() },
    }
}

/// Names that the text and the shell define, and the words of the language.
struct Known<'a> {
    vocabulary: &'a dyn Vocabulary,
    names: &'a dyn Names,
    definitions: Definitions,
    /// Whether the cursor may stand in a handler.
    in_handler: bool,
}

impl Known<'_> {
    /// Sessions that begin with `prefix`, in order of their numbers.
    fn sessions(&self, prefix: &str) -> Vec<String> {
        let own = self.definitions.sessions.iter().filter(|name| name.starts_with(prefix)).cloned();
        let mut all: Vec<String> = own.chain(self.names.sessions(prefix, MOST_SESSIONS)).collect();
        all.sort_by(|one, other| numbered(one).cmp(&numbered(other)));
        all.dedup();
        all
    }

    fn variables(&self) -> BTreeSet<String> {
        let own = self.definitions.variables.iter().chain(&self.definitions.salvaged).cloned();
        own.chain(self.names.variables()).collect()
    }

    fn functions(&self) -> BTreeSet<String> {
        self.definitions.functions.keys().cloned().chain(self.names.functions()).collect()
    }
}

/// A name so that `srv.10` follows `srv.9`.
fn numbered(name: &str) -> (&str, Option<u64>) {
    let start = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    (&name[..start], name[start..].parse().ok())
}

/// The words that fit, while they are collected.
struct Choosing<'a> {
    prefix: &'a str,
    known: &'a Known<'a>,
    offered: HashSet<String>,
    found: Completion,
}

impl Choosing<'_> {
    /// Offers a word if it begins as it should.
    fn offer(&mut self, text: &str, summary: &str, kind: CandidateKind) {
        if text.starts_with(self.prefix) && self.offered.insert(text.to_owned()) {
            self.found.candidates.push(Candidate { text: text.to_owned(), summary: summary.to_owned(), kind });
        }
    }

    /// Offers the sessions, each between these signs.
    fn sessions(&mut self, before: &str, behind: &str, kind: CandidateKind) {
        let Some(prefix) = self.prefix.strip_prefix(before).or_else(|| before.starts_with(self.prefix).then_some(""))
        else {
            return;
        };
        for name in self.known.sessions(prefix.strip_suffix(behind).unwrap_or(prefix)) {
            let summary = self.known.names.session_summary(&name);
            self.offer(&format!("{before}{name}{behind}"), &summary, kind);
        }
    }

    /// Adds the words of `expected`.
    fn add(&mut self, expected: &Expected) {
        use CandidateKind as Kind;
        let vocabulary = self.known.vocabulary;
        match expected {
            Expected::Keyword(word) => self.offer(word, "", Kind::Keyword),
            Expected::Sign("->") => self.offer("->", "", Kind::Operator),
            Expected::Key(option) => {
                let sign = if option.form == OptionForm::Assignment { "=" } else { "" };
                self.offer(&format!("{}{sign}", option.key), option.summary, Kind::Option);
            }
            Expected::Shape(shape) => self.shape(*shape),
            Expected::Port => {
                self.found.place = Some(PlaceForm::Port);
                self.sessions("$", ".port", Kind::Place);
            }
            Expected::QuotedPath => self.found.path = Some(PathForm::Quoted),
            Expected::Statement => self.statements(),
            Expected::Stage => self.entries(vocabulary.stages().iter().map(|it| (it.name, it.summary)), Kind::Stage),
            Expected::Event => {
                let events = vocabulary.events().iter().map(|event| (event.signature.name, event.signature.summary));
                self.entries(events, Kind::Event);
            }
            Expected::Function => self.functions(),
            Expected::Variable => self.variables(),
            Expected::Field(_) => {
                self.entries(vocabulary.fields().iter().map(|it| (it.name, it.summary)), Kind::Field);
            }
            Expected::Operator => {
                expected.words(vocabulary).iter().for_each(|word| self.offer(word, "", Kind::Operator));
            }
            Expected::Sign(_) | Expected::Space | Expected::EndOfLine | Expected::Phrase(_) => {}
        }
    }

    fn entries<'e>(&mut self, entries: impl Iterator<Item = (&'e str, &'e str)>, kind: CandidateKind) {
        entries.for_each(|(name, summary)| self.offer(name, summary, kind));
    }

    fn shape(&mut self, shape: Shape) {
        use CandidateKind as Kind;
        match shape {
            Shape::Boolean => self.entries([("yes", ""), ("no", "")].into_iter(), Kind::Keyword),
            Shape::Protocol => {
                let protocols = self.known.vocabulary.protocols().iter();
                self.entries(protocols.map(|it| (it.name, it.summary)), Kind::Protocol);
            }
            Shape::Session => self.sessions("", "", Kind::Session),
            Shape::VariableName => {
                self.known.variables().iter().for_each(|name| self.offer(name, "", Kind::Variable));
            }
            Shape::Endpoint => {
                self.sessions("$", "", Kind::Place);
                self.found.place = Some(PlaceForm::Endpoint);
            }
            Shape::Host | Shape::Hosts => self.found.place = Some(PlaceForm::Host),
            Shape::Address => self.found.place = Some(PlaceForm::Address),
            Shape::Path => self.found.path = Some(PathForm::Bare),
            Shape::Topic => self.topics(),
            _ => {}
        }
    }

    fn statements(&mut self) {
        use CandidateKind as Kind;
        let commands = self.known.vocabulary.commands().iter();
        self.entries(commands.map(|it| (it.name, it.summary)), Kind::Command);
        self.entries(KEYWORDS.iter().map(|it| (it.name, it.summary)), Kind::Keyword);
        self.known.functions().iter().for_each(|name| self.offer(&format!("{name}("), "", Kind::Function));
        self.sessions("", ":", Kind::Label);
    }

    fn functions(&mut self) {
        let kind = CandidateKind::Function;
        for function in self.known.vocabulary.functions() {
            self.offer(&format!("{}(", function.name), function.summary, kind);
        }
        self.known.functions().iter().for_each(|name| self.offer(&format!("{name}("), "", kind));
    }

    fn variables(&mut self) {
        let kind = CandidateKind::Variable;
        self.known.variables().iter().for_each(|name| self.offer(name, "", kind));
        self.sessions("", "", CandidateKind::Place);
        if self.known.in_handler {
            let vocabulary = self.known.vocabulary;
            let events = vocabulary.events().iter().flat_map(|event| event.variables);
            let entries = vocabulary.handler_variables().iter().chain(events);
            self.entries(entries.map(|it| (it.name, it.summary)), kind);
        }
    }

    /// Everything that help knows.
    fn topics(&mut self) {
        let kind = CandidateKind::Topic;
        let vocabulary = self.known.vocabulary;
        self.entries(vocabulary.commands().iter().map(|it| (it.name, it.summary)), kind);
        self.entries(vocabulary.stages().iter().map(|it| (it.name, it.summary)), kind);
        self.entries(vocabulary.protocols().iter().map(|it| (it.name, it.summary)), kind);
        self.entries(KEYWORDS.iter().map(|it| (it.name, it.summary)), kind);
        self.offer("on", "what to do when something happens to a connection", kind);
        let events = vocabulary.events().iter().map(|event| (event.signature.name, event.signature.summary));
        self.entries(events, kind);
        self.entries(vocabulary.functions().iter().map(|it| (it.name, it.summary)), kind);
        self.entries(vocabulary.topics().iter().map(|it| (it.name, it.summary)), kind);
    }
}
