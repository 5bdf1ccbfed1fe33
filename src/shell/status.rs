//! The exit status: one table for every way `nsh` ends.

use std::process::ExitCode;

use crate::engine::{Class, Outcome};

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Status(u8);

impl Status {
    /// 0: all held.
    pub(crate) const HELD: Self = Self(0);
    /// 1: the network or the system refused; `fmt --check` found files to format.
    pub(crate) const REFUSED: Self = Self(Class::Refused.code());
    /// 2: usage, or a script does not parse or check.
    pub(crate) const USAGE: Self = Self(Class::Usage.code());
    /// 3: an expectation or assertion did not hold.
    pub(crate) const UNMET: Self = Self(Class::Unmet.code());
    /// 101: a fault of nsh itself.
    pub(crate) const PANICKED: Self = Self(101);
    /// 129: SIGHUP.
    pub(crate) const HUNG_UP: Self = Self(129);
    /// 130: SIGINT.
    pub(crate) const INTERRUPTED: Self = Self(130);
    /// 141: standard output was closed by its reader, as SIGPIPE has it.
    pub(crate) const NO_READER: Self = Self(141);
    /// 143: SIGTERM.
    pub(crate) const TERMINATED: Self = Self(143);

    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self.0
    }

    /// The first that is not 0.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::HELD { other } else { self }
    }
}

impl Status {
    /// The status of an exit code that the engine gave.
    pub(crate) const fn of(code: u8) -> Self {
        Self(code)
    }
}

impl From<Class> for Status {
    fn from(class: Class) -> Self {
        Self(class.code())
    }
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::HELD,
            Outcome::Exit(code) | Outcome::Failed(code) => Self(code),
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.0)
    }
}
