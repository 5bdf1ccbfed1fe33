//! Floods: what comes faster than anybody reads is summed up by session and direction, never dropped silently.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::event::{SessionKind, SessionTag};

/// How long a window lasts.
const WINDOW: Duration = Duration::from_secs(1);
/// Sums told of one window: when there are more, those of a listener's connections are put together, and then others.
const MOST_TOLD: usize = 6;
/// Sums kept at the same time; the sessions beyond share one.
const MOST_KEPT: usize = 1000;
/// The key of what those share.
const OTHERS: u64 = u64::MAX;

/// What was not shown line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sum {
    /// Data of a session; of several where none is named.
    Data {
        /// Whose.
        session: Option<Arc<SessionTag>>,
        /// Its direction.
        arrow: char,
        /// How many bytes.
        bytes: u64,
        /// In how many pieces.
        pieces: u64,
        /// In how long.
        time: Duration,
    },
    /// Connections of a listener that came and went.
    Connections {
        /// The listener's name.
        listener: String,
        /// How many turns of each kind they took; see [`Turn`].
        turns: [u64; 4],
    },
}

/// A turn in the life of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It came.
    Opened,
    /// Its peer finished sending.
    HalfClosed,
    /// It is over.
    Ended,
    /// A request of its peer was answered.
    Answered,
}

impl Turn {
    /// The words for so many of each.
    pub(crate) const WORDS: [&str; 4] = ["opened", "half-closed", "ended", "requests answered"];
}

/// Bytes and pieces of one session in one direction.
#[derive(Debug, Default)]
struct Data {
    session: Option<Arc<SessionTag>>,
    bytes: u64,
    pieces: u64,
}

/// Decides which lines about data and connections are shown.
#[derive(Debug)]
pub(crate) struct Flood {
    /// Lines shown in a window; beyond, they are summed up.
    lines: u64,
    began: Instant,
    seen: u64,
    /// Whether the last window had more than its share: this one then shows no line of its own.
    lasting: bool,
    data: BTreeMap<(u64, char), Data>,
    connections: BTreeMap<String, [u64; 4]>,
}

impl Flood {
    /// Nothing has come yet; so many `lines` are shown in a second.
    pub(crate) fn new(lines: u64) -> Self {
        Self::beginning(lines, Instant::now())
    }

    fn beginning(lines: u64, now: Instant) -> Self {
        let (data, connections) = Default::default();
        Self { lines, began: now, seen: 0, lasting: false, data, connections }
    }

    /// Whether a line more may be shown.
    fn has_room(&mut self) -> bool {
        self.seen += 1;
        !self.lasting && self.seen <= self.lines
    }

    /// Whether this piece of data is shown; if not, it is added to the sums.
    pub(crate) fn admits(&mut self, session: Option<&Arc<SessionTag>>, arrow: char, count: usize) -> bool {
        if self.has_room() {
            return true;
        }
        let own = (session.map_or(0, |tag| tag.id), arrow);
        let shared = self.data.len() >= MOST_KEPT && !self.data.contains_key(&own);
        let key = if shared { (OTHERS, arrow) } else { own };
        let fresh = || Data { session: session.filter(|_| !shared).cloned(), ..Data::default() };
        let sum = self.data.entry(key).or_insert_with(fresh);
        sum.bytes += count as u64;
        sum.pieces += 1;
        false
    }

    /// Whether that turn of a connection of that listener is shown; if not, it is counted.
    pub(crate) fn admits_connection(&mut self, listener: &str, turn: Turn) -> bool {
        if self.has_room() {
            return true;
        }
        let listener = if self.connections.len() < MOST_KEPT || self.connections.contains_key(listener) {
            listener
        } else {
            "others"
        };
        self.connections.entry(listener.to_owned()).or_default()[turn as usize] += 1;
        false
    }

    /// The sums, when the window is over. Called before each event and now and then.
    pub(crate) fn due(&mut self) -> Vec<Sum> {
        self.due_at(Instant::now())
    }

    fn due_at(&mut self, now: Instant) -> Vec<Sum> {
        let time = now.duration_since(self.began);
        if time < WINDOW {
            return Vec::new();
        }
        let sums = self.all(time);
        self.began = now;
        self.lasting = self.seen > self.lines;
        self.seen = 0;
        sums
    }

    /// The sums of one session, because something else is told of it.
    pub(crate) fn of(&mut self, session: &SessionTag) -> Vec<Sum> {
        let time = self.began.elapsed();
        let of = |arrow| Some((arrow, self.data.remove(&(session.id, arrow))?));
        ['→', '←'].into_iter().filter_map(of).map(|(arrow, data)| data.sum(arrow, time)).collect()
    }

    /// All sums, at the end.
    pub(crate) fn rest(&mut self) -> Vec<Sum> {
        self.all(self.began.elapsed())
    }

    fn all(&mut self, time: Duration) -> Vec<Sum> {
        let connections = std::mem::take(&mut self.connections).into_iter();
        let connections = connections.map(|(listener, turns)| Sum::Connections { listener, turns });
        let data = few(std::mem::take(&mut self.data));
        connections.chain(data.into_iter().map(|((_, arrow), data)| data.sum(arrow, time))).collect()
    }
}

