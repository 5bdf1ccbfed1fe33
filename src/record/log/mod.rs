//! The log of a run: everything that happened, a line of JSON each, written as it happens.
//!
//! The first line is a [`Head`], each other one a [`Line`].

mod reader;
mod writer;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::event::{Event, Form, SessionTag, What};

pub(crate) use reader::{Reader, Trouble};
pub(crate) use writer::Writer;

/// The version of the format.
const VERSION: u64 = 1;

/// What a log begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The version of the format; a reader of another refuses it.
    pub(crate) nshlog: u64,
    /// The version of nsh that wrote it.
    pub(crate) nsh: String,
    /// The script, as it was named; `-c` for statements on the command line, nothing for what was typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) script: String,
    /// How many arguments it has. What they are is nobody's business before the script has said what is secret.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) arguments: usize,
    /// When it began: microseconds since 1970.
    pub(crate) began: u64,
    /// The operating system: its name, its release and the machine's kind.
    pub(crate) system: String,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// When, in microseconds since the log began.
    #[serde(rename = "t")]
    pub(crate) at: u64,
    /// The step of the foreground that did it; none for what happened by itself.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) step: u64,
    /// The session it happened to, if to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Arc<SessionTag>>,
    /// How its bytes want to be shown.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub(crate) form: Form,
    /// What happened.
    pub(crate) event: What,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer hands references")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer hands references")]
const fn is_none(step: &u64) -> bool {
    *step == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer hands references")]
fn is_usual(form: &Form) -> bool {
    *form == Form::default()
}

impl Line {
    /// An event that happened `at` so many microseconds after the log began.
    pub(crate) fn of(event: Event, at: u64) -> Self {
        let Event { step, session, what, form } = event;
        Self { at, step, session, form, event: what }
    }
}

impl Head {
    /// The head of a log of this process that begins now.
    pub(crate) fn now(script: &str, arguments: usize) -> Self {
        let system = rustix::system::uname();
        let parts = [system.sysname(), system.release(), system.machine()];
        Self {
            nshlog: VERSION,
            nsh: env!("CARGO_PKG_VERSION").to_owned(),
            script: script.to_owned(),
            arguments,
            began: u64::try_from(crate::net::clock::since_1970().as_micros()).unwrap_or(u64::MAX),
            system: parts.map(|part| part.to_string_lossy().into_owned()).join(" "),
        }
    }
}
