//! `slow-close`: the end of a stream comes later than its bytes.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::{Build, Call, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;

pub(super) static SPEC: Spec = Spec {
    name: "slow-close",
    summary: "passes on bytes at once, and the end of the stream so much later",
    parameters: &[Parameter::needed("D", Kind::Duration, "how much later")],
    options: &[],
    ends: false,
    build: Build::Transform(|call| {
        let by = call.duration(0);
        Ok(Box::new(move |_| Box::new(SlowClose { by, ended: None })))
    }),
};

struct SlowClose {
    by: Duration,
    /// When the end came.
    ended: Option<Instant>,
}

impl Transform for SlowClose {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        output.emit(piece);
    }

    fn end(&mut self, _: &mut Output) {
        self.ended = Some(clock::now());
    }

    fn due(&self) -> Option<Instant> {
        self.ended.map(|ended| ended + self.by)
    }

    fn wake(&mut self, _: Instant, _: &mut Output) {
        self.ended = None;
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        self.by = call.duration(0);
    }
}
