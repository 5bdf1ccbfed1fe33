//! The network layer's contract: every transport of the registry, acceptors, stages and relays.

mod support;
mod transports;
