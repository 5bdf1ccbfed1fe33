//! Chance for the stages that need it: small, fast, and the same every time for the same seed.

use std::hash::{BuildHasher, RandomState};

use super::{Call, Kind, Parameter};
pub(super) use crate::net::random::Random;

/// `seed=`, which all random stages take.
pub(super) const SEED: Parameter = Parameter::optional(
    "seed",
    Kind::Integer,
    "makes chance the same every time, for each connection; up and down differ",
);

impl Random {
    /// What makes the sequence of one conversation: the call's seed, or a new one for each.
    pub(super) fn maker(call: &Call) -> impl Fn() -> Self + Send + Sync + use<> {
        let seed = call.integer(SEED.name);
        move || Self::new(seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8)))
    }

    /// Begins anew where the call has a seed; goes on where it has none.
    pub(super) fn change(&mut self, call: &Call) {
        if let Some(seed) = call.integer(SEED.name) {
            *self = Self::new(seed);
        }
    }
}

/// How likely something is, to be drawn again and again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance(u64);

impl Chance {
    /// As many of 2^53 draws as hit: what a `f64` tells apart.
    const ALL: u64 = 1 << 53;

    /// `share` lies between 0 and 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share lies between 0 and 1, and 2^53 is a power of 2"
    )]
    pub(super) fn of(share: f64) -> Self {
        Self((share.clamp(0.0, 1.0) * Self::ALL as f64) as u64)
    }

    /// Whether it happens this time.
    pub(super) fn hits(self, random: &mut Random) -> bool {
        random.next() >> 11 < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_paper() {
        let mut random = Random::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([random.next(), random.next(), random.next()], expected);
    }

    #[test]
    fn chance_keeps_its_share() {
        let mut random = Random::new(1);
        for (share, bounds) in [(0.0, 0..=0), (0.1, 9_000..=11_000), (0.5, 49_000..=51_000), (1.0, 100_000..=100_000)] {
            let hits = (0..100_000).filter(|_| Chance::of(share).hits(&mut random)).count();
            assert!(bounds.contains(&hits), "{share}: {hits}");
        }
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut random = Random::new(1);
        let drawn: std::collections::BTreeSet<u64> = (0..1000).map(|_| random.below(7)).collect();
        assert_eq!(drawn, (0..7).collect());
        assert_eq!(random.below(1), 0);
    }
}
