//! `jitter`: each piece later by a time of its own, in the order in which they came.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::held::Held;
use super::random::{Random, SEED};
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;

pub(super) static SPEC: Spec = Spec {
    name: "jitter",
    summary: "delays each piece or datagram by a random time, in order",
    parameters: &[Parameter::needed("D", Kind::Duration, "the longest delay; the shortest is none")],
    options: &[SEED],
    ends: false,
    build: Build::Transform(|call| {
        let (longest, random) = (call.duration(0), Random::maker(call));
        Ok(Box::new(move |_| Box::new(Jitter { longest, random: random(), held: Held::default() })))
    }),
};

struct Jitter {
    longest: Duration,
    random: Random,
    held: Held,
}

impl Jitter {
    fn draw(&mut self) -> Duration {
        let nanoseconds = u64::try_from(self.longest.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.random.below(nanoseconds.saturating_add(1)))
    }
}

impl Transform for Jitter {
    fn apply(&mut self, piece: BytesMut, _: &mut Output) {
        let delay = self.draw();
        self.held.push(clock::now() + delay, piece);
    }

    fn due(&self) -> Option<Instant> {
        self.held.due()
    }

    fn wake(&mut self, now: Instant, output: &mut Output) {
        self.held.release(now, output);
    }

    fn is_ready(&self) -> bool {
        !self.held.is_full()
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.longest = call.duration(0);
        self.random.change(call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_never_longer_than_asked_for_and_the_same_for_the_same_seed() {
        let longest = Duration::from_millis(50);
        let jitter = || Jitter { longest, random: Random::new(7), held: Held::default() };
        let (mut one, mut other) = (jitter(), jitter());
        let drawn: Vec<Duration> = (0..1000).map(|_| one.draw()).collect();
        assert!(drawn.iter().all(|delay| *delay <= longest));
        assert!(drawn.iter().max() > Some(&(longest * 9 / 10)) && drawn.iter().min() < Some(&(longest / 10)));
        assert_eq!(drawn, (0..1000).map(|_| other.draw()).collect::<Vec<_>>());
    }
}