type ByOwner = BTreeMap<(u64, char), Data>;

/// The same in no more entries than are told.
fn few(mut data: ByOwner) -> ByOwner {
    if data.len() > MOST_TOLD {
        data = by_listener(data);
    }
    if data.len() > MOST_TOLD {
        let mut sizes: Vec<u64> = data.values().map(|sum| sum.bytes).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        let least = sizes[MOST_TOLD - 2];
        let (mut told, mut rest): (ByOwner, ByOwner) = data.into_iter().partition(|(_, sum)| sum.bytes > least);
        for ((_, arrow), sum) in std::mem::take(&mut rest) {
            told.entry((OTHERS, arrow)).or_default().add(&sum);
        }
        data = told;
    }
    data
}

/// The sums of a listener's connections put together: `srv.*`.
fn by_listener(data: ByOwner) -> ByOwner {
    let mut listeners: BTreeMap<String, Arc<SessionTag>> = BTreeMap::new();
    let mut together = ByOwner::new();
    for ((id, arrow), sum) in data {
        let accepted = sum.session.as_ref().filter(|tag| tag.kind == SessionKind::Accept);
        let Some((listener, _)) = accepted.and_then(|tag| tag.name.rsplit_once('.')) else {
            together.entry((id, arrow)).or_default().add(&sum);
            continue;
        };
        let all = listeners
            .entry(listener.to_owned())
            .or_insert_with(|| Arc::new(SessionTag { id, name: format!("{listener}.*"), kind: SessionKind::Accept }));
        let entry = together.entry((all.id, arrow)).or_default();
        entry.add(&sum);
        entry.session = Some(Arc::clone(all));
    }
    together
}

impl Data {
    fn add(&mut self, other: &Self) {
        if self.pieces == 0 {
            self.session.clone_from(&other.session);
        } else if self.session != other.session {
            self.session = None;
        }
        self.bytes += other.bytes;
        self.pieces += other.pieces;
    }

    fn sum(self, arrow: char, time: Duration) -> Sum {
        Sum::Data { session: self.session, arrow, bytes: self.bytes, pieces: self.pieces, time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(id: u64) -> Arc<SessionTag> {
        Arc::new(SessionTag { id, name: "a".into(), kind: SessionKind::Connect })
    }

    #[test]
    fn every_piece_is_shown_or_summed_up() {
        let start = Instant::now();
        let mut flood = Flood::beginning(200, start);
        let tag = tag(7);
        let shown = (0..1000).filter(|_| flood.admits(Some(&tag), '←', 10)).count();
        assert_eq!(shown, 200);
        assert!(flood.due_at(start).is_empty());
        let expected =
            Sum::Data { session: Some(Arc::clone(&tag)), arrow: '←', bytes: 8000, pieces: 800, time: WINDOW };
        assert_eq!(flood.due_at(start + WINDOW), [expected]);
        assert!(!flood.admits(Some(&tag), '←', 1), "it lasts");
        assert_eq!(flood.due_at(start + WINDOW * 2).len(), 1);
        assert!(flood.admits(Some(&tag), '←', 1), "it is over");
    }

    #[test]
    fn a_session_that_ends_is_summed_up_before() {
        let mut flood = Flood::new(10);
        let tag = tag(7);
        for _ in 0..=10 {
            flood.admits(Some(&tag), '→', 1);
        }
        assert_eq!(flood.of(&tag).len(), 1);
        assert!(flood.rest().is_empty());
    }

    fn told(flood: &mut Flood) -> Vec<(String, u64)> {
        let line = |sum| match sum {
            Sum::Data { session, pieces, .. } => (session.map_or("others".to_owned(), |tag| tag.name.clone()), pieces),
            Sum::Connections { listener, turns } => (listener, turns[0]),
        };
        flood.rest().into_iter().map(line).collect()
    }

    #[test]
    fn the_connections_of_a_listener_are_put_together() {
        let mut flood = Flood::new(0);
        flood.admits(Some(&tag(1)), '←', 2);
        for id in 2..=5000 {
            let name = format!("srv.{id}");
            flood.admits(Some(&Arc::new(SessionTag { id, name, kind: SessionKind::Accept })), '←', 2);
        }
        assert_eq!(told(&mut flood), [("a".into(), 1), ("srv.*".into(), 999), ("others".into(), 4000)]);
    }

    #[test]
    fn the_busiest_sessions_are_told_apart() {
        let mut flood = Flood::new(0);
        for id in 1..=20 {
            for _ in 0..id {
                flood.admits(Some(&tag(id)), '→', 1);
            }
        }
        let told: Vec<u64> = told(&mut flood).into_iter().map(|(_, pieces)| pieces).collect();
        assert_eq!(told, [17, 18, 19, 20, 136]);
    }

    #[test]
    fn connections_that_come_and_go_are_counted() {
        let mut flood = Flood::new(1);
        assert!(flood.admits_connection("srv", Turn::Opened));
        for _ in 0..7 {
            flood.admits_connection("srv", Turn::Opened);
            flood.admits_connection("srv", Turn::Ended);
        }
        assert_eq!(flood.rest(), [Sum::Connections { listener: "srv".into(), turns: [7, 0, 7, 0] }]);
    }
}
