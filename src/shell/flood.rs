//! Floods: data that comes faster than anybody reads is summed up by session and direction, never dropped silently.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::event::SessionTag;

/// Data lines shown in a window; beyond, they are summed up.
const LINES: u64 = 200;
/// How long a window lasts.
const WINDOW: Duration = Duration::from_secs(1);

/// Data that was not shown line by line.
#[derive(Debug, Clone)]
pub(crate) struct Sum {
    /// Whose data.
    pub(crate) session: Option<Arc<SessionTag>>,
    /// Its direction.
    pub(crate) arrow: char,
    /// How many bytes.
    pub(crate) bytes: u64,
    /// In how many pieces.
    pub(crate) pieces: u64,
}

/// Decides which data lines are shown.
#[derive(Debug)]
pub(crate) struct Flood {
    began: Instant,
    seen: u64,
    /// Whether the last window had more than its share: this one then shows no line of its own.
    lasting: bool,
    sums: BTreeMap<(u64, char), Sum>,
}

impl Flood {
    /// Nothing has come yet.
    pub(crate) fn new() -> Self {
        Self::beginning(Instant::now())
    }

    fn beginning(now: Instant) -> Self {
        Self { began: now, seen: 0, lasting: false, sums: BTreeMap::new() }
    }

    /// Whether this piece of data is shown; if not, it is added to the sums.
    pub(crate) fn admits(&mut self, session: Option<&Arc<SessionTag>>, arrow: char, count: usize) -> bool {
        self.seen += 1;
        if !self.lasting && self.seen <= LINES {
            return true;
        }
        let id = session.map_or(0, |tag| tag.id);
        let sum = self.sums.entry((id, arrow)).or_insert_with(|| Sum {
            session: session.cloned(),
            arrow,
            bytes: 0,
            pieces: 0,
        });
        sum.bytes += count as u64;
        sum.pieces += 1;
        false
    }

    /// The sums, when the window is over. Called before each event and now and then.
    pub(crate) fn due(&mut self) -> Vec<Sum> {
        self.due_at(Instant::now())
    }

    fn due_at(&mut self, now: Instant) -> Vec<Sum> {
        if now.duration_since(self.began) < WINDOW {
            return Vec::new();
        }
        self.began = now;
        self.lasting = self.seen > LINES;
        self.seen = 0;
        std::mem::take(&mut self.sums).into_values().collect()
    }

    /// The sums of one session, because something else is told of it.
    pub(crate) fn of(&mut self, session: &SessionTag) -> Vec<Sum> {
        let keys: Vec<_> = self.sums.keys().filter(|key| key.0 == session.id).copied().collect();
        keys.iter().filter_map(|key| self.sums.remove(key)).collect()
    }

    /// All sums, at the end.
    pub(crate) fn rest(&mut self) -> Vec<Sum> {
        std::mem::take(&mut self.sums).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::SessionKind;

    fn tag() -> Arc<SessionTag> {
        Arc::new(SessionTag { id: 7, name: "a".into(), kind: SessionKind::Connect })
    }

    #[test]
    fn every_piece_is_shown_or_summed_up() {
        let start = Instant::now();
        let mut flood = Flood::beginning(start);
        let tag = tag();
        let shown = (0..1000).filter(|_| flood.admits(Some(&tag), '←', 10)).count();
        assert_eq!(shown, 200);
        assert!(flood.due_at(start).is_empty());
        let sums = flood.due_at(start + WINDOW);
        assert_eq!(sums.iter().map(|sum| (sum.bytes, sum.pieces)).collect::<Vec<_>>(), [(8000, 800)]);
        assert!(!flood.admits(Some(&tag), '←', 1), "it lasts");
        assert_eq!(flood.due_at(start + WINDOW * 2).len(), 1);
        assert!(flood.admits(Some(&tag), '←', 1), "it is over");
    }

    #[test]
    fn a_session_that_ends_is_summed_up_before() {
        let mut flood = Flood::new();
        let tag = tag();
        for _ in 0..=LINES {
            flood.admits(Some(&tag), '→', 1);
        }
        assert_eq!(flood.of(&tag).len(), 1);
        assert!(flood.rest().is_empty());
    }
}
