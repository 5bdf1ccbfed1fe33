//! `cut`: so many bytes and then the end, or a reset.

use bytes::BytesMut;
use tokio::time::Instant;

use super::limit::Limit;
use super::{Build, Call, Cut, Kind, Output, Parameter, Spec, Transform};
use crate::net::clock;
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "cut",
    summary: "ends after so many bytes, as if the peer had finished; what comes then is lost",
    parameters: &[Parameter::needed("AFTER", Kind::Size, "how many bytes pass")],
    options: &[Parameter::optional("reset", Kind::Boolean, "whether both ends are reset instead")],
    ends: false,
    build: Build::Transform(|call| {
        let (after, cut) = (call.size(0), if call.flag("reset") { Cut::Reset } else { Cut::Close });
        Ok(Box::new(move |framing| Box::new(Scissors::new(after, cut, framing))))
    }),
};

/// What cuts; `reset` is one too.
pub(super) struct Scissors {
    limit: Limit,
    cut: Cut,
    start: Instant,
}

impl Scissors {
    pub(super) fn new(after: u64, cut: Cut, framing: Framing) -> Self {
        Self { limit: Limit::new(after, framing), cut, start: clock::now() }
    }

    fn check(&self, output: &mut Output) {
        if self.limit.is_reached() {
            output.cut(self.cut);
        }
    }
}

impl Transform for Scissors {
    fn apply(&mut self, mut piece: BytesMut, output: &mut Output) {
        if let Some(passing) = self.limit.take(&mut piece) {
            output.emit(passing);
        }
        self.check(output);
    }

    /// With nothing to wait for it cuts at once.
    fn due(&self) -> Option<Instant> {
        self.limit.is_reached().then_some(self.start)
    }

    fn wake(&mut self, _: Instant, output: &mut Output) {
        self.check(output);
    }

    fn change(&mut self, call: &Call, output: &mut Output) {
        self.limit.restart(call.size(0));
        if call.name == SPEC.name {
            self.cut = if call.flag("reset") { Cut::Reset } else { Cut::Close };
        }
        self.check(output);
    }
}
