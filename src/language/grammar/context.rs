//! What one parse remembers: the furthest place it reached and what was expected there, the errors so far,
//! and, when asked, the lexemes and what could stand at the end of the text.

use std::cell::{Cell, RefCell};

use super::Mode;
use super::expected::Expected;
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::{Lexeme, LexemeKind};
use crate::language::signature::{OptionSpec, Shape, Signature};
use crate::language::source::Span;
use crate::language::vocabulary::Vocabulary;

/// Most errors that are reported one by one.
pub(crate) const MOST_ERRORS: usize = 100;
/// Deepest nesting of blocks, and of brackets in an expression.
pub(crate) const DEEPEST: usize = 64;
/// Most operators in one expression, brackets included: it bounds the depth of the tree.
pub(crate) const MOST_OPERATORS: usize = 256;

/// The memory of one parse.
pub(crate) struct Context<'a> {
    pub(crate) vocabulary: &'a dyn Vocabulary,
    pub(crate) mode: Mode,
    pub(crate) text: &'a str,
    furthest: Cell<usize>,
    expected: RefCell<Vec<Expected>>,
    complaint: RefCell<Option<Diagnostic>>,
    lexemes: Option<RefCell<Vec<Lexeme>>>,
    completion: Option<Completing>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    dropped: Cell<usize>,
    /// Errors that more text could heal.
    unfinished: Cell<usize>,
    pub(crate) blocks: Cell<usize>,
    pub(crate) brackets: Cell<usize>,
    pub(crate) operators: Cell<usize>,
    /// End of the last block that was read to its `}`, so that recovery does not read it again.
    pub(crate) block_end: Cell<usize>,
    /// Whether an unclosed block or literal is reported already: what stands around it is not closed either.
    pub(crate) unclosed: Cell<bool>,
    /// Whether the text ends in a `\` that asks for another line.
    pub(crate) continued: Cell<bool>,
}

/// What completion collects: everything that could stand where the last word of the text begins.
struct Completing {
    /// Set once the end of the text was reached: what is expected behind it is no answer.
    over: Cell<bool>,
    /// Where the text's last run without spaces begins.
    floor: usize,
    wanted: RefCell<Vec<(usize, Expected)>>,
    /// Where the quote of a path stands that is not closed.
    open_path: Cell<Option<usize>>,
    /// What of the signatures that are being read is still to come behind the end of the text.
    ahead: RefCell<Vec<Ahead>>,
}

