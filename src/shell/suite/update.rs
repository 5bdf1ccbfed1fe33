//! Updating: expectations that fail are rewritten to what came, and the files run again until none is left to rewrite.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::plan::{Plan, Planner};
use super::progress::Progress;
use super::runner::{Runner, Settings};
use crate::engine::Amendment;
use crate::engine::file::replace;
use crate::language::Source;
use crate::record::suite::{File, Verdict};
use crate::shell::output::write_all;
use crate::shell::signals::{Signal, Signals};

/// Amendments, by the file that they are of.
type Amendments = BTreeMap<PathBuf, Vec<Amendment>>;

/// Rewrites what can be rewritten of the files of these plans, which are afterwards those of the files as they are then.
/// The signal that broke it off, if one did.
pub(super) async fn run(
    plans: &mut [Plan],
    planner: &Planner<'_>,
    settings: &Settings,
    progress: &mut Progress,
    signals: &mut Signals,
) -> io::Result<Option<Signal>> {
    let mut rewritten = Rewritten::default();
    let mut broken_off = None;
    // The first round runs everything, the others what was amended in the one before.
    let mut round: Vec<Plan> = plans.iter().filter_map(|plan| planner.again(plan)).collect();
    while !round.is_empty() {
        let (mut amendments, mut amended) = (Amendments::new(), Vec::new());
        let look = |file: File, _| {
            amended.push(collect(&file, &mut amendments));
            Ok(())
        };
        broken_off = Runner::new(settings, progress, &round)?.run(signals, look).await?;
        if broken_off.is_some() || !rewritten.amend(&amendments, planner)? {
            break;
        }
        let again = round.iter().zip(&amended).filter(|(_, amended)| **amended);
        round = again.filter_map(|(plan, _)| planner.again(plan)).collect();
    }
    for plan in plans {
        if let Some(renewed) = planner.again(plan) {
            *plan = renewed;
        }
    }
    progress.aside(|| rewritten.tell());
    Ok(broken_off)
}

/// Takes the amendments of a file's cases; whether there are any.
fn collect(file: &File, amendments: &mut Amendments) -> bool {
    let mut any = false;
    for case in &file.cases {
        let Verdict::Failed(failure) = &case.verdict else { continue };
        if let Some(amendment) = &failure.fault.amendment {
            let of = amendments.entry(PathBuf::from(&failure.fault.source.name)).or_default();
            of.push(Amendment::clone(amendment));
            any = true;
        }
    }
    any
}

/// What has been rewritten, by file: where, as the file is now. No place is rewritten twice.
#[derive(Default)]
struct Rewritten(BTreeMap<PathBuf, Vec<Range<usize>>>);

impl Rewritten {
    /// Rewrites files; whether anything was.
    fn amend(&mut self, amendments: &Amendments, planner: &Planner<'_>) -> io::Result<bool> {
        let mut any = false;
        for (path, of) in amendments {
            any |= self.rewrite(path, of, planner)?;
        }
        Ok(any)
    }

    /// Rewrites a file as far as it is still a script, or a document of scripts, afterwards.
    fn rewrite(&mut self, path: &Path, amendments: &[Amendment], planner: &Planner<'_>) -> io::Result<bool> {
        let places = self.0.entry(path.to_owned()).or_default();
        let name = path.display().to_string();
        let mut text = fs::read_to_string(path)?;
        let mut changed = false;
        // From the end to the beginning, so that those that are still to come stand where they stood.
        let mut amendments: Vec<&Amendment> = amendments.iter().collect();
        amendments.sort_by_key(|amendment| std::cmp::Reverse(amendment.from));
        for Amendment { from, to, text: instead } in amendments {
            let is_free = !places.iter().any(|place| place.start < *to && *from < place.end);
            let (Some(before), Some(after)) = (text.get(..*from), text.get(*to..)) else { continue };
            let renewed = [before, instead, after].concat();
            if is_free && planner.is_sound(path, Source::new(name.clone(), renewed.clone())) {
                text = renewed;
                note(places, *from..*to, instead.len());
                changed = true;
            }
        }
        if changed {
            replace(path, text.as_bytes())?;
        }
        Ok(changed)
    }

    /// Says what was rewritten.
    fn tell(&self) {
        for (path, places) in self.0.iter().filter(|(_, places)| !places.is_empty()) {
            let counted = if places.len() == 1 { "1 place".to_owned() } else { format!("{} places", places.len()) };
            let line = format!("updated {} in {counted}\n", path.display());
            let _ = write_all(rustix::stdio::stderr(), line.as_bytes());
        }
    }
}

/// Takes note that a place has been rewritten and is `length` bytes long now.
fn note(places: &mut Vec<Range<usize>>, place: Range<usize>, length: usize) {
    let moved = |at: usize| if at >= place.end { at - place.len() + length } else { at };
    for known in places.iter_mut() {
        *known = moved(known.start)..moved(known.end);
    }
    places.push(place.start..place.start + length);
}
