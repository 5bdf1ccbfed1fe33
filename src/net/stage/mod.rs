//! Stages and handlers: what transforms the bytes of a flow, and what ends it. A registry: a new one is a file
//! and two lines here.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

/// What a parameter of a stage may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    Text,
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
}

/// An argument of a stage, of the [`Kind`] its parameter asks for.
#[derive(Debug, Clone)]
pub enum Argument {
    /// `Kind::Text`, `Kind::Path`
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
}

/// All stages, in the order help shows them: transforming ones first.
pub fn all() -> &'static [&'static Spec] {
    &[]
}

/// A pipeline ready to serve any number of connections: transforming stages and what ends them.
pub struct Pipeline;

impl Pipeline {
    /// Builds it from calls. A pipeline that only transforms answers the sender. Fails with the index of the call
    /// that is wrong and what is wrong with it (`echo` before another stage, say).
    pub fn build(_calls: &[Call]) -> Result<Self, (usize, String)> {
        todo!()
    }

    /// Whether it has no stage at all.
    pub fn is_empty(&self) -> bool {
        todo!()
    }
}
