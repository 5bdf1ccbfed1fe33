//! The plan of a suite: what runs for each file, as far as can be said before anything runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::find::{Found, is_document};
use crate::engine::selection::{Filter, lines};
use crate::engine::{Engine, Program};
use crate::language::ast::{Block, Item, StatementKind};
use crate::language::{self, Diagnostic, Mode, Source, Span};
use crate::record::suite::document::{self, Mark};
use crate::record::suite::{Case, File, Verdict};
use crate::shell::source;
use crate::shell::status::Status;

/// What is planned for a file.
pub(super) struct Plan {
    /// Where it is, and its text.
    pub(super) found: Found,
    pub(super) source: Arc<Source>,
    /// The file as it is reported, as far as that is known: why it cannot be run.
    pub(super) file: File,
    /// How the suite ends because of that.
    pub(super) status: Status,
    /// Its cases in their order.
    pub(super) parts: Vec<Part>,
}

impl Plan {
    /// That of a file that cannot be run.
    pub(super) fn broken(found: Found, name: String, findings: Findings, status: Status) -> Self {
        let file = File { name, findings, ..File::default() };
        Self { found, source: Arc::new(Source::new("", "")), file, status, parts: Vec::new() }
    }
}

/// A part of a file.
pub(super) enum Part {
    /// A case whose verdict is known.
    Known(Case),
    /// What has to run.
    Job(Job),
}

/// A script that runs in a process of its own.
#[derive(Clone)]
pub(super) struct Job {
    /// The block of a document that it is; `None` for a whole file.
    pub(super) block: Option<document::Block>,
    /// Its `test` blocks that have a name.
    pub(super) tests: Vec<Test>,
    /// Which of them run.
    pub(super) only: Only,
    /// Whether nothing else runs meanwhile.
    pub(super) alone: bool,
}

impl Job {
    /// Whether all of it runs.
    pub(super) fn is_whole(&self) -> bool {
        self.only == Only::All
    }
}

/// Which `test` blocks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Only {
    All,
    /// The one that stands on that line.
    Line(usize),
    /// Those that the filter takes.
    Filter,
}

/// A `test` block.
#[derive(Debug, Clone)]
pub(super) struct Test {
    /// Its name; `None` where it is made of variables.
    pub(super) name: Option<String>,
    /// Where it stands.
    place: Span,
    /// The line it begins on.
    pub(super) line: usize,
}

/// The files of the suite in their order; those that the filter leaves nothing of are not among them.
pub(super) struct Planner<'p> {
    pub(super) engine: &'p Engine,
    pub(super) filter: Option<&'p Filter>,
}

