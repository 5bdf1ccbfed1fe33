//! The runner: runs the jobs of a suite beside each other, and hands over each file in its order.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::child::{End, Order, Run};
use super::plan::{Job, Only, Part, Plan};
use super::progress::Progress;
use super::verdict;
use crate::language::Diagnostic;
use crate::net::vacancy;
use crate::record::suite::{Captured, Case, File, Verdict};
use crate::shell::signals::{Signal, Signals};
use crate::shell::source::reason;
use crate::shell::status::Status;

/// How a suite is run.
pub(super) struct Settings {
    /// So many processes at the same time.
    pub(super) jobs: usize,
    /// Each job so often.
    pub(super) repeat: u32,
    /// How long each may take.
    pub(super) limit: Option<Duration>,
    /// What cases have to be like, as it was written.
    pub(super) filter: Option<String>,
    /// The program that runs them.
    pub(super) program: PathBuf,
    /// How it is called to run a case in the same way, up to the name of the case.
    pub(super) again: String,
}

/// Runs the jobs of several plans.
pub(super) struct Runner<'r> {
    settings: &'r Settings,
    progress: &'r mut Progress,
    plans: &'r [Plan],
    /// What is known of each plan so far.
    tallies: Vec<Tally>,
    queue: VecDeque<Ticket>,
    /// Numbers that no running process has: each has ports of its own.
    slots: Vec<usize>,
    /// Holds the folders of the processes.
    folder: TempDir,
    /// How many processes were started.
    started: usize,
    running: JoinSet<(Ticket, usize, io::Result<Run>)>,
    /// Whether the one that runs runs alone.
    alone: bool,
    /// How many plans have been handed over.
    reported: usize,
}

/// What is known of a plan so far.
#[derive(Default)]
struct Tally {
    /// How many runs there still are.
    left: usize,
    file: File,
    /// The cases of its parts.
    cases: Vec<Vec<Case>>,
    /// What its parts wrote, each in the first run of those that matter most.
    written: BTreeMap<usize, Written>,
    /// How the suite ends because of it.
    status: Status,
}

/// What a run wrote.
struct Written {
    /// Whether the run failed.
    failed: bool,
    output: Captured,
    errors: Captured,
}

/// A run that is due: of that part of that plan.
#[derive(Clone, Copy)]
struct Ticket {
    plan: usize,
    part: usize,
}

impl<'r> Runner<'r> {
    /// Prepares to run the jobs of these plans.
    pub(super) fn new(settings: &'r Settings, progress: &'r mut Progress, plans: &'r [Plan]) -> io::Result<Self> {
        progress.begin(plans.len());
        let mut tallies = Vec::new();
        let (mut first, mut queue) = (VecDeque::new(), VecDeque::new());
        for (number, plan) in plans.iter().enumerate() {
            let mut left = 0;
            let mut cases = Vec::new();
            for (part, planned) in plan.parts.iter().enumerate() {
                cases.push(match planned {
                    Part::Known(case) => vec![case.clone()],
                    Part::Job(job) => {
                        let ticket = Ticket { plan: number, part };
                        let due = if job.alone { &mut first } else { &mut queue };
                        due.extend(std::iter::repeat_n(ticket, settings.repeat as usize));
                        left += settings.repeat as usize;
                        Vec::new()
                    }
                });
            }
            tallies.push(Tally { left, file: plan.file.clone(), cases, written: BTreeMap::new(), status: plan.status });
        }
        // Those that run alone come first, so that the others are not kept waiting in between.
        first.append(&mut queue);
        let folder = tempfile::Builder::new().prefix("nsh-").tempdir()?;
        Ok(Self {
            settings,
            progress,
            plans,
            tallies,
            queue: first,
            slots: (0..settings.jobs).rev().collect(),
            folder,
            started: 0,
            running: JoinSet::new(),
            alone: false,
            reported: 0,
        })
    }

