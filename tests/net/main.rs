//! The network layer's contract: every transport of the registry, acceptors, stages and relays.

mod acceptor;
mod handlers;
mod relays;
mod stages;
mod support;
mod transports;
