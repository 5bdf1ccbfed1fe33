//! nsh, the socket shell: network conversations that are typed, scripted and checked.
//!
//! The layers, lowest first; a layer names only those above it in this list:
//!
//! - [`language`]: text to checked tree and back, without any input or output;
//! - [`net`]: bytes to sockets and back, without scripts;
//! - [`engine`]: runs checked scripts against a table of sessions and tells what happens as events;
//! - `look`: how statements, events, reports and errors look;
//! - [`shell`]: the command line, the prompt and the only place that prints.

pub mod engine;
pub mod language;
mod look;
pub mod net;
mod record;
pub mod shell;
