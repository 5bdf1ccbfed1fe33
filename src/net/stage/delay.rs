//! `delay`: everything later by the same time. Each piece leaves so long after it came: what came spread out leaves
//! spread out. The end of a stream waits for the last piece.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::held::Held;
use super::{Build, Kind, Output, Parameter, Spec, Transform};
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

impl Transform for Delay {
    fn apply(&mut self, piece: BytesMut, _: &mut Output) {
        self.held.push(clock::now() + self.by, piece);
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
}
