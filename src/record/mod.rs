//! Recordings and reports: the log of a run, and everything that is made of it.

mod account;
mod camera;
pub(crate) mod capture;
pub(crate) mod course;
mod ends;
pub(crate) mod film;
mod fork;
mod framings;
pub(crate) mod log;
pub(crate) mod medium;
pub(crate) mod play;
mod ports;
mod recorder;
pub(crate) mod report;
pub(crate) mod screen;
mod stretch;
pub(crate) mod suite;
pub(crate) mod theme;
pub(crate) mod transcript;
mod volatile;
pub(crate) mod wish;

pub(crate) use account::{Account, Keeper};
pub(crate) use fork::Fork;
pub(crate) use recorder::{Made, Production, Recorder};
pub(crate) use stretch::Stretch;
