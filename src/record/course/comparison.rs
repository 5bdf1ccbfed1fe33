//! Comparisons: where two runs went different ways.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp};

use super::Course;
use super::lives::Life;
use super::steps::{Outcome, Statement};
use super::trace::Trace;
use crate::look::amount;
use crate::look::hunk::Hunk;

/// How many differences are told.
const MOST: usize = 20;
/// How many statements that one run lacks are told one by one.
const MOST_TITLES: usize = 4;
/// How many digits of a digest are shown.
const DIGITS: usize = 16;

/// Where two runs differ.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// The first differences.
    pub(crate) told: Vec<Hunk>,
    /// How many there are in all.
    pub(crate) count: usize,
}

impl Comparison {
    /// Where the run that was made differs from the one that is kept. Both are over.
    pub(crate) fn of(kept: &Course, made: &Course) -> Self {
        let mut comparing = Comparing { kept, made, found: Self::default() };
        comparing.statements(&kept.steps.top(), &made.steps.top(), (kept.is_cut(), false));
        let whole = comparing.found.count == 0 && !kept.is_cut();
        comparing.sessions(whole && kept.steps.is_whole() && made.steps.is_whole());
        comparing.exit();
        comparing.found
    }

    fn add(&mut self, difference: Hunk) {
        self.count += 1;
        if self.told.len() < MOST {
            self.told.push(difference);
        }
    }

    /// Adds a difference of a session, unless that of its other end shows the same.
    fn add_of(&mut self, life: &Life, difference: Hunk) {
        if !(life.peer.is_some() && self.told.iter().any(|told| told.shows_as(&difference))) {
            self.add(difference);
        }
    }
}

struct Comparing<'c> {
    kept: &'c Course,
    made: &'c Course,
    found: Comparison,
}

impl Comparing<'_> {
    /// Compares statements that follow each other, or ran beside each other; `cut` says of each run whether they were
    /// broken off, so that the other may have had more of them.
    fn statements(&mut self, kept: &[&Statement], made: &[&Statement], cut: (bool, bool)) {
        let titles = |list: &[&Statement]| list.iter().map(|statement| title(statement).to_owned()).collect::<Vec<_>>();
        let beside = kept.iter().chain(made).all(|statement| statement.beside);
        for op in similar::capture_diff_slices(Algorithm::Myers, &titles(kept), &titles(made)) {
            let (old, new) = (&kept[op.old_range()], &made[op.new_range()]);
            let may_lack = beside || op.old_range().end == kept.len() && op.new_range().end == made.len();
            match op {
                DiffOp::Equal { .. } => old.iter().zip(new).for_each(|(old, new)| self.statement(old, new)),
                DiffOp::Delete { .. } if may_lack && cut.1 => {}
                DiffOp::Insert { .. } if may_lack && cut.0 => {}
                _ => self.others(old, new),
            }
        }
    }

    /// Statements that only one run has.
    fn others(&mut self, kept: &[&Statement], made: &[&Statement]) {
        let place = made.first().or(kept.first()).map_or("", |statement| &*statement.place);
        let account = |list: &[&Statement]| list.iter().flat_map(|one| account(one, true)).collect::<Vec<_>>();
        self.found.add(match (kept, made) {
            (kept, []) => Hunk::between(place, &titles(kept), &[]),
            ([], made) => Hunk::between(place, &[], &titles(made)),
            _ => Hunk::between(place, &account(kept), &account(made)),
        });
    }

    fn statement(&mut self, kept: &Statement, made: &Statement) {
        let before = self.found.count;
        let cut = (kept.outcome == Outcome::Unended, made.outcome == Outcome::Unended);
        let (within, others) = (self.kept.steps.within(kept), self.made.steps.within(made));
        // The first branch that fails ends the others wherever they are.
        let broken = kept.outcome != Outcome::Held || made.outcome != Outcome::Held;
        let parted = broken && within.iter().chain(&others).any(|statement| statement.beside);
        self.statements(&within, &others, (cut.0 || parted, cut.1 || parted));
        let ended = cut.0 || cut.1 || kept.outcome == made.outcome;
        // What broke it is told already.
        let explained = self.found.count > before && [&kept.outcome, &made.outcome].contains(&&Outcome::Broken);
        let childless = within.is_empty() && others.is_empty();
        let same_text = !childless || kept.text == made.text;
        let same_told = match (kept.told.as_deref(), made.told.as_deref()) {
            (Some(kept), Some(made)) => kept.agrees(made, cut),
            (Some(_), None) => cut.1,
            (None, Some(_)) => cut.0,
            (None, None) => true,
        };
        if same_text && same_told && (ended || explained) {
            return;
        }
        self.found.add(Hunk::between(&*made.place, &account(kept, childless), &account(made, childless)));
    }

    /// Compares what sessions did; `whole` says that in both runs every statement ran, and went the same way.
    fn sessions(&mut self, whole: bool) {
        for (mut kept, mut made) in classes(&self.kept.lives.all, &self.made.lives.all) {
            // Of several that cannot be told apart, those that are wholly the same belong together.
            for exact in [true, false] {
                kept.retain(|kept| {
                    let same = made.iter().position(|made| agree(kept, made, whole, exact));
                    same.map(|at| made.remove(at)).is_none()
                });
            }
            for (kept, made) in kept.iter().zip(&made) {
                for difference in differences(kept, made, whole) {
                    self.found.add_of(made, difference);
                }
            }
            let common = kept.len().min(made.len());
            // Whether a listener came to accept a connection before the end of the run is chance.
            for life in kept[common..].iter().filter(|life| whole && !life.is_accepted()) {
                self.found.add(Hunk::between(life.name(), &[&life.opening], &[]));
            }
            for life in made[common..].iter().filter(|life| whole && !life.is_accepted()) {
                self.found.add(Hunk::between(life.name(), &[], &[&life.opening]));
            }
        }
    }

    fn exit(&mut self) {
        if let (Some(kept), Some(made)) = (self.kept.exit.filter(|_| !self.kept.is_cut()), self.made.exit)
            && kept != made
        {
            self.found.add(Hunk::between("exit code", &[kept.to_string()], &[made.to_string()]));
        }
    }
}