/// Something of a signature that may or must follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ahead {
    /// The parameters of a signature from this one on, which may have been given `again` times already.
    Parameter { of: &'static Signature, at: usize, again: bool },
    /// An option that was not given.
    Option(&'static OptionSpec),
    /// The block of handlers.
    Handlers,
    /// The value of an option.
    Value(Shape),
    /// The rest of a sequence.
    Shapes(&'static [Shape]),
    /// This, as usage writes it.
    Word(&'static str),
    /// This, which may be left out.
    Optional(&'static str),
}

impl<'a> Context<'a> {
    pub(crate) fn new(text: &'a str, vocabulary: &'a dyn Vocabulary, mode: Mode) -> Self {
        Self {
            vocabulary,
            mode,
            text,
            furthest: Cell::new(0),
            expected: RefCell::default(),
            complaint: RefCell::default(),
            lexemes: None,
            completion: None,
            diagnostics: RefCell::default(),
            dropped: Cell::new(0),
            unfinished: Cell::new(0),
            blocks: Cell::new(0),
            brackets: Cell::new(0),
            operators: Cell::new(0),
            block_end: Cell::new(0),
            unclosed: Cell::new(false),
            continued: Cell::new(false),
        }
    }

    /// The same, keeping lexemes.
    pub(crate) fn recording(mut self) -> Self {
        self.lexemes = Some(RefCell::default());
        self
    }

    /// The same, collecting what could complete the end of the text.
    pub(crate) fn completing(mut self) -> Self {
        let floor = self.text.rfind([' ', '\t', '\n', '\r']).map_or(0, |at| at + 1);
        self.completion = Some(Completing {
            over: Cell::new(false),
            floor,
            wanted: RefCell::default(),
            open_path: Cell::new(None),
            ahead: RefCell::default(),
        });
        self
    }

    /// Remembers that `expected` could have stood at `offset`.
    pub(crate) fn expect(&self, offset: usize, expected: Expected) {
        if let Some(completing) = &self.completion
            && offset >= completing.floor
            && !completing.over.get()
        {
            completing.wanted.borrow_mut().push((offset, expected.clone()));
        }
        if self.reach(offset) {
            let mut all = self.expected.borrow_mut();
            if !all.contains(&expected) {
                all.push(expected);
            }
        }
    }

    /// Remembers that a path begins with the quote at `offset`, if the text ends before it is closed.
    pub(crate) fn open_path(&self, offset: usize) {
        let Some(completing) = &self.completion else { return };
        let mut rest = self.text[offset..].chars();
        let Some(quote) = rest.next() else { return };
        if rest.all(|letter| letter != quote && letter != '\n') {
            completing.open_path.set(Some(offset));
        }
    }

    /// Remembers what may follow, if `offset` is the end of the text, unless a parameter of the same signature
    /// is remembered, which stands for all that follows it.
    pub(crate) fn ahead(&self, offset: usize, ahead: Ahead) {
        let Some(completing) = self.completion.as_ref().filter(|_| offset == self.text.len()) else { return };
        let known = match ahead {
            Ahead::Parameter { of, .. } => self.covers(of),
            _ => completing.ahead.borrow().contains(&ahead),
        };
        if !known {
            completing.ahead.borrow_mut().push(ahead);
        }
    }

    /// Whether a parameter of that signature is remembered by [`Self::ahead`].
    pub(crate) fn covers(&self, signature: &'static Signature) -> bool {
        let covers = |ahead: &Ahead| matches!(ahead, Ahead::Parameter { of, .. } if std::ptr::eq(*of, signature));
        self.completion.as_ref().is_some_and(|completing| completing.ahead.borrow().iter().any(covers))
    }

    /// How much is remembered by [`Self::ahead`].
    pub(crate) fn ahead_mark(&self) -> usize {
        self.completion.as_ref().map_or(0, |completing| completing.ahead.borrow().len())
    }

    /// Forgets what [`Self::ahead`] was told since that mark.
    pub(crate) fn ahead_back(&self, mark: usize) {
        if let Some(completing) = &self.completion {
            completing.ahead.borrow_mut().truncate(mark);
        }
    }

    /// Whether completion is asked for.
    pub(crate) const fn is_completing(&self) -> bool {
        self.completion.is_some()
    }

    /// Remembers a better sentence than "expected …" for the place where `diagnostic` stands.
    pub(crate) fn complain(&self, offset: usize, diagnostic: Diagnostic) {
        if self.reach(offset) {
            let mut complaint = self.complaint.borrow_mut();
            if complaint.is_none() {
                *complaint = Some(diagnostic);
            }
        }
    }

    /// Whether nothing was reached beyond `offset`; forgets what was expected before it.
    fn reach(&self, offset: usize) -> bool {
        let furthest = self.furthest.get();
        if offset > furthest {
            self.furthest.set(offset);
            self.expected.borrow_mut().clear();
            self.complaint.borrow_mut().take();
        }
        offset >= furthest
    }

    /// Forgets what was expected: a statement begins at `offset`.
    pub(crate) fn begin(&self, offset: usize) {
        self.furthest.set(offset);
        self.expected.borrow_mut().clear();
        self.complaint.borrow_mut().take();
        self.brackets.set(0);
        self.operators.set(0);
    }

    /// The furthest place, what was expected there, and the sentence for it if somebody had a better one.
    pub(crate) fn reached(&self) -> (usize, Vec<Expected>, Option<Diagnostic>) {
        (self.furthest.get(), self.expected.take(), self.complaint.take())
    }

    /// Whether the furthest place is the end of the text.
    pub(crate) fn reached_end(&self) -> bool {
        self.furthest.get() >= self.text.trim_end().len()
    }

    /// Stops collecting completions: everything up to the end of the text was looked at.
    pub(crate) fn stop_completing(&self) {
        if let Some(completing) = &self.completion {
            completing.over.set(true);
        }
    }

    /// Remembers, for completion alone, that a line could begin with `expected` at the end of the text.
    pub(crate) fn expect_line(&self, expected: Expected) {
        let before = self.text.trim_end_matches([' ', '\t']);
        if self.completion.is_some() && (before.is_empty() || before.ends_with(['\n', ';', '{'])) {
            self.expect(self.text.len(), expected);
        }
    }

    /// Whether the word that ends at `end` is the one being completed, so that it is not a whole word yet.
    pub(crate) fn touches(&self, end: usize) -> bool {
        self.completion.is_some() && end == self.text.len()
    }

    /// Keeps a lexeme; what a given-up alternative kept from there on is forgotten.
    pub(crate) fn record(&self, start: usize, end: usize, kind: LexemeKind) {
        let Some(lexemes) = &self.lexemes else { return };
        let mut lexemes = lexemes.borrow_mut();
        while lexemes.last().is_some_and(|last| last.span.end > start) {
            lexemes.pop();
        }
        if start < end {
            lexemes.push(Lexeme { span: Span::new(start, end), kind });
        }
    }

    /// Keeps an error of the script.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        let mut diagnostics = self.diagnostics.borrow_mut();
        if diagnostics.len() < MOST_ERRORS {
            diagnostics.push(diagnostic);
        } else {
            self.dropped.set(self.dropped.get() + 1);
        }
    }

    /// Counts an error instead of keeping it, if enough are kept; says whether it did.
    pub(crate) fn is_full(&self) -> bool {
        let full = self.diagnostics.borrow().len() >= MOST_ERRORS;
        if full {
            self.dropped.set(self.dropped.get() + 1);
        }
        full
    }

    /// Keeps an error that more text could heal.
    pub(crate) fn report_unfinished(&self, diagnostic: Diagnostic) {
        self.unfinished.set(self.unfinished.get() + 1);
        self.report(diagnostic);
    }

    /// Everything that was remembered.
    pub(crate) fn finish(self) -> Finished {
        let mut diagnostics = self.diagnostics.into_inner();
        if self.dropped.get() > 0 {
            diagnostics.push(Diagnostic::error(format!("{} more errors are not shown", self.dropped.get())));
        }
        Finished {
            incomplete: self.unfinished.get() > 0,
            diagnostics,
            lexemes: self.lexemes.map(RefCell::into_inner).unwrap_or_default(),
            open_path: self.completion.as_ref().and_then(|completing| completing.open_path.get()),
            ahead: self.completion.as_ref().map(|completing| completing.ahead.take()).unwrap_or_default(),
            wanted: self.completion.map(|completing| completing.wanted.into_inner()).unwrap_or_default(),
        }
    }
}

/// What a parse leaves behind besides the tree.
pub(crate) struct Finished {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) incomplete: bool,
    pub(crate) lexemes: Vec<Lexeme>,
    pub(crate) wanted: Vec<(usize, Expected)>,
    pub(crate) open_path: Option<usize>,
    pub(crate) ahead: Vec<Ahead>,
}
