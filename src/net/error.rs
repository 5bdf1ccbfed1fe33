//! What the network or the system refused.

use std::io;

use super::address::Endpoint;

/// A refusal, with the transport and the address it concerns.
#[derive(Debug)]
pub enum NetError {
    /// The name has no address.
    Resolve {
        /// The name.
        host: String,
        /// The system's reason, in our words: `no such host`.
        reason: String,
    },
    /// No address of the destination answered; one entry for each that was tried.
    Connect {
        /// The transport.
        protocol: &'static str,
        /// Every address tried with its outcome; a timeout is `ErrorKind::TimedOut`.
        attempts: Vec<(Endpoint, io::Error)>,
    },
    /// The address could not be bound or listened on.
    Bind {
        /// The transport.
        protocol: &'static str,
        /// The address.
        endpoint: Endpoint,
        /// The system's answer.
        error: io::Error,
    },
    /// The transport cannot do that.
    Unsupported(String),
    /// Anything else, with what was being done.
    Io {
        /// What was being done: `open log.bin`.
        doing: String,
        /// The system's answer.
        error: io::Error,
    },
}

/// The system's error in our own words, the same on every platform: `connection refused`,
/// `connection reset by peer`, `timed out`, `address already in use`, `permission denied`, …
pub fn describe(_error: &io::Error) -> String {
    todo!()
}
