//! Events: the only way out of the engine. Terminal, recorder and reports are views of them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::net::http::{Entry, Head};
use crate::net::transport::Secret;
use crate::net::{Endpoint, Fact, Parting, json};

pub use super::fault::{Class, Fault};
pub use super::step::{Fate, Step, Stepped, Unread};

/// What opened a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionKind {
    /// `listen`
    Listen,
    /// `relay`
    Relay,
    /// A connection that a listener or relay accepted.
    Accept,
    /// `connect`
    Connect,
    /// `http`: an answer
    Exchange,
}

/// A session as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionTag {
    /// Counts up from 1 in order of opening; never used twice.
    pub id: u64,
    /// Its name: `srv`, `srv.1`.
    pub name: String,
    /// What opened it.
    pub kind: SessionKind,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// The step of the foreground that did it; 0 for what happened by itself.
    pub step: u64,
    /// The session it happened to, if to one.
    pub session: Option<Arc<SessionTag>>,
    /// What happened.
    pub what: What,
    /// How the session's bytes want to be shown.
    pub form: Form,
}

/// How a session's bytes want to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// As escaped text.
    #[default]
    Text,
    /// As a hex dump.
    Hex,
    /// Not at all; such events are still told, for views that keep everything.
    Off,
}

impl Form {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Off => "off",
        }
    }

    /// What that word says; text for any other.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "hex" => Self::Hex,
            "off" => Self::Off,
            _ => Self::Text,
        }
    }
}

