//! Lexemes: a text cut into coloured pieces that give the text back when joined.

use std::sync::Arc;

use super::check::findings;
use super::diagnostic::Severity;
use super::grammar::{Mode, Recorded, parse_recorded};
use super::source::{Source, Span};
use super::vocabulary::{Names, Sampled, Vocabulary};

/// What a lexeme is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the kind of its name")]
pub enum LexemeKind {
    Space,
    Comment,
    Command,
    /// A word of the control syntax, or a fixed word of a command: `if`, `not`, `line`.
    Keyword,
    Word,
    /// The key of a trailing option: `within`, `mode=`.
    Option,
    Label,
    Session,
    Variable,
    Text,
    Escape,
    Number,
    Regex,
    Operator,
    Punctuation,
    Address,
    Protocol,
    Stage,
    Event,
    Function,
    File,
    /// What follows `!`.
    Shell,
    /// From where the text stops making sense.
    Unknown,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    /// Where it stands; never empty.
    pub span: Span,
    /// What it is.
    pub kind: LexemeKind,
}

/// The pieces of `text`, in order and without gaps, whatever the text is.
pub fn lexemes(text: &str, vocabulary: &dyn Vocabulary, names: &dyn Names) -> Vec<Lexeme> {
    let source = Arc::new(Source::new("", text));
    let (parsed, Recorded { lexemes, .. }) = parse_recorded(source, vocabulary, Mode::Script, true);
    let errors = if parsed.diagnostics.is_empty() {
        findings(&parsed.block, vocabulary, &Sampled(names))
    } else {
        parsed.diagnostics
    };
    let errors = errors.into_iter().filter(|finding| finding.severity == Severity::Error);
    let unknown: Vec<Span> = errors.filter_map(|finding| finding.span).collect();
    let mut pieces = without_gaps(text, &lexemes);
    join(text, &mut pieces);
    for piece in &mut pieces {
        let wrong = |span: &Span| span.start <= piece.span.start && piece.span.end <= span.end;
        if turns_unknown(piece.kind) && unknown.iter().any(wrong) {
            piece.kind = LexemeKind::Unknown;
        }
    }
    pieces
}

/// Joins the pieces of one text and of one variable.
fn join(text: &str, pieces: &mut Vec<Lexeme>) {
    pieces.dedup_by(|next, last| {
        let joins = match next.kind {
            LexemeKind::Text => true,
            LexemeKind::Variable => !text[next.span.range()].starts_with('$'),
            _ => false,
        };
        let joins = joins && last.kind == next.kind;
        if joins {
            last.span.end = next.span.end;
        }
        joins
    });
}

/// Whether a lexeme of that kind is shown as unknown where an error stands: a text that is still open stays a text.
fn turns_unknown(kind: LexemeKind) -> bool {
    !matches!(kind, LexemeKind::Space | LexemeKind::Comment | LexemeKind::Text | LexemeKind::Punctuation)
}

/// The recorded lexemes with everything between them filled up.
fn without_gaps(text: &str, recorded: &[Lexeme]) -> Vec<Lexeme> {
    let mut pieces = Vec::with_capacity(recorded.len() * 2);
    let mut at = 0;
    for lexeme in recorded {
        let Span { start, end } = lexeme.span;
        if start < at || end <= start || text.get(start..end).is_none() {
            continue;
        }
        fill(text, at, start, &mut pieces);
        pieces.push(*lexeme);
        at = end;
    }
    fill(text, at, text.len(), &mut pieces);
    pieces
}

/// Cuts a gap into spaces and what makes no sense.
fn fill(text: &str, from: usize, to: usize, pieces: &mut Vec<Lexeme>) {
    let mut at = from;
    while at < to {
        let rest = &text[at..to];
        let blank = rest.starts_with(char::is_whitespace);
        let length = rest.find(|letter: char| letter.is_whitespace() != blank).unwrap_or(rest.len());
        let kind = if blank { LexemeKind::Space } else { LexemeKind::Unknown };
        pieces.push(Lexeme { span: Span::new(at, at + length), kind });
        at += length;
    }
}
