//! Commands. A registry: a new one is a file and two lines here.

mod address;
mod ask;
mod assert;
mod attach;
mod bench;
mod close;
mod connect;
mod cut;
mod exit;
mod expect;
mod fail;
mod flows;
mod help;
mod hold;
mod http;
mod info;
mod join;
mod listen;
mod log;
mod options;
mod order;
mod pass;
mod ports;
mod print;
mod quit;
mod recv;
mod relay;
mod release;
mod reply;
mod requests;
mod reset;
mod resolve;
mod scan;
mod secret;
mod send;
mod sendln;
mod serve;
mod sessions;
mod set;
mod show;
mod shutdown;
mod sleep;
mod stall;
mod stop;
mod transports;
mod r#use;
mod wait;
mod watch;

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
    /// Looking at what there is.
    Looking,
    /// Steering a script.
    Steering,
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
    &log::COMMAND,
    &help::COMMAND,
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
