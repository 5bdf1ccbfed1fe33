//! `reset`: so many bytes and then a reset of both ends.

use super::cut::Scissors;
use super::{Build, Cut, Kind, Parameter, Spec};

pub(super) static SPEC: Spec = Spec {
    name: "reset",
    summary: "resets both ends after so many bytes",
    parameters: &[Parameter::needed("AFTER", Kind::Size, "how many bytes pass; after 0 it is reset at once")],
    options: &[],
    ends: false,
    build: Build::Transform(|call| {
        let after = call.size(0);
        Ok(Box::new(move |framing| Box::new(Scissors::new(after, Cut::Reset, framing))))
    }),
};
