//! The archive: where statements have kept what happens from there on.

use std::path::{Path, PathBuf};

use super::event::{Event, Form, SessionKind, What};
use super::fault::Problem;
use super::session::Session;
use super::shared::Shared;
use super::{Situation, lock};

/// What is kept of what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// A recording of what is typed and shown; of when it really happens, if `real`.
    Film {
        /// Whether everything is shown when it really happened.
        real: bool,
    },
    /// The packets of the sessions of these names and of those that they accept, or of all sessions.
    Packets {
        /// The sessions' names.
        of: Option<Vec<String>>,
        /// Whether the secrets of TLS connections are kept, too: those of all sessions.
        secrets: bool,
    },
    /// A report.
    Report,
}

impl Keeping {
    /// Which of them it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Film { .. } => Kind::Film,
            Self::Packets { .. } => Kind::Packets,
            Self::Report => Kind::Report,
        }
    }
}

/// The kinds of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Keeping::Film`]
    Film,
    /// [`Keeping::Packets`]
    Packets,
    /// [`Keeping::Report`]
    Report,
}

/// What holds when something begins to be kept.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The openings of the sessions that are open, in the order in which they opened.
    pub sessions: Vec<Event>,
    /// For a prompt.
    pub situation: Situation,
}

/// What is no longer kept.
#[derive(Debug)]
pub struct Ended {
    /// The file.
    pub file: PathBuf,
    /// What is missing there, in words.
    pub missing: Vec<String>,
}

/// Keeps what happens in files. The shell implements it.
pub trait Archive: Send + Sync {
    /// Keeps what happens from here on in `file`, which is overwritten.
    fn begin(&self, keeping: Keeping, file: &Path, known: Known) -> Result<(), Problem>;

    /// Keeps no more of that kind. Gives what was kept, by file; or why one of them ends too early.
    fn end(&self, kind: Kind) -> Result<Vec<Ended>, Problem>;
}

impl Shared {
    /// Begins to keep what happens in a file.
    pub fn keep(&self, keeping: Keeping, file: &Path) -> Result<(), Problem> {
        let known = Known { sessions: self.openings(), situation: self.situation() };
        self.archive()?.begin(keeping, file, known)
    }

    /// Keeps no more of that kind; what was kept.
    pub fn keep_no_more(&self, kind: Kind) -> Result<Vec<Ended>, Problem> {
        self.archive()?.end(kind)
    }

    /// How the sessions that are open have opened, without secrets.
    fn openings(&self) -> Vec<Event> {
        let opened = |session: &Session| {
            let what = opening(session)?;
            Some(self.redact(Event { step: 0, session: Some(session.tag.clone()), what, form: Form::Text }))
        };
        lock(&self.table).all().filter(|session| session.is_open()).filter_map(|session| opened(session)).collect()
    }
}

/// What told of a session when it opened; nothing for an answer, which does not last.
fn opening(session: &Session) -> Option<What> {
    let opening = &session.opening;
    let (protocol, facts) = (opening.protocol.into(), opening.facts.clone());
    let ends = || Some((opening.at.first()?.clone(), opening.peer.clone()?));
    match session.tag.kind {
        SessionKind::Listen | SessionKind::Relay => {
            let public = opening.at.iter().any(|at| !at.is_loopback());
            Some(What::Listening {
                protocol,
                at: opening.at.clone(),
                serves: session.serves().to_string(),
                public,
                facts,
            })
        }
        SessionKind::Connect => ends().map(|(local, peer)| What::Connected { protocol, local, peer, facts }),
        SessionKind::Accept => ends().map(|(local, peer)| What::Accepted { local, peer, facts }),
        SessionKind::Exchange => None,
    }
}
