//! Stages and handlers: what transforms the bytes of a flow, and what ends it. A registry: a new one is a file
//! and two lines here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::socket::Framing;

mod call;
mod chain;
mod changes;
mod held;
mod limit;
mod lines;
mod pipeline;
mod random;
mod transform;

mod chargen;
mod chat;
mod corrupt;
mod crlf;
mod cut;
mod daytime;
mod delay;
mod discard;
mod drop;
mod dump;
mod duplicate;
mod echo;
mod exec;
mod file;
mod forward;
mod hex;
mod jitter;
mod letters;
mod lf;
mod line;
mod prefix;
mod print;
mod reorder;
mod replace;
mod reply;
mod reset;
mod slice;
mod slow_close;
mod stall;
mod suffix;
mod throttle;

pub use chain::Chain;
pub use changes::Changes;
pub use pipeline::{Handler, Hub, Pipeline};
pub use transform::{Cut, Output, Transform};

/// What a parameter of a stage may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    Text,
    /// A word.
    Label,
    /// A regular expression.
    Regex,
    /// A duration.
    Duration,
    /// Bytes a second.
    Rate,
    /// A count of bytes.
    Size,
    /// A share between 0 and 1.
    Share,
    /// A whole number.
    Integer,
    /// A file's path.
    Path,
    /// `yes` or `no`.
    Boolean,
    /// A [`Way`].
    Way,
}

/// Which way through a relay: `up` to the targets, `down` to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// From whoever connected.
    #[default]
    Up,
    /// Back.
    Down,
    /// Up and down, each on its own.
    Both,
}

/// An argument of a stage, of the [`Kind`] its parameter asks for.
#[derive(Debug, Clone)]
pub enum Argument {
    /// `Kind::Text`, `Kind::Label`, `Kind::Path`
    Bytes(Bytes),
    /// `Kind::Regex`
    Regex(regex::bytes::Regex),
    /// `Kind::Duration`
    Duration(Duration),
    /// `Kind::Rate` (bytes a second), `Kind::Size`, `Kind::Integer`
    Integer(u64),
    /// `Kind::Share`
    Share(f64),
    /// `Kind::Boolean`
    Boolean(bool),
    /// `Kind::Way`
    Way(Way),
}

/// A parameter or option of a stage.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name: upper case for a positional one, the key for an option.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it means, in half a line.
    pub summary: &'static str,
}

/// A stage as asked for.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Positional arguments, in order.
    pub arguments: Vec<Argument>,
    /// Options by key.
    pub options: BTreeMap<String, Argument>,
}

/// An entry of the registry.
pub struct Spec {
    /// Its word in the language.
    pub name: &'static str,
    /// What it does, in half a line.
    pub summary: &'static str,
    /// Positional parameters.
    pub parameters: &'static [Parameter],
    /// Options, as `key=value`.
    pub options: &'static [Parameter],
    /// Whether it ends a flow (a handler) rather than transforms it.
    pub ends: bool,
    /// How it is built from a call that fits its parameters.
    pub build: Build,
}

/// `way=`, which every transforming stage of a relay takes.
const WAY: Parameter =
    Parameter::optional("way", Kind::Way, "in a relay: whether it stands on the way up, down, or both; else up");

/// Makes a transforming stage for one conversation.
pub type Maker = Box<dyn Fn(Framing) -> Box<dyn Transform> + Send + Sync>;

/// How a stage is built from a call; the error says what is wrong with an argument.
#[derive(Clone, Copy)]
pub enum Build {
    /// It transforms.
    Transform(fn(&Call) -> Result<Maker, String>),
    /// It ends the flow: one handler serves all connections of a pipeline.
    Handler(fn(&Call) -> Result<Arc<dyn Handler>, String>),
    /// It ends the flow where it stands last, and passes the bytes on where it does not.
    Either(fn(&Call) -> Result<Maker, String>, fn(&Call) -> Result<Arc<dyn Handler>, String>),
}

/// All stages, in the order help shows them: transforming ones first.
pub fn all() -> &'static [&'static Spec] {
    static ALL: &[&Spec] = &[
        &letters::UPPER,
        &letters::LOWER,
        &replace::SPEC,
        &prefix::SPEC,
        &suffix::SPEC,
        &line::SPEC,
        &crlf::SPEC,
        &lf::SPEC,
        &hex::SPEC,
        &dump::SPEC,
        &delay::SPEC,
        &jitter::SPEC,
        &throttle::SPEC,
        &slice::SPEC,
        &drop::SPEC,
        &corrupt::SPEC,
        &duplicate::SPEC,
        &reorder::SPEC,
        &cut::SPEC,
        &reset::SPEC,
        &stall::SPEC,
        &slow_close::SPEC,
        &echo::SPEC,
        &discard::SPEC,
        &print::SPEC,
        &chargen::SPEC,
        &daytime::SPEC,
        &reply::SPEC,
        &chat::SPEC,
        &exec::SPEC,
        &exec::PTY,
        &file::SPEC,
        &forward::socks::SPEC,
        &forward::http::SPEC,
    ];
    ALL
}

/// The stage of that name.
pub fn find(name: &str) -> Option<&'static Spec> {
    all().iter().copied().find(|spec| spec.name == name)
}
