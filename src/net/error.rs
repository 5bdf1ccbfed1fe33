//! What the network or the system refused.

use std::fmt;
use std::io::{self, ErrorKind};
use std::time::Duration;

use rustix::io::Errno;

use super::address::Endpoint;
use super::transport::HandshakeError;

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
    /// The peer was reached, and then could not be agreed with.
    Handshake {
        /// The transport.
        protocol: &'static str,
        /// The peer.
        endpoint: Endpoint,
        /// Why.
        error: Box<HandshakeError>,
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

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve { host, reason } => write!(f, "{reason} `{host}`"),
            Self::Connect { protocol, attempts } => f.write_str(&attempted(protocol, attempts)),
            Self::Bind { protocol, endpoint, error } => {
                write!(f, "cannot listen on {}: {}", endpoint.by(protocol), describe(error))
            }
            Self::Handshake { protocol, endpoint, error } => {
                write!(f, "cannot connect to {protocol} {endpoint}: {error}")
            }
            Self::Unsupported(what) => f.write_str(what),
            Self::Io { doing, error } => write!(f, "cannot {doing}: {}", describe(error)),
        }
    }
}

impl std::error::Error for NetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { error, .. } | Self::Io { error, .. } => Some(error),
            Self::Connect { attempts, .. } => attempts.last().map(|(_, error)| error as _),
            Self::Handshake { error, .. } => Some(error),
            Self::Resolve { .. } | Self::Unsupported(_) => None,
        }
    }
}

impl NetError {
    /// The same, told of a transport on top of the one it happened to.
    pub(super) fn of(self, name: &'static str) -> Self {
        match self {
            Self::Connect { attempts, .. } => Self::Connect { protocol: name, attempts },
            Self::Bind { endpoint, error, .. } => Self::Bind { protocol: name, endpoint, error },
            Self::Handshake { endpoint, error, .. } => Self::Handshake { protocol: name, endpoint, error },
            other => other,
        }
    }
}

/// Every attempt in one line; addresses that refused alike stand together.
fn attempted(protocol: &str, attempts: &[(Endpoint, io::Error)]) -> String {
    let refused = |error: &io::Error| error.kind() == ErrorKind::ConnectionRefused;
    if !attempts.is_empty() && attempts.iter().all(|(_, error)| refused(error)) {
        // Both loopback addresses of this machine are one place to whoever asked for it.
        let mut asked = attempts;
        if let [(first, _), (second, _)] = attempts
            && first.is_loopback()
            && second.is_loopback()
        {
            asked = &attempts[..1];
        }
        let all: Vec<String> = asked.iter().map(|(endpoint, _)| endpoint.to_string()).collect();
        return format!("connection refused by {protocol} {}", all.join(" and "));
    }
    let all: Vec<String> = attempts.iter().map(|(endpoint, error)| attempt(protocol, endpoint, error)).collect();
    all.join(", ")
}

fn attempt(protocol: &str, endpoint: &Endpoint, error: &io::Error) -> String {
    let elapsed = error.get_ref().and_then(|inner| inner.downcast_ref::<Elapsed>());
    match (error.kind(), elapsed) {
        (_, Some(elapsed)) => format!("{protocol} {endpoint} did not answer within {} (timed out)", elapsed.limit()),
        (ErrorKind::TimedOut, None) => format!("{protocol} {endpoint} did not answer (timed out)"),
        (ErrorKind::ConnectionRefused, _) => format!("connection refused by {protocol} {endpoint}"),
        _ => format!("cannot connect to {}: {}", endpoint.by(protocol), describe(error)),
    }
}

/// A limit of ours that ran out; travels inside an `io::Error` of kind `TimedOut`.
#[derive(Debug)]
pub(super) struct Elapsed(pub(super) Duration);

impl Elapsed {
    fn limit(&self) -> String {
        let seconds = self.0.as_secs_f64();
        if seconds < 1.0 { format!("{} ms", self.0.as_millis()) } else { format!("{seconds} s") }
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl std::error::Error for Elapsed {}

/// The limit of ours that ran out, if it was one, as sentences go on: ` within 2 s`.
pub(super) fn limit(error: &io::Error) -> String {
    let elapsed = error.get_ref().and_then(|inner| inner.downcast_ref::<Elapsed>());
    elapsed.map_or_else(String::new, |elapsed| format!(" within {}", elapsed.limit()))
}

/// An error of kind `TimedOut` that remembers the limit.
pub(super) fn timed_out(limit: Duration) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, Elapsed(limit))
}

