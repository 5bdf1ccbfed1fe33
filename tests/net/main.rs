//! The network layer's contract: every transport of the registry, acceptors, stages and relays.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acceptor;
mod files;
mod handlers;
mod kernel;
mod layers;
mod looking;
mod relays;
mod stages;
mod streams;
mod support;
mod transports;
