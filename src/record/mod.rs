//! Recordings and reports: the log of a run, and everything that is made of it.

pub(crate) mod film;
mod fork;
pub(crate) mod log;
pub(crate) mod medium;
mod recorder;
pub(crate) mod suite;
pub(crate) mod transcript;

pub(crate) use fork::Fork;
pub(crate) use recorder::{Production, Recorder};
