//! `throttle`: so many bytes a second, evenly. A byte leaves when a line of that speed would have carried it; lines
//! carry streams in slices of 5 ms and datagrams whole. What the line did not carry while nothing came is lost but
//! for 5 ms, what it did not carry because we were late is made up for up to 100 ms.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::held::compact;
use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "throttle",
    summary: "passes on so many bytes a second, evenly; more has to wait",
    parameters: &[Parameter::needed("RATE", Kind::Rate, "bytes a second: 10kB/s")],
    options: &[],
    ends: false,
    build: Build::Transform(|call| match call.size(0) {
        0 => Err("RATE of `throttle` must be more than 0".into()),
        rate => Ok(Box::new(move |framing| Box::new(Throttle::new(rate, framing)))),
    }),
};

const SECOND: u128 = 1_000_000_000;
/// Slices of a stream are of so much time, and so much may be made up for after a pause.
const SLICE: Duration = Duration::from_millis(5);
/// How many of them are a second.
const SLICES: u64 = 200;
/// How much may be made up for when the system woke us late.
const LATE: Duration = Duration::from_millis(100);
/// The fewest and the most bytes that wait before it takes no more: 100 ms of the line between them.
const BOUND: (u64, u64) = (16 * 1024, 1024 * 1024);
/// How many pieces wait at most.
const PIECES: usize = 1024;

struct Throttle {
    rate: u64,
    framing: Framing,
    held: VecDeque<BytesMut>,
    bytes: u64,
    /// Up to when the line is taken, in whole nanoseconds; `None` before anything came.
    taken: Option<Instant>,
    /// When nothing was left to go.
    emptied: Instant,
    /// What is left of the last nanosecond, in parts of one `rate`th.
    part: u128,
}

impl Throttle {
    fn new(rate: u64, framing: Framing) -> Self {
        Self { rate, framing, held: VecDeque::new(), bytes: 0, taken: None, emptied: clock::now(), part: 0 }
    }

    fn take(&mut self, now: Instant, piece: BytesMut, output: &mut Output) {
        if self.held.is_empty() {
            self.resume(now);
        }
        self.bytes += piece.len() as u64;
        self.held.push_back(compact(piece));
        self.go(now, output);
    }

    /// Something comes again: what the line could have carried meanwhile is lost, but for a slice. What we were late
    /// with is not, if it comes soon.
    fn resume(&mut self, now: Instant) {
        let Some(taken) = self.taken else {
            self.taken = Some(now);
            return;
        };
        let (idle, late) = (now - self.emptied, self.emptied - taken);
        let earned = if idle <= SLICE { late.max(SLICE) } else { SLICE };
        let lost = (now - taken).saturating_sub(earned);
        if !lost.is_zero() {
            (self.taken, self.part) = (Some(taken + lost), 0);
        }
    }

    /// How many bytes go at a time.
    fn unit(&self) -> Option<u64> {
        let first = self.held.front()?.len() as u64;
        Some(match self.framing {
            Framing::Datagram => first,
            Framing::Stream => self.bytes.min((self.rate / SLICES).max(1)),
        })
    }

    /// The time at which the line has carried so many bytes more, in nanoseconds and parts of one.
    fn carried(&self, bytes: u64) -> (u128, u128) {
        let parts = u128::from(bytes) * SECOND + self.part;
        (parts / u128::from(self.rate), parts % u128::from(self.rate))
    }

    /// Lets go of what the line has carried by now.
    fn go(&mut self, now: Instant, output: &mut Output) {
        let late = self.due().map_or(Duration::ZERO, |due| now.saturating_duration_since(due));
        self.taken = self.taken.map(|taken| taken + late.saturating_sub(LATE));
        while let Some(unit) = self.unit()
            && self.due().is_some_and(|due| due <= now)
        {
            let (nanoseconds, part) = self.carried(unit);
            self.taken = self.taken.map(|taken| taken + span(nanoseconds));
            self.part = part;
            self.emit(unit, output);
            self.emptied = now;
        }
    }

    fn emit(&mut self, bytes: u64, output: &mut Output) {
        self.bytes -= bytes;
        let mut left = usize::try_from(bytes).unwrap_or(usize::MAX);
        while let Some(piece) = self.held.front_mut() {
            let length = left.min(piece.len());
            left -= length;
            output.emit(piece.split_to(length));
            if !piece.is_empty() {
                return;
            }
            self.held.pop_front();
            if left == 0 {
                return;
            }
        }
    }
}