/// What happened. Bytes are as they were on the wire: whoever shows them escapes them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A listener or relay is ready.
    Listening {
        /// The transport.
        protocol: Cow<'static, str>,
        /// Where; ports are the real ones.
        at: Vec<Endpoint>,
        /// What serves it, as a formatted pipeline or route (`echo`, `upper -> 127.0.0.1:13000`); empty for none.
        serves: String,
        /// Whether other machines can reach it.
        public: bool,
        /// What else there is to tell about it.
        facts: Arc<[Fact]>,
    },
    /// A `connect` succeeded.
    Connected {
        /// The transport.
        protocol: Cow<'static, str>,
        /// Our end.
        local: Endpoint,
        /// The peer.
        peer: Endpoint,
        /// What the transport has agreed on with it.
        facts: Arc<[Fact]>,
    },
    /// A listener accepted this session.
    Accepted {
        /// Our end.
        local: Endpoint,
        /// The peer.
        peer: Endpoint,
        /// What the transport has agreed on with it.
        facts: Arc<[Fact]>,
    },
    /// A peer came with whom the transport could not agree; it was closed.
    HandshakeFailed {
        /// The peer.
        peer: Endpoint,
        /// Why, in words.
        reason: String,
    },
    /// The access list shut a peer out.
    Denied(Endpoint),
    /// A peer came beyond the limit and was closed.
    Refused(Endpoint),
    /// The system had no descriptor to give; accepting goes on when it has.
    Exhausted(String),
    /// A `connect` attempt failed and another follows.
    Retrying {
        /// Why, in words.
        reason: String,
        /// How long until the next attempt.
        #[serde(with = "json::microseconds")]
        after: Duration,
    },
    /// These bytes were sent.
    Sent(#[serde(with = "json::bytes")] Bytes),
    /// These bytes came; for a datagram session, one datagram.
    Received(#[serde(with = "json::bytes")] Bytes),
    /// The head of a message of HTTP went out or came.
    Head {
        /// Whether we have sent it.
        outgoing: bool,
        /// What it says.
        head: Arc<Head>,
        /// Our end of the connection, and the peer; known of what came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<Box<(Endpoint, Endpoint)>>,
    },
    /// An answer of HTTP has come whole.
    Exchanged {
        /// Its first line.
        line: String,
        /// How long its content is.
        bytes: u64,
        /// How long it took from the beginning of the connection.
        #[serde(with = "json::microseconds")]
        took: Duration,
    },
    /// A stage shows these bytes (`print`, `dump`); whole lines.
    Shown(#[serde(with = "json::bytes")] Bytes),
    /// The peer finished sending (half-close).
    PeerFinished,
    /// The peer has left with these words (a close frame).
    PeerLeft(Parting),
    /// We finished sending (half-close).
    Finished,
    /// The session is over, in order.
    Closed,
    /// The session is over: the peer reset it, it was idle too long, a write failed. In words.
    Broken(String),
    /// Something is amiss that ends nothing: a datagram that nobody took. In words.
    Notice(String),
    /// A secret of a TLS connection whose handshake runs; only told to views that want secrets, and to no session, since
    /// there is none yet.
    TlsSecret(Secret),
    /// A relay reached a target.
    TargetReached {
        /// Our end of the connection to it.
        local: Endpoint,
        /// The target as written.
        target: String,
        /// Its address.
        endpoint: Endpoint,
    },
    /// A relay lost a target.
    TargetLost {
        /// The target as written.
        target: String,
        /// Whose connection it was lost for.
        client: Endpoint,
        /// Why, in words.
        reason: String,
    },
    /// A relay's target does not keep up and begins to miss what comes.
    TargetBehind {
        /// The target as written.
        target: String,
        /// Whose connection it is.
        client: Endpoint,
    },
    /// So much of a connection that ends a relay's target has missed.
    TargetMissed {
        /// The target as written.
        target: String,
        /// Whose connection it was.
        client: Endpoint,
        /// How many bytes.
        bytes: u64,
    },
    /// A program run by a handler ended; `None` when a signal ended it.
    ProgramEnded(Option<i32>),
    /// The web server answered a request.
    Answered(Box<Entry>),
    /// An expectation held.
    Matched {
        /// What was expected, as the formatter writes it.
        expectation: String,
        /// How long it took.
        #[serde(with = "json::microseconds")]
        after: Duration,
    },
    /// `print`: these bytes are the script's output (the script wrote them; a line ending is included).
    Printed(#[serde(with = "json::bytes")] Bytes),
    /// A statement that looks at something answers.
    Report(Report),
    /// A statement that looks at something again and again has a newer answer, which takes the place of the one before;
    /// `None` when it looks no more, so that the last one stays.
    Live(Option<Report>),
    /// A `test` block ended.
    Tested {
        /// Its name.
        name: String,
        /// Why it failed; `None` when it held.
        failure: Option<Box<Fault>>,
        /// How long it took.
        #[serde(with = "json::microseconds")]
        took: Duration,
    },
    /// An error in a handler block, or a failure that a block absorbed.
    Failed(Box<Fault>),
    /// A statement of the foreground begins; only told where a view wants steps.
    Began(Box<Step>),
    /// It has ended.
    Ended(Box<Stepped>),
    /// The statement of that number was left before its end: by Ctrl-C, with an attached session, because another that ran
    /// beside it failed.
    Interrupted(u64),
    /// `freeport()` gave this port.
    Reserved(u16),
    /// A comment on a line of its own at the top level of a script: its text behind `#`.
    Remarked(String),
    /// The person was asked for a line.
    Asked {
        /// What stood before it.
        prompt: String,
        /// What was answered; `None` for a hidden answer, and for the end of input.
        answer: Option<String>,
    },
    /// The shell ends with that exit code; told by the shell itself, to what is kept.
    Exited(u8),
    /// An attempt of `retry` failed and another follows.
    Retried {
        /// Attempts so far.
        attempt: u64,
        /// The error's message.
        reason: String,
    },
}

/// The answer of a statement that looks at something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// A table.
    Table {
        /// The headings, upper case.
        headings: Vec<String>,
        /// The rows; as many cells as headings.
        rows: Vec<Vec<Cell>>,
        /// Headings of the columns that may be left out where there is no room, the least important first.
        spare: Vec<String>,
    },
    /// Named values, one a line.
    Fields(Vec<(String, Cell)>),
    /// How many there are of each, by its label.
    Histogram(Vec<(String, u64)>),
    /// Plain lines of our own wording.
    Text(String),
    /// Lines that stay as they are, however wide.
    Verbatim(String),
    /// Bytes of a peer, to be shown escaped.
    Bytes {
        /// The bytes.
        #[serde(with = "json::bytes")]
        bytes: Bytes,
        /// Whether as a hex dump.
        hex: bool,
    },
}

impl Report {
    /// A table with those headings and rows; `spare` may be left out where there is no room.
    pub fn table(headings: &[&str], rows: Vec<Vec<Cell>>, spare: &[&str]) -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self::Table { headings: words(headings), rows, spare: words(spare) }
    }
}

/// A value in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// A text of ours, or a name.
    Text(String),
    /// What something means, in the last column of a table: it is parted into lines where it does not fit.
    Meaning(String),
    /// A count of bytes.
    Bytes(u64),
    /// A plain count.
    Count(u64),
    /// Bytes a second.
    Rate(u64),
    /// When something was: seconds since 1970.
    Moment(u64),
    /// How long something lasts.
    Age(#[serde(with = "json::microseconds")] Duration),
    /// How long something took, as fine as it is short.
    Took(#[serde(with = "json::microseconds")] Duration),
}

/// Whoever wants to know what happens. Called in order; must not block on the network.
pub trait EventSink: Send + Sync {
    /// Takes an event.
    fn emit(&self, event: Event);

    /// Whether it wants [`What::Sent`] and [`What::Received`] at all; without, their bytes are not copied.
    fn wants_data(&self) -> bool;

    /// Whether it wants them of all sessions, of those that are served and not watched, too. They come as
    /// [`Form::Off`].
    fn wants_all_data(&self) -> bool {
        false
    }

    /// Whether it wants [`What::TlsSecret`]. It is asked whenever there is one, and told of none while it does not.
    fn wants_secrets(&self) -> bool {
        false
    }

    /// Whether it wants [`What::Began`], [`What::Ended`] and [`What::Remarked`].
    fn wants_steps(&self) -> bool {
        false
    }
}
