//! Programs: a script with everything it includes, parsed and checked before anything runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{LARGEST_SCRIPT, read_path};
use super::lock;
use super::shared::{Definition, Included, Shared};
use super::vocabulary::Words;
use crate::language::ast::{Block, StatementKind};
use crate::language::vocabulary::Names;
use crate::language::{self, Checked, Diagnostic, Mode, Severity, Source};

/// How deep includes may nest.
const DEEPEST_INCLUDE: usize = 32;

/// A script and what it includes.
pub struct Program {
    /// The script.
    pub checked: Checked,
    /// What it includes, by path.
    pub included: Included,
    /// What the checker warns of, with the source each is in.
    pub warnings: Vec<(Arc<Source>, Diagnostic)>,
}

impl Program {
    /// Takes note of what holds for the whole script: what it includes, its functions, and what cleans up after it.
    pub(super) fn prepare(&self, shared: &Shared) {
        lock(&shared.included).extend(self.included.iter().map(|(path, script)| (path.clone(), script.clone())));
        let source = self.checked.source();
        for statement in self.checked.block().statements() {
            match &statement.kind {
                StatementKind::Def { name, parameters, body } => {
                    let (parameters, body) = (parameters.clone(), body.clone());
                    shared.define(&name.node, Definition { parameters, body, source: Arc::clone(source) });
                }
                StatementKind::Cleanup(body) => shared.clean_up_with(source, body, statement.span.0),
                _ => {}
            }
        }
    }
}

/// What was wrong with a text before anything ran.
#[derive(Debug, Clone)]
pub struct Rejection {
    /// Every finding with the source it is in (a script and what it includes).
    pub findings: Vec<(Arc<Source>, Diagnostic)>,
    /// Whether the text merely ends too early (an open block), so that a prompt keeps reading.
    pub incomplete: bool,
}

/// Where an `include` in `source` points: relative paths start at the folder of the file that includes.
pub(super) fn resolve(source: &Source, path: &Path) -> PathBuf {
    Path::new(&source.name).parent().map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

/// Parses and checks `source` and its includes against the names that are there.
pub(super) fn load(source: Source, mode: Mode, names: &dyn Names) -> Result<Program, Rejection> {
    let parsed = language::parse(Arc::new(source), &Words, mode);
    if parsed.incomplete {
        let source = Arc::clone(&parsed.source);
        let findings = parsed.diagnostics.iter().map(|diagnostic| (Arc::clone(&source), diagnostic.clone())).collect();
        return Err(Rejection { findings, incomplete: true });
    }
    let mut loader = Loader {
        included: HashMap::new(),
        findings: Vec::new(),
        known: Known::of(names),
        open: vec![PathBuf::from(&parsed.source.name)],
    };
    loader.follow(&parsed.source, &parsed.block);
    let Loader { included, mut findings, known, .. } = loader;
    match language::check(parsed, &Words, &known) {
        Ok(checked) => {
            let warned = checked.warnings().iter().map(|warning| (Arc::clone(checked.source()), warning.clone()));
            findings.extend(warned);
            if findings.iter().any(|(_, diagnostic)| diagnostic.severity == Severity::Error) {
                return Err(Rejection { findings, incomplete: false });
            }
            Ok(Program { checked, included, warnings: findings })
        }
        Err(rejected) => {
            let source = &rejected.source;
            findings.extend(rejected.diagnostics.into_iter().map(|diagnostic| (Arc::clone(source), diagnostic)));
            Err(Rejection { findings, incomplete: false })
        }
    }
}

/// Reads what scripts include, and collects the names those define.
struct Loader<'n> {
    included: Included,
    findings: Vec<(Arc<Source>, Diagnostic)>,
    known: Known<'n>,
    /// The scripts that are being followed, the outermost first.
    open: Vec<PathBuf>,
}