    /// Runs everything, and hands over the files in their order, with how the suite ends because of each. The signal that
    /// broke it off, if one did: then the files that are whole were handed over, and nothing runs any more.
    pub(super) async fn run(
        mut self,
        signals: &mut Signals,
        mut report: impl FnMut(File, Status) -> io::Result<()>,
    ) -> io::Result<Option<Signal>> {
        let (stop, stopped) = watch::channel(false);
        let mut broken_off = None;
        self.report(&mut report)?;
        loop {
            while broken_off.is_none() && self.start(&stopped) {}
            if self.running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                signal = signals.next_end() => {
                    if broken_off.replace(signal).is_some() {
                        break;
                    }
                    let _ = stop.send(true);
                }
                Some(done) = self.running.join_next() => {
                    let (ticket, slot, outcome) = done.map_err(io::Error::other)?;
                    self.finish(ticket, slot, outcome);
                    if broken_off.is_none() {
                        self.report(&mut report)?;
                    }
                }
            }
        }
        if broken_off.is_some() {
            self.tallies.drain(..self.reported);
            for tally in self.tallies.drain(..).filter(|tally| tally.left == 0) {
                let (file, status) = tally.end();
                report(file, status)?;
            }
        }
        Ok(broken_off)
    }

    /// Starts the next job, if there is one and room for it.
    fn start(&mut self, stopped: &watch::Receiver<bool>) -> bool {
        let Some(&ticket) = self.queue.front() else { return false };
        let plan = &self.plans[ticket.plan];
        let Part::Job(job) = &plan.parts[ticket.part] else { return false };
        if self.alone || job.alone && !self.running.is_empty() {
            return false;
        }
        let Some(slot) = self.slots.pop() else { return false };
        self.queue.pop_front();
        self.alone = job.alone;
        self.started += 1;
        let order = self.order(plan, job, slot);
        let folder = order.folder.clone();
        let running = std::fs::create_dir(&folder).and_then(|()| order.start());
        self.progress.start(&plan.file.name);
        let stopped = stopped.clone();
        self.running.spawn(async move {
            let outcome = match running {
                Ok(running) => running.end(stopped).await,
                Err(error) => Err(error),
            };
            // What cannot be removed goes with the folder of all.
            let _ = std::fs::remove_dir_all(folder);
            (ticket, slot, outcome)
        });
        true
    }

    /// The process that a job runs in.
    fn order(&self, plan: &Plan, job: &Job, slot: usize) -> Order {
        Order {
            program: self.settings.program.clone(),
            arguments: self.arguments(&plan.found.path, job),
            ports: ports(slot, self.settings.jobs),
            folder: self.folder.path().join(self.started.to_string()),
            limit: self.settings.limit,
        }
    }

    /// What stands behind `nsh case`.
    fn arguments(&self, path: &Path, job: &Job) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut option = |key: &str, value: String| arguments.extend([key.into(), value.into()]);
        if let Some(block) = &job.block {
            option("--block", block.lines.0.to_string());
        }
        match (&job.only, &self.settings.filter) {
            (Only::Line(line), _) => option("--line", line.to_string()),
            (Only::Filter, Some(filter)) => option("--filter", filter.clone()),
            (Only::Filter | Only::All, _) => {}
        }
        arguments.extend(["--".into(), path.into()]);
        arguments
    }

    /// Takes what a job has left behind.
    fn finish(&mut self, ticket: Ticket, slot: usize, outcome: io::Result<Run>) {
        self.slots.push(slot);
        self.alone = false;
        let plan = &self.plans[ticket.plan];
        let tally = &mut self.tallies[ticket.plan];
        let Part::Job(job) = &plan.parts[ticket.part] else { return };
        let failed = match outcome {
            Ok(run) if run.end == End::Stopped => {
                // It has not run, and is not told of.
                return self.progress.stop(&plan.file.name, false);
            }
            Ok(run) => tally.take(plan, job, ticket.part, run, self.settings),
            Err(error) => {
                let diagnostic = Diagnostic::error(format!("cannot run it: {}", reason(&error)));
                tally.file.findings.push((std::sync::Arc::clone(&plan.source), diagnostic));
                tally.status = Status::REFUSED;
                true
            }
        };
        tally.left -= 1;
        self.progress.stop(&plan.file.name, failed);
    }

    /// Hands over the files that are whole, up to the first that is not.
    fn report(&mut self, report: &mut impl FnMut(File, Status) -> io::Result<()>) -> io::Result<()> {
        while let Some(tally) = self.tallies.get_mut(self.reported).filter(|tally| tally.left == 0) {
            self.reported += 1;
            let (file, status) = std::mem::take(tally).end();
            self.progress.done();
            self.progress.aside(|| report(file, status))?;
        }
        Ok(())
    }
}

impl Tally {
    /// Takes a run of a part. Whether it failed.
    fn take(&mut self, plan: &Plan, job: &Job, part: usize, mut run: Run, settings: &Settings) -> bool {
        let (output, errors) = (run.output.clone(), std::mem::take(&mut run.errors));
        self.file.took += run.took;
        let cases = verdict::of(plan, job, run, settings);
        let failed = cases.iter().any(|case| matches!(case.verdict, Verdict::Failed(_)));
        verdict::merge(&mut self.cases[part], cases);
        // Of several runs the one that failed first is of interest.
        if self.written.get(&part).is_none_or(|written| failed && !written.failed) {
            self.written.insert(part, Written { failed, output, errors });
        }
        failed
    }

    /// The file as it is reported, and how the suite ends because of it.
    fn end(mut self) -> (File, Status) {
        self.file.cases = self.cases.into_iter().flatten().collect();
        let failed = self.file.cases.iter().any(|case| matches!(case.verdict, Verdict::Failed(_)));
        // Of several parts what those wrote that failed.
        for written in self.written.values().filter(|written| written.failed || !failed) {
            self.file.output.append(&written.output);
            self.file.errors.append(&written.errors);
        }
        let failed = if failed { Status::UNMET } else { Status::HELD };
        (self.file, self.status.or(failed))
    }
}

/// The ports of the process in a slot: of so many slots, each has as many.
fn ports(slot: usize, slots: usize) -> RangeInclusive<u16> {
    let (first, last) = vacancy::RANGE.into_inner();
    let share = usize::from(last - first) / slots;
    let begin = usize::from(first) + slot * share;
    let port = |number: usize| u16::try_from(number).expect("it is in the range of all");
    port(begin)..=port(begin + share - 1)
}