/// The sessions of two runs by their classes: those that the script opened in the order in which they opened, then those
/// that were accepted, whose order is chance.
fn classes<'l>(kept: &'l [Life], made: &'l [Life]) -> Vec<(Vec<&'l Life>, Vec<&'l Life>)> {
    let mut opened = BTreeMap::new();
    for life in kept.iter().chain(made) {
        let next = opened.len();
        opened.entry(&life.class).or_insert(next);
    }
    let mut classes: BTreeMap<_, (Vec<&Life>, Vec<&Life>)> = BTreeMap::new();
    let key =
        |life: &'l Life| (life.is_accepted(), if life.is_accepted() { 0 } else { opened[&life.class] }, &life.class);
    for life in kept {
        classes.entry(key(life)).or_default().0.push(life);
    }
    for life in made {
        classes.entry(key(life)).or_default().1.push(life);
    }
    classes.into_values().collect()
}

/// What passed in a session of two runs, with a word for it, and whether more might have passed in each.
fn traces<'l>(kept: &'l Life, made: &'l Life, whole: bool) -> [(&'static str, [&'l Trace; 2], (bool, bool)); 3] {
    [
        ("sent", [&kept.sent, &made.sent], (kept.sends_on(whole), made.sends_on(whole))),
        ("received", [&kept.received, &made.received], (kept.receives_on(), made.receives_on())),
        ("printed", [&kept.told, &made.told], (true, true)),
    ]
}

/// Whether a session went the same way; to its last byte if that is to be `exact`.
fn agree(kept: &Life, made: &Life, whole: bool, exact: bool) -> bool {
    let passed =
        |(_, [kept, made], (one, other)): (_, [&Trace; 2], _)| kept.agrees(made, (one && !exact, other && !exact));
    let ends = kept.ended_by_itself().zip(made.ended_by_itself());
    kept.opening == made.opening
        && ends.is_none_or(|(kept, made)| kept == made)
        && traces(kept, made, whole).into_iter().all(passed)
}

/// Where a session differs.
fn differences(kept: &Life, made: &Life, whole: bool) -> Vec<Hunk> {
    let mut found = Vec::new();
    let name = made.name();
    if kept.opening != made.opening {
        found.push(Hunk::between(format!("{name} opened"), &[&kept.opening], &[&made.opening]));
    }
    for (word, [kept, made], goes_on) in traces(kept, made, whole) {
        if !kept.agrees(made, goes_on) {
            found.push(Hunk::between(format!("{name} {word}"), &lines(kept), &lines(made)));
        }
    }
    if let (Some(kept), Some(made)) = (kept.ended_by_itself(), made.ended_by_itself())
        && kept != made
    {
        found.push(Hunk::between(format!("{name} ended"), &[kept], &[made]));
    }
    found
}

/// The first of statements that the other run does not have.
fn titles(statements: &[&Statement]) -> Vec<String> {
    let mut titles: Vec<String> = statements.iter().map(|statement| title(statement).to_owned()).collect();
    if let Some(beyond) = titles.len().checked_sub(MOST_TITLES).filter(|beyond| *beyond > 0) {
        titles.truncate(MOST_TITLES);
        titles.push(format!("… and {beyond} more statements"));
    }
    titles
}

/// What statements are recognized by in the other run: the first line.
fn title(statement: &Statement) -> &str {
    statement.text.lines().next().unwrap_or_default()
}

/// A statement with what it told and how it ended.
fn account(statement: &Statement, whole: bool) -> Vec<Vec<u8>> {
    let mut account: Vec<Vec<u8>> = if whole {
        statement.text.lines().map(|line| line.as_bytes().to_vec()).collect()
    } else {
        vec![title(statement).as_bytes().to_vec()]
    };
    for line in statement.told.iter().flat_map(|told| lines(told)) {
        account.push([b"  ", line.strip_suffix(b"\n").unwrap_or(&line)].concat());
    }
    account.push(match &statement.outcome {
        Outcome::Unended => b"  did not end".to_vec(),
        Outcome::Held => b"  held".to_vec(),
        Outcome::Failed(message) => format!("  failed: {message}").into_bytes(),
        Outcome::Broken => b"  a statement in it failed".to_vec(),
    });
    account
}

/// What is kept of what passed, and of the rest how much it is and its digest.
fn lines(trace: &Trace) -> Vec<Vec<u8>> {
    let mut lines = trace.pieces.clone();
    if !trace.is_all {
        let digest: String = trace.fingerprint().chars().take(DIGITS).collect();
        lines.push(format!("… {} in all, SHA-256 {digest}…", amount::bytes(trace.bytes)).into_bytes());
    }
    lines
}
