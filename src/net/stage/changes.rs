//! Changes: what is said to the stages of flows that run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Build, Call, Pipeline, WAY, Way, find};

/// What has been changed of the stages of one conversation, for its chains to follow; of a listener, of all
/// conversations to come.
#[derive(Debug, Default)]
pub struct Changes {
    /// The stages, each with the way that it stands on.
    stages: Arc<[(&'static str, Way)]>,
    /// The last of each kind with its number, in order.
    latest: Mutex<Vec<(u64, Arc<Call>)>>,
    /// How many there have been.
    count: AtomicU64,
    changed: Notify,
}

impl Changes {
    /// None so far, of that pipeline's stages.
    pub fn of(pipeline: &Pipeline) -> Self {
        Self { stages: pipeline.stages().collect(), ..Self::default() }
    }

    /// The same changes for another conversation.
    #[must_use]
    pub fn alike(&self) -> Self {
        let latest = self.latest().clone();
        let count = AtomicU64::new(self.count.load(Ordering::Acquire));
        Self { stages: Arc::clone(&self.stages), latest: Mutex::new(latest), count, changed: Notify::new() }
    }

    /// The stages on that way, in the order in which bytes come through them.
    pub fn stages(&self, way: Way) -> impl Iterator<Item = &'static str> + '_ {
        self.stages.iter().filter(move |(_, on)| *on == way).map(|(name, _)| *name)
    }

    /// Gives the stages of the call's name the arguments of the call: all of them, or those on its `way`. From here on
    /// nothing is received that does not come through them as changed. Fails with what is wrong, as the rest of a
    /// sentence about whoever has the stages.
    pub fn change(&self, call: Call) -> Result<(), String> {
        self.check(&call)?;
        let mut latest = self.latest();
        let number = self.count.load(Ordering::Relaxed) + 1;
        latest.retain(|(_, old)| {
            !(old.name == call.name && (!says_way(&call) || says_way(old) && old.way() == call.way()))
        });
        latest.push((number, Arc::new(call)));
        self.count.store(number, Ordering::Release);
        drop(latest);
        self.changed.notify_waiters();
        Ok(())
    }

    fn check(&self, call: &Call) -> Result<(), String> {
        let name = &call.name;
        let known: Vec<Way> = self.stages.iter().filter(|(stage, _)| stage == name).map(|(_, way)| *way).collect();
        if known.is_empty() {
            let mut stages: Vec<String> = self.stages.iter().map(|(stage, _)| format!("`{stage}`")).collect();
            stages.dedup();
            let has = if stages.is_empty() { "none that transforms".to_owned() } else { stages.join(", ") };
            return Err(format!("has no stage `{name}`: it has {has}"));
        }
        if !known.iter().any(|way| stands(call, *way)) {
            return Err(format!("has no stage `{name}` on that way"));
        }
        let spec = find(name).ok_or_else(|| format!("has no stage `{name}`"))?;
        match spec.build {
            Build::Transform(make) if !spec.parameters.is_empty() => {
                let wrong = |error| format!("keeps its `{name}`: {error}");
                spec.check(call).and_then(|()| make(call).map(drop)).map_err(wrong)
            }
            _ => Err(format!("keeps its `{name}`, of which nothing can be changed")),
        }
    }

    /// The changes on that way behind the `seen` first ones, in order, and how many there have been.
    pub(super) fn since(&self, seen: u64, way: Way) -> (u64, Vec<Arc<Call>>) {
        let latest = self.latest();
        let new = latest.iter().filter(|(number, call)| *number > seen && stands(call, way));
        (self.count.load(Ordering::Relaxed), new.map(|(_, call)| Arc::clone(call)).collect())
    }

    /// Whether there have been more than `seen`.
    pub(super) fn are_more(&self, seen: u64) -> bool {
        self.count.load(Ordering::Acquire) > seen
    }

    /// Waits until there have been more than `seen`. Cancel safe.
    pub(in crate::net) async fn more(&self, seen: u64) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.are_more(seen) {
                return;
            }
            changed.await;
        }
    }

    fn latest(&self) -> MutexGuard<'_, Vec<(u64, Arc<Call>)>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn says_way(call: &Call) -> bool {
    call.options.contains_key(WAY.name)
}

/// Whether a change is about stages on that way.
fn stands(call: &Call, way: Way) -> bool {
    !says_way(call) || matches!(call.way(), Way::Both) || call.way() == way
}
