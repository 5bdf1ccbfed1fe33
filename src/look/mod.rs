//! How statements, events, reports and errors look: as text, in colour or without.
//!
//! The terminal and the recordings draw with what stands here, so that they look alike. Nothing here prints.

pub(crate) mod amount;
pub(crate) mod draw;
pub(crate) mod escape;
pub(crate) mod face;
pub(crate) mod fit;
pub(crate) mod flood;
mod histogram;
pub(crate) mod hunk;
pub(crate) mod paint;
pub(crate) mod statement;
pub(crate) mod table;
pub(crate) mod words;

pub(crate) use paint::{Paint, Role};