impl Loader<'_> {
    fn follow(&mut self, source: &Arc<Source>, block: &Block) {
        for statement in block.statements() {
            if let StatementKind::Include(path) = &statement.kind {
                let Some(text) = path.node.literal() else {
                    let wrong = Diagnostic::error("the path of an `include` is a text without variables").at(path.span);
                    self.findings.push((Arc::clone(source), wrong));
                    continue;
                };
                let found = resolve(source, Path::new(text));
                if let Err(reason) = self.read(&found) {
                    let wrong = Diagnostic::error(format!("cannot include `{text}`: {reason}")).at(path.span);
                    self.findings.push((Arc::clone(source), wrong));
                }
            }
            for inner in statement.blocks() {
                self.follow(source, inner);
            }
        }
    }

    fn read(&mut self, path: &Path) -> Result<(), String> {
        if self.open.iter().any(|open| open == path) {
            return Err("it would include itself".to_owned());
        }
        if self.open.len() > DEEPEST_INCLUDE {
            return Err(format!("includes nest deeper than {DEEPEST_INCLUDE}"));
        }
        if self.included.contains_key(path) {
            return Ok(());
        }
        let text = read_path(path, LARGEST_SCRIPT).map_err(|error| crate::net::error::describe(&error))?;
        let text = String::from_utf8(text)
            .map_err(|error| format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))?;
        let source = Arc::new(Source::new(path.display().to_string(), text));
        let parsed = language::parse(Arc::clone(&source), &Words, Mode::Script);
        self.included.insert(path.to_owned(), (Arc::clone(&source), Arc::new(parsed.block.clone())));
        self.open.push(path.to_owned());
        self.follow(&source, &parsed.block);
        self.open.pop();
        let outcome = language::check(parsed, &Words, &self.known);
        let diagnostics = match &outcome {
            Ok(checked) => {
                self.known.define(checked.block());
                checked.warnings().to_vec()
            }
            Err(rejected) => rejected.diagnostics.clone(),
        };
        self.findings.extend(diagnostics.into_iter().map(|diagnostic| (Arc::clone(&source), diagnostic)));
        Ok(())
    }
}

/// Names that are there, plus those that includes define.
struct Known<'n> {
    present: &'n dyn Names,
    sessions: BTreeSet<String>,
    variables: BTreeSet<String>,
    functions: BTreeMap<String, (usize, usize)>,
}

impl<'n> Known<'n> {
    const fn of(present: &'n dyn Names) -> Self {
        Self { present, sessions: BTreeSet::new(), variables: BTreeSet::new(), functions: BTreeMap::new() }
    }

    /// Adds what a checked script defines at its top level.
    fn define(&mut self, block: &Block) {
        for statement in block.statements() {
            match &statement.kind {
                StatementKind::Def { name, parameters, .. } => {
                    let fewest = parameters.iter().filter(|(_, default)| default.is_none()).count();
                    self.functions.insert(name.node.clone(), (fewest, parameters.len()));
                }
                StatementKind::Let { name, .. } => {
                    self.variables.insert(name.node.clone());
                }
                StatementKind::Command(command) => {
                    for option in command.options.iter().filter(|option| option.key.node == "as") {
                        if let language::ast::Term::Word(name) = &option.value.node {
                            self.sessions.insert(name.clone());
                            self.variables.insert(name.clone());
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

impl Names for Known<'_> {
    fn has_session(&self, name: &str) -> bool {
        self.sessions.contains(name) || self.present.has_session(name)
    }

    fn has_variable(&self, name: &str) -> bool {
        self.variables.contains(name) || self.present.has_variable(name)
    }

    fn arity(&self, function: &str) -> Option<(usize, usize)> {
        self.functions.get(function).copied().or_else(|| self.present.arity(function))
    }

    fn sessions(&self, prefix: &str, most: usize) -> Vec<String> {
        let own = self.sessions.iter().filter(|name| name.starts_with(prefix)).cloned();
        own.chain(self.present.sessions(prefix, most)).take(most).collect()
    }

    fn variables(&self) -> Vec<String> {
        self.variables.iter().cloned().chain(self.present.variables()).collect()
    }

    fn functions(&self) -> Vec<String> {
        self.functions.keys().cloned().chain(self.present.functions()).collect()
    }

    fn session_summary(&self, name: &str) -> String {
        self.present.session_summary(name)
    }
}