impl Planner<'_> {
    /// What is planned for a file; `None` if nothing.
    pub(super) fn plan(&self, found: &Found) -> Option<Plan> {
        let name = found.path.display().to_string();
        match source::read(&found.path) {
            Ok(source) => self.of(found, Arc::new(source)),
            Err(unreadable) => {
                let finding = (Arc::new(unreadable.source), *unreadable.diagnostic);
                Some(Plan::broken(found.clone(), name, vec![finding], unreadable.status))
            }
        }
    }

    /// What is planned for a file that may have changed since; `None` for one that could not be run then.
    pub(super) fn again(&self, plan: &Plan) -> Option<Plan> {
        if plan.file.findings.is_empty() { self.plan(&plan.found) } else { None }
    }

    /// Whether a file with that text could be run. What others include need not stand alone.
    pub(super) fn is_sound(&self, path: &Path, source: Source) -> bool {
        let source = Arc::new(source);
        if is_document(path) {
            self.document(&source, None).is_ok()
        } else {
            language::parse(source, Engine::vocabulary(), Mode::Script).diagnostics.is_empty()
        }
    }

    /// What is planned for a file with that text.
    fn of(&self, found: &Found, source: Arc<Source>) -> Option<Plan> {
        let (name, line) = (source.name.clone(), found.line);
        let planned = if is_document(&found.path) { self.document(&source, line) } else { self.script(&source, line) };
        match planned {
            Ok(parts) if parts.is_empty() => None,
            Ok(parts) => {
                let file = File { name, ..File::default() };
                Some(Plan { found: found.clone(), source, file, status: Status::HELD, parts })
            }
            Err(findings) => Some(Plan::broken(found.clone(), name, findings, Status::USAGE)),
        }
    }

    fn fits(&self, name: &str) -> bool {
        self.filter.is_none_or(|filter| filter.fits(name))
    }

    /// The part that a script is.
    fn script(&self, source: &Arc<Source>, line: Option<usize>) -> Result<Vec<Part>, Findings> {
        let program = self.load(Source::clone(source))?;
        let block = program.checked.block();
        let tests = tests(block, source);
        if is_marked(block, "no-run") {
            return Ok(if self.fits(&source.name) {
                vec![Part::Known(unrun(None, None, Verdict::Checked))]
            } else {
                Vec::new()
            });
        }
        let only = match line {
            Some(line) if tests.iter().any(|test| lines(source, test.place).contains(&line)) => Only::Line(line),
            Some(line) => return Err(vec![(Arc::clone(source), no_case(source, line))]),
            None if self.fits(&source.name) => Only::All,
            // What has no name yet, and what others include, may fit.
            None if tests.iter().any(|test| test.name.as_deref().is_none_or(|name| self.fits(name)))
                || !program.included.is_empty() =>
            {
                Only::Filter
            }
            None => return Ok(Vec::new()),
        };
        let tests = tests.into_iter().filter(|test| match only {
            Only::All => true,
            Only::Line(line) => lines(source, test.place).contains(&line),
            Only::Filter => test.name.as_deref().is_some_and(|name| self.fits(name)),
        });
        Ok(vec![Part::Job(Job { block: None, tests: tests.collect(), only, alone: is_marked(block, "alone") })])
    }

    /// The parts that the blocks of a document are.
    fn document(&self, source: &Arc<Source>, line: Option<usize>) -> Result<Vec<Part>, Findings> {
        let wrong = |wrong: Vec<Diagnostic>| wrong.into_iter().map(|one| (Arc::clone(source), one)).collect::<Vec<_>>();
        let blocks = document::blocks(source).map_err(wrong)?;
        let asked = |block: &document::Block| match line {
            Some(line) => (block.lines.0..=block.lines.1).contains(&line),
            None => self.fits(&source.name) || self.fits(&block.title()),
        };
        let mut parts = Vec::new();
        let mut findings = Vec::new();
        for block in blocks.into_iter().filter(asked) {
            if block.mark == Mark::Ignore {
                parts.push(Part::Known(of_block(&block, Verdict::Skipped("it is marked `ignore`"))));
                continue;
            }
            if let Err(found) = self.load(block.source(source)) {
                findings.extend(found);
                continue;
            }
            parts.push(if block.mark == Mark::Check {
                Part::Known(of_block(&block, Verdict::Checked))
            } else {
                let alone = block.alone;
                Part::Job(Job { block: Some(block), tests: Vec::new(), only: Only::All, alone })
            });
        }
        match line {
            Some(line) if parts.is_empty() && findings.is_empty() => Err(wrong(vec![no_case(source, line)])),
            _ if !findings.is_empty() => Err(findings),
            _ => Ok(parts),
        }
    }

    fn load(&self, source: Source) -> Result<Program, Findings> {
        self.engine.load(source, Mode::Script).map_err(|rejection| rejection.findings)
    }
}

pub(super) type Findings = Vec<(Arc<Source>, Diagnostic)>;

/// A case that is not meant to run. Nobody runs it alone.
fn unrun(name: Option<String>, line: Option<usize>, verdict: Verdict) -> Case {
    Case { name, line, verdict, runs: (0, 0), took: Duration::ZERO, again: String::new() }
}

/// The same of a block of a document.
fn of_block(block: &document::Block, verdict: Verdict) -> Case {
    unrun(Some(block.title()), Some(block.lines.0), verdict)
}

/// That no case stands on a line.
fn no_case(source: &Source, line: usize) -> Diagnostic {
    Diagnostic::error(format!("no case stands on line {line} of `{}`", source.name))
        .hint("a case is a `test` block of a script, or a block of a document behind ```nsh")
}

/// Whether a script says `# test WORD` on a line of its own.
fn is_marked(block: &Block, word: &str) -> bool {
    block.items.iter().any(|item| match item {
        Item::Comment(comment) => comment.node.split_whitespace().eq(["test", word]),
        Item::Statement(_) | Item::Blank => false,
    })
}

/// The `test` blocks of a script.
fn tests(block: &Block, source: &Source) -> Vec<Test> {
    let tests = block.statements().filter_map(|statement| {
        let StatementKind::Test { name, .. } = &statement.kind else { return None };
        let place = statement.span.0;
        Some(Test { name: name.node.literal().map(str::to_owned), place, line: source.position(place.start).0 })
    });
    tests.collect()
}