/// A time of so many nanoseconds.
fn span(nanoseconds: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

impl Transform for Throttle {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        self.take(clock::now(), piece, output);
    }

    fn due(&self) -> Option<Instant> {
        let (nanoseconds, part) = self.carried(self.unit()?);
        Some(self.taken? + span(nanoseconds + u128::from(part > 0)))
    }

    fn wake(&mut self, now: Instant, output: &mut Output) {
        self.go(now, output);
    }

    fn is_ready(&self) -> bool {
        self.bytes < (self.rate / 10).clamp(BOUND.0, BOUND.1) && self.held.len() < PIECES
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        (self.rate, self.part) = (call.size(0), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What leaves when, in nanoseconds, as long as there is something; woken `late` each time.
    fn run(
        throttle: &mut Throttle,
        start: Instant,
        late: Duration,
        mut feed: impl FnMut(&mut Throttle, Instant),
    ) -> Vec<(u128, usize)> {
        let mut left = Vec::new();
        let mut now = start;
        loop {
            feed(throttle, now);
            let Some(due) = throttle.due() else { return left };
            now = due.max(now) + late;
            let mut output = Output::default();
            throttle.wake(now, &mut output);
            let length = output.pieces.iter().map(BytesMut::len).sum();
            left.push(((now - start).as_nanos(), length));
        }
    }

    /// Keeps the line busy with pieces of that length.
    fn busy(piece: usize, total: &mut usize) -> impl FnMut(&mut Throttle, Instant) {
        move |throttle, now| {
            while throttle.is_ready() && *total > 0 {
                let length = piece.min(*total);
                *total -= length;
                throttle.take(now, BytesMut::zeroed(length), &mut Output::default());
            }
        }
    }

    #[test]
    fn ten_seconds_take_ten_seconds_and_nothing_bunches() {
        for rate in [1_usize, 3, 1000, 10_000, 999_983, 100_000_000] {
            for late in [Duration::ZERO, Duration::from_micros(900), Duration::from_millis(30)] {
                let mut throttle = Throttle::new(rate as u64, Framing::Stream);
                let start = clock::now();
                let left = run(&mut throttle, start, late, busy(1460, &mut (rate * 10)));
                let (last, _) = left[left.len() - 1];
                assert!((10_000_000_000..10_200_000_000).contains(&last), "{rate} {late:?}: {last}");
                // What is made up for is what was late, not more.
                let most = rate.div_ceil(200) + (rate as u128 * late.as_nanos() * 2 / SECOND) as usize + 1;
                assert!(left.iter().all(|(_, length)| *length <= most), "{rate} {late:?}");
            }
        }
    }

    #[test]
    fn a_pause_earns_no_more_than_a_slice() {
        let mut throttle = Throttle::new(1000, Framing::Stream);
        let start = clock::now();
        run(&mut throttle, start, Duration::ZERO, busy(100, &mut 100));
        let later = start + Duration::from_mins(1);
        let mut output = Output::default();
        throttle.take(later, BytesMut::zeroed(100), &mut output);
        assert_eq!(output.pieces.iter().map(BytesMut::len).sum::<usize>(), 5);
        assert_eq!(throttle.due(), Some(later + SLICE));
    }

    #[test]
    fn a_long_standstill_is_made_up_for_only_in_part() {
        let mut throttle = Throttle::new(1000, Framing::Stream);
        let (start, mut output) = (clock::now(), Output::default());
        throttle.take(start, BytesMut::zeroed(10_000), &mut output);
        assert!(output.pieces.is_empty());
        throttle.wake(start + Duration::from_secs(5), &mut output);
        assert_eq!(output.pieces.iter().map(BytesMut::len).sum::<usize>(), 105);
    }

    #[test]
    fn datagrams_leave_whole_when_the_line_has_carried_them() {
        let mut throttle = Throttle::new(1000, Framing::Datagram);
        let (start, mut output) = (clock::now(), Output::default());
        for length in [500, 0, 1500] {
            throttle.take(start, BytesMut::zeroed(length), &mut output);
        }
        assert!(output.pieces.is_empty());
        let left = run(&mut throttle, start, Duration::ZERO, |_, _| {});
        assert_eq!(left, [(500_000_000, 500), (2_000_000_000, 1500)]);
    }

    #[test]
    fn what_waits_is_bounded() {
        for rate in [1, 1000, 1 << 40] {
            let mut throttle = Throttle::new(rate, Framing::Stream);
            run(&mut throttle, clock::now(), Duration::ZERO, |throttle, now| {
                if throttle.taken.is_none() {
                    while throttle.is_ready() {
                        throttle.take(now, BytesMut::zeroed(1024), &mut Output::default());
                    }
                    assert!(throttle.bytes <= BOUND.1 + 1024);
                    throttle.held.clear();
                }
            });
        }
    }
}
