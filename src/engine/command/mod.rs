//! Commands. A registry: a new one is a file and two lines here.

mod address;
mod ask;
mod assert;
mod attach;
mod bench;
mod capture;
mod close;
mod connect;
mod cut;
mod edit;
mod exit;
mod expect;
mod fail;
mod flows;
mod help;
mod history;
mod hold;
mod http;
mod info;
mod join;
mod keep;
mod listen;
mod log;
mod options;
mod order;
mod pass;
mod ports;
mod print;
mod quit;
mod record;
mod recv;
mod relay;
mod release;
mod replay;
mod reply;
mod report;
mod requests;
mod reset;
mod resolve;
mod save;
mod scan;
mod secret;
mod send;
mod sendln;
mod serve;
pub(in crate::engine) mod sessions;
mod set;
mod show;
mod shutdown;
mod signal;
mod sleep;
mod source;
mod stall;
mod stop;
mod transports;
mod unmet;
mod r#use;
mod wait;
mod watch;

pub(super) use expect::MATCHES;

use super::console::Task;
use super::evaluator::{Evaluator, Invocation};
use super::fault::Problem;
use crate::language::signature::{Example, Signature};

/// The transport of addresses where nothing names one.
pub(super) const DEFAULT_PROTOCOL: &str = "tcp";

/// What a command is for; help groups by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Opening sessions.
    Opening,
    /// Talking on them.
    Talking,
    /// Looking at what there is; a saved session leaves it out.
    Looking,
    /// Trying what the network does.
    Probing,
    /// Keeping what was typed; a saved session leaves it out.
    Keeping,
    /// Steering a script.
    Steering,
}

impl Purpose {
    /// All of them, in the order help shows them.
    pub const ALL: [Self; 6] =
        [Self::Opening, Self::Talking, Self::Looking, Self::Probing, Self::Steering, Self::Keeping];

    /// A heading for its commands.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Opening => "Opening and ending",
            Self::Talking => "Talking",
            Self::Looking => "Looking",
            Self::Probing => "Probing",
            Self::Steering => "Scripts",
            Self::Keeping => "Keeping",
        }
    }
}

/// How a command runs.
pub type Run = for<'a> fn(&'a mut Evaluator, &'a Invocation<'a>) -> Task<'a, Result<(), Problem>>;

/// A command of the registry.
pub struct Command {
    /// Its words.
    pub signature: Signature,
    /// What it is for.
    pub purpose: Purpose,
    /// What help says beyond the summary: rules, defaults, what is special. Plain text, lines of any length.
    pub details: &'static str,
    /// Examples that the tests run.
    pub examples: &'static [Example],
    /// How it runs.
    pub run: Run,
}

impl Command {
    /// Whether the terminal talks while it runs: what is typed then is no statement.
    pub fn is_terminals(&self) -> bool {
        self.signature.name == attach::COMMAND.signature.name
    }
}

static ALL: &[&Command] = &[
    &listen::COMMAND,
    &connect::COMMAND,
    &http::COMMAND,
    &relay::COMMAND,
    &serve::COMMAND,
    &join::COMMAND,
    &send::COMMAND,
    &sendln::COMMAND,
    &expect::COMMAND,
    &reply::COMMAND,
    &recv::COMMAND,
    &shutdown::COMMAND,
    &close::COMMAND,
    &reset::COMMAND,
    &signal::COMMAND,
    &stop::COMMAND,
    &attach::COMMAND,
    &r#use::COMMAND,
    &sessions::COMMAND,
    &flows::COMMAND,
    &show::COMMAND,
    &info::COMMAND,
    &watch::COMMAND,
    &resolve::COMMAND,
    &scan::COMMAND,
    &bench::COMMAND,
    &ports::COMMAND,
    &help::COMMAND,
    &history::COMMAND,
    &save::COMMAND,
    &replay::COMMAND,
    &source::COMMAND,
    &log::COMMAND,
    &record::COMMAND,
    &capture::COMMAND,
    &report::COMMAND,
    &edit::COMMAND,
    &print::COMMAND,
    &ask::COMMAND,
    &sleep::COMMAND,
    &wait::COMMAND,
    &hold::COMMAND,
    &pass::COMMAND,
    &release::COMMAND,
    &stall::COMMAND,
    &cut::COMMAND,
    &set::COMMAND,
    &secret::COMMAND,
    &assert::COMMAND,
    &fail::COMMAND,
    &exit::COMMAND,
    &quit::COMMAND,
];

/// All commands, in the order help shows them.
pub fn all() -> &'static [&'static Command] {
    ALL
}

/// The command of that name.
pub fn find(name: &str) -> Option<&'static Command> {
    ALL.iter().copied().find(|command| command.signature.name == name)
}
