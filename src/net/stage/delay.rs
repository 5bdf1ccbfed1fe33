//! `delay`: everything later by the same time. Each piece leaves so long after it came: what came spread out leaves
//! spread out. The end of a stream waits for the last piece.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::held::Held;
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;

pub(super) static SPEC: Spec = Spec {
    name: "delay",
    summary: "passes on what comes so much later, up to 8 MiB at a time",
    parameters: &[Parameter::needed("D", Kind::Duration, "how much later")],
    options: &[],
    ends: false,
    build: Build::Transform(|call| {
        let by = call.duration(0);
        Ok(Box::new(move |_| Box::new(Delay { by, held: Held::default() })))
    }),
};

struct Delay {
    by: Duration,
    held: Held,
}

impl Delay {
    fn take(&mut self, now: Instant, piece: BytesMut) {
        self.held.push(now + self.by, piece);
    }
}

impl Transform for Delay {
    fn apply(&mut self, piece: BytesMut, _: &mut Output) {
        self.take(clock::now(), piece);
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
        let by = call.duration(0);
        self.held.shift(self.by, by);
        self.by = by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_spread_out_leaves_spread_out() {
        let start = clock::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut delay = Delay { by: Duration::from_millis(50), held: Held::default() };
        let (mut left, mut output) = (Vec::new(), Output::default());
        for now in 0..200 {
            while delay.due().is_some_and(|due| due <= at(now)) {
                delay.wake(at(now), &mut output);
            }
            left.extend(output.pieces.drain(..).map(|piece| (now, piece[0])));
            if now % 3 == 0 && now < 100 {
                delay.take(at(now), BytesMut::from(&[u8::try_from(now).unwrap()][..]));
            }
        }
        assert_eq!(left, (0..34).map(|count| (count * 3 + 50, u8::try_from(count * 3).unwrap())).collect::<Vec<_>>());
    }

    #[test]
    fn it_takes_no_more_than_it_can_keep() {
        let mut delay = Delay { by: Duration::from_secs(1), held: Held::default() };
        let mut kept = 0;
        while delay.is_ready() {
            delay.take(clock::now(), BytesMut::zeroed(1 << 16));
            kept += 1;
        }
        assert!((100..=128).contains(&kept) && delay.due().is_some());
    }
}
