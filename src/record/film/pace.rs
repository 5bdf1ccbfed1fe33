//! The pace of a film: how fast somebody types, and how long it takes to read.

use std::time::Duration;

use crate::net::random::Random;

/// How long a key takes, unless it is said otherwise.
const KEY: Duration = Duration::from_millis(50);
/// By how much that differs from key to key.
const VARIATION: Duration = Duration::from_millis(20);
/// How long somebody looks at the prompt before typing.
const BEFORE: Duration = Duration::from_millis(600);
/// How long a line stands before Enter.
const ENTER: Duration = Duration::from_millis(250);
/// How long what is shown is looked at.
const BEHIND: Duration = Duration::from_millis(500);
/// How long the last of it is.
const END: Duration = Duration::from_millis(2500);

/// How fast things happen in a film.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    key: Duration,
    variation: Duration,
    chance: Random,
    /// Whether things happen when they really happened.
    real: bool,
}

impl Pace {
    /// A key every `key`, give or take `variation`, by a chance that is the same for the same seed.
    pub(crate) const fn new(key: Duration, variation: Duration, seed: u64) -> Self {
        Self { key, variation, chance: Random::new(seed), real: false }
    }

    /// That of a film that says nothing else.
    pub(crate) const fn usual(seed: u64) -> Self {
        Self::new(KEY, VARIATION, seed)
    }

    /// The same, with things happening when they really happened.
    #[must_use]
    pub(crate) fn real(self) -> Self {
        Self { real: true, ..self }
    }

    /// Whether things happen when they really happened.
    pub(crate) const fn is_real(&self) -> bool {
        self.real
    }

    /// How long the next key takes.
    pub(super) fn key(&mut self) -> Duration {
        if self.real {
            return Duration::ZERO;
        }
        let span = u64::try_from(self.variation.min(self.key).as_micros()).unwrap_or(u64::MAX / 4) * 2;
        let more = self.chance.below(span.saturating_add(1));
        (self.key + Duration::from_micros(more)).saturating_sub(self.variation.min(self.key))
    }

    /// How long it takes until somebody types.
    pub(super) const fn before(&self) -> Duration {
        self.unless_real(BEFORE)
    }

    /// How long a line stands before Enter.
    pub(super) const fn enter(&self) -> Duration {
        self.unless_real(ENTER)
    }

    /// How long what is shown is looked at.
    pub(super) const fn behind(&self) -> Duration {
        self.unless_real(BEHIND)
    }

    /// How long the last of it is looked at.
    pub(super) const fn end(&self) -> Duration {
        self.unless_real(END)
    }

    const fn unless_real(&self, time: Duration) -> Duration {
        if self.real { Duration::ZERO } else { time }
    }
}
