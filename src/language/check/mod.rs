//! The checker: whether everything a script names exists, before anything of it runs.

mod collect;
mod expression;
mod pattern;
mod scope;
mod session;
mod statement;
mod transport;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ast::Block;
use super::diagnostic::{Diagnostic, Severity};
use super::grammar::{MOST_ERRORS, Parsed};
use super::source::Source;
use super::vocabulary::{Names, Vocabulary};
pub(crate) use collect::Definitions;
use scope::Scope;

/// A script in which everything was found; only [`check`] makes one.
#[derive(Debug, Clone)]
pub struct Checked {
    source: Arc<Source>,
    block: Arc<Block>,
    warnings: Vec<Diagnostic>,
}

impl Checked {
    /// The text.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// What it says.
    pub fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// What is probably not as meant, in order of place.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

/// A script with errors.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// The text.
    pub source: Arc<Source>,
    /// All errors and warnings, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks what was read: names, variables, functions, sessions, regular expressions, and where statements may stand.
/// Fails with every error of the text, those of reading it included.
pub fn check(parsed: Parsed, vocabulary: &dyn Vocabulary, names: &dyn Names) -> Result<Checked, Rejected> {
    let Parsed { source, block, mut diagnostics, .. } = parsed;
    let mut definitions = Definitions::of(&block, vocabulary);
    for place in diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
        definitions.salvage(&source.text, place);
    }
    diagnostics.extend(findings_of(&block, definitions, vocabulary, names));
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.map_or(usize::MAX, |span| span.start));
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Rejected { source, diagnostics });
    }
    Ok(Checked { source, block: Arc::new(block), warnings: diagnostics })
}

/// What is wrong with a tree.
pub(crate) fn findings(block: &Block, vocabulary: &dyn Vocabulary, names: &dyn Names) -> Vec<Diagnostic> {
    findings_of(block, Definitions::of(block, vocabulary), vocabulary, names)
}

/// What is wrong with a tree, given what it defines.
fn findings_of(
    block: &Block,
    mut definitions: Definitions,
    vocabulary: &dyn Vocabulary,
    names: &dyn Names,
) -> Vec<Diagnostic> {
    definitions.sessions.extend(definitions.salvaged.iter().cloned());
    let mut checker = Checker {
        vocabulary,
        names,
        definitions,
        defined: HashSet::new(),
        errors: 0,
        warnings: 0,
        diagnostics: Vec::new(),
        open: Vec::new(),
        numbers: HashMap::new(),
        switched: false,
        patterns: HashMap::new(),
    };
    checker.block(block, &mut Scope::script());
    let mut found = checker.diagnostics;
    if checker.errors > MOST_ERRORS {
        found.push(Diagnostic::error(format!("{} more errors are not shown", checker.errors - MOST_ERRORS)));
    }
    found
}

/// One check.
struct Checker<'a> {
    vocabulary: &'a dyn Vocabulary,
    /// What the running shell has.
    names: &'a dyn Names,
    /// What the script defines anywhere.
    definitions: Definitions,
    /// The functions defined so far.
    defined: HashSet<String>,
    diagnostics: Vec<Diagnostic>,
    /// How many errors were found, those that are not kept included.
    errors: usize,
    /// How many warnings were found, likewise.
    warnings: usize,
    /// The sessions that compete for being current, in order of opening.
    open: Vec<String>,
    /// How many sessions without `as` were opened, by the first part of the names that they get.
    numbers: HashMap<String, u64>,
    /// Whether the script itself chose the current session.
    switched: bool,
    /// Regular expressions seen before: their named groups, or what is wrong with them and where.
    patterns: HashMap<super::ast::Regex, pattern::Pattern>,
}

impl Checker<'_> {
    /// Whether a variable is there.
    fn is_variable(&self, name: &str, scope: &Scope) -> bool {
        // A function or handler runs later: it sees everything that its script defines anywhere.
        let later = scope.kind != scope::Kind::Script && self.definitions.variables.contains(name);
        later
            || scope.variables.contains(name)
            || self.definitions.salvaged.contains(name)
            || self.names.has_variable(name)
    }

    /// Keeps a finding.
    fn report(&mut self, diagnostic: Diagnostic) {
        let count = if diagnostic.severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count <= MOST_ERRORS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Counts an error instead of describing it, if enough are kept; says whether it did.
    fn is_full(&mut self) -> bool {
        let full = self.errors >= MOST_ERRORS;
        self.errors += usize::from(full);
        full
    }
}

/// `diagnostic` with the hint that `near` was meant, written as `shown` does.
fn suggesting(diagnostic: Diagnostic, near: Option<&str>, shown: impl Fn(&str) -> String) -> Diagnostic {
    match near {
        Some(near) => diagnostic.hint(format!("did you mean `{}`?", shown(near))),
        None => diagnostic,
    }
}