/// Whether the system ran out of something that comes back: descriptors, buffers or memory.
pub fn is_exhaustion(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::NOBUFS))
}

/// The system's error in our own words, the same on every platform: `connection refused`,
/// `connection reset by peer`, `timed out`, `address already in use`, `permission denied`, …
pub fn describe(error: &io::Error) -> String {
    if let Some(inner) = error.get_ref() {
        return inner.to_string();
    }
    let words = match Errno::from_io_error(error) {
        Some(Errno::MFILE) => "too many open files in this process",
        Some(Errno::NFILE) => "too many open files on this machine",
        Some(Errno::MSGSIZE) => "message too long for one datagram",
        Some(Errno::NOBUFS) => "no buffer space",
        Some(Errno::NAMETOOLONG) => "name too long",
        Some(Errno::AFNOSUPPORT) => "address family not supported here",
        _ => kind_words(error.kind()),
    };
    if words.is_empty() { error.kind().to_string() } else { words.to_owned() }
}

fn kind_words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => "connection refused",
        ErrorKind::ConnectionReset => "connection reset by peer",
        ErrorKind::ConnectionAborted => "connection aborted",
        ErrorKind::BrokenPipe => "connection closed by peer",
        ErrorKind::NotConnected => "not connected",
        ErrorKind::TimedOut => "timed out",
        ErrorKind::AddrInUse => "address already in use",
        ErrorKind::AddrNotAvailable => "address not available on this machine",
        ErrorKind::HostUnreachable => "host unreachable",
        ErrorKind::NetworkUnreachable => "network unreachable",
        ErrorKind::NetworkDown => "network down",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::NotFound => "no such file or directory",
        ErrorKind::AlreadyExists => "file exists already",
        ErrorKind::IsADirectory => "is a directory",
        ErrorKind::NotADirectory => "not a directory",
        ErrorKind::StorageFull => "no space left",
        ErrorKind::OutOfMemory => "out of memory",
        ErrorKind::UnexpectedEof => "end of file",
        ErrorKind::Unsupported => "not supported",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Endpoint {
        Endpoint::Inet(text.parse().unwrap())
    }

    #[test]
    fn messages() {
        let refused = || io::Error::from(ErrorKind::ConnectionRefused);
        let one = NetError::Connect { protocol: "tcp", attempts: vec![(at("127.0.0.1:7"), refused())] };
        assert_eq!(one.to_string(), "connection refused by tcp 127.0.0.1:7");
        let both = vec![(at("127.0.0.1:7"), refused()), (at("[::1]:7"), refused())];
        let both = NetError::Connect { protocol: "tcp", attempts: both };
        assert_eq!(both.to_string(), "connection refused by tcp 127.0.0.1:7");
        let both = vec![(at("10.0.0.1:7"), refused()), (at("[fd00::1]:7"), refused())];
        let both = NetError::Connect { protocol: "tcp", attempts: both };
        assert_eq!(both.to_string(), "connection refused by tcp 10.0.0.1:7 and [fd00::1]:7");
        let late = vec![(at("10.0.0.1:80"), timed_out(Duration::from_secs(1))), (at("[::1]:80"), refused())];
        let late = NetError::Connect { protocol: "tcp", attempts: late };
        assert_eq!(
            late.to_string(),
            "tcp 10.0.0.1:80 did not answer within 1 s (timed out), connection refused by tcp [::1]:80"
        );
        let bind = NetError::Bind { protocol: "tcp", endpoint: at("127.0.0.1:66"), error: ErrorKind::AddrInUse.into() };
        assert_eq!(bind.to_string(), "cannot listen on tcp 127.0.0.1:66: address already in use");
        let resolve = NetError::Resolve { host: "nowhere.invalid".into(), reason: "no such host".into() };
        assert_eq!(resolve.to_string(), "no such host `nowhere.invalid`");
    }

    #[test]
    fn exhaustion_is_told_from_failure() {
        assert!(is_exhaustion(&Errno::MFILE.into()));
        assert!(!is_exhaustion(&Errno::BADF.into()));
    }
}
