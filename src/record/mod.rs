//! Recordings and reports: the log of a run, and everything that is made of it.

mod account;
pub(crate) mod capture;
mod ends;
pub(crate) mod film;
mod fork;
pub(crate) mod log;
pub(crate) mod medium;
mod recorder;
pub(crate) mod report;
pub(crate) mod suite;
pub(crate) mod transcript;

pub(crate) use account::{Account, Keeper};
pub(crate) use fork::Fork;
pub(crate) use recorder::{Production, Recorder};
