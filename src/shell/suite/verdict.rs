//! Verdicts: what the cases of a job come to, from what its process has left behind.

use std::sync::Arc;
use std::time::Duration;

use super::child::{End, Run};
use super::plan::{Job, Plan, Test};
use super::runner::Settings;
use crate::engine::event::Step;
use crate::engine::{Amendment, Class, Fault};
use crate::language::{Diagnostic, Source, Span};
use crate::look::draw::{self, Style};
use crate::look::{Paint, amount, escape};
use crate::record::suite::quoted::Quoted;
use crate::record::suite::{Case, Failure, Verdict, document};

/// The cases of a job after one run of it.
pub(super) fn of(plan: &Plan, job: &Job, run: Run, settings: &Settings) -> Vec<Case> {
    let failure = failure(plan, job, &run, settings.limit);
    let mut cases = match &job.block {
        Some(block) => vec![of_block(plan, block, run, failure)],
        None => of_script(job, run, failure),
    };
    for case in &mut cases {
        let line = case.line.map_or_else(String::new, |line| format!(":{line}"));
        case.again = format!("{} {}", settings.again, quoted(&format!("{}{line}", plan.file.name)));
    }
    cases
}

/// The cases of a script that ended like that.
fn of_script(job: &Job, run: Run, failure: Option<Failure>) -> Vec<Case> {
    let took = run.took;
    let mut cases: Vec<Case> = Vec::new();
    for seen in run.testimony.cases {
        let verdict = seen.failure.map_or(Verdict::Held, failed);
        cases.push(case(Some(seen.name), Some(seen.line), verdict, seen.took));
    }
    let Some(failure) = failure else {
        if cases.is_empty() && job.tests.is_empty() && job.is_whole() {
            cases.push(case(None, None, Verdict::Held, took));
        }
        return cases;
    };
    let missed = |test: &&Test| test.name.is_some() && !cases.iter().any(|case| case.line == Some(test.line));
    let missed: Vec<&Test> = job.tests.iter().filter(missed).collect();
    cases.push(case(None, None, failed(failure), took));
    for test in missed {
        let verdict = Verdict::Skipped("the script ended before");
        cases.push(case(test.name.clone(), Some(test.line), verdict, Duration::ZERO));
    }
    cases
}

fn failed(failure: Failure) -> Verdict {
    Verdict::Failed(Box::new(failure))
}

/// The case that a block of a document is.
fn of_block(plan: &Plan, block: &document::Block, run: Run, failure: Option<Failure>) -> Case {
    let came = run.testimony.cases.into_iter().find_map(|seen| seen.failure).or(failure);
    let wrong = |quoted: &Quoted, written: &str| {
        let difference = quoted.difference(written)?;
        let mut fault = Fault::new(Class::Unmet, quoted.diagnostic(&difference), Arc::clone(&plan.source));
        let renewed = quoted.renewed(written);
        fault.amendment = renewed.map(|(from, to, text)| Box::new(Amendment { from, to, text }));
        Some(Failure::from(fault))
    };
    let failure = match (came, &block.error) {
        (came, Some(quoted)) => wrong(quoted, &came.as_ref().map(drawn).unwrap_or_default()),
        (came, None) => came,
    };
    let failure = failure.or_else(|| match &block.output {
        Some(_) if run.output.lost > 0 => {
            let message = format!("it writes {} more than can be compared", amount::bytes(run.output.lost));
            Some(Failure::from(Fault::new(Class::Unmet, Diagnostic::error(message), Arc::clone(&plan.source))))
        }
        Some(quoted) => wrong(quoted, &escape::lines(&run.output.bytes)),
        None => None,
    });
    let verdict = failure.map_or(Verdict::Held, failed);
    case(Some(block.title()), Some(block.lines.0), verdict, run.took)
}

/// An error as a document shows it.
fn drawn(failure: &Failure) -> String {
    let style = Style { paint: Paint::PLAIN, width: None };
    draw::diagnostic_in(&failure.fault.diagnostic, &failure.fault.source, style)
}

/// A case that has run once.
fn case(name: Option<String>, line: Option<usize>, verdict: Verdict, took: Duration) -> Case {
    let runs = match verdict {
        Verdict::Held => (1, 0),
        Verdict::Failed(_) => (1, 1),
        Verdict::Checked | Verdict::Skipped(_) => (0, 0),
    };
    Case { name, line, verdict, runs, took, again: String::new() }
}

/// A word as Unix shells read it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// What ended a script, if it did not end as it should; the failures of its cases apart.
fn failure(plan: &Plan, job: &Job, run: &Run, limit: Option<Duration>) -> Option<Failure> {
    let fault = |diagnostic| Failure::from(Fault::new(Class::Unmet, diagnostic, Arc::clone(&plan.source)));
    let testimony = &run.testimony;
    match run.end {
        End::Late => return Some(fault(late(plan, job, testimony.unended.as_ref(), limit))),
        End::Signal(number) => return Some(fault(Diagnostic::error(format!("it was ended by signal {number}")))),
        End::Code(_) | End::Stopped => {}
    }
    let told = testimony.failure.clone().or_else(|| testimony.asides.first().cloned().map(Failure::from));
    if told.is_some() {
        return told;
    }
    let explained = testimony.cases.iter().any(|seen| seen.failure.is_some());
    match run.end {
        End::Code(0) => None,
        End::Code(3) if explained => None,
        End::Code(code) => Some(fault(Diagnostic::error(format!("it ended with code {code}")))),
        _ => None,
    }
}

/// That a script took too long, and what it did last.
fn late(plan: &Plan, job: &Job, step: Option<&Step>, limit: Option<Duration>) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("it did not end within {}", amount::pause(limit.unwrap_or_default())));
    let diagnostic = match step {
        Some(step) if step.source == plan.source.name => {
            diagnostic.at(place(&plan.source, step)).labelled("this was running")
        }
        Some(step) => diagnostic.note(format!("this was running: {}:{}: {}", step.source, step.line, step.text)),
        None => diagnostic,
    };
    let mark = if job.block.is_some() { "```nsh no-run" } else { "# test no-run" };
    diagnostic.hint(format!("`--timeout` gives it more time; what runs until it is stopped is marked `{mark}`"))
}

/// The first line of a step.
fn place(source: &Source, step: &Step) -> Span {
    let before: usize = source.text.split_inclusive('\n').take(step.line.saturating_sub(1)).map(str::len).sum();
    let first = step.text.lines().next().unwrap_or_default();
    let rest = &source.text[before..];
    let start = before + rest.find(first).unwrap_or_default();
    Span::new(start, (start + first.len()).min(source.text.len()))
}

/// The cases of several runs as one list: each case once, with how often it ran and failed, as it failed first.
pub(super) fn merge(all: &mut Vec<Case>, run: Vec<Case>) {
    let mut taken = vec![false; all.len()];
    for case in run {
        let same = |known: &Case| known.name == case.name && known.line == case.line;
        let at = (0..taken.len()).find(|&at| !taken[at] && same(&all[at]));
        let Some(at) = at else {
            all.push(case);
            continue;
        };
        taken[at] = true;
        let known = &mut all[at];
        known.runs = (known.runs.0 + case.runs.0, known.runs.1 + case.runs.1);
        known.took += case.took;
        let graver = match (&known.verdict, &case.verdict) {
            (Verdict::Failed(_), _) => false,
            (_, Verdict::Failed(_)) => true,
            (Verdict::Held, _) => false,
            _ => true,
        };
        if graver {
            known.verdict = case.verdict;
        }
    }
}
