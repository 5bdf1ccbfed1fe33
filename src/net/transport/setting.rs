//! Settings: the options that a transport has of its own, as it declares them and as they were given.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

use crate::net::stage::{Argument, Kind};

/// Which end of a connection an option is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The one that listens.
    Listener,
    /// The one that connects.
    Client,
    /// Either.
    Both,
}

impl End {
    /// Whether an option for `self` is one for `other`, too.
    pub fn fits(self, other: Self) -> bool {
        self == other || self == Self::Both || other == Self::Both
    }
}

/// An option of a transport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Its key, as written. Transports that share a key mean the same by it.
    pub key: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Which end it is for.
    pub end: End,
    /// Whether it may be given more than once.
    pub repeats: bool,
    /// What holds when it is not given; empty when nothing does.
    pub default: &'static str,
    /// What it means, in half a line.
    pub summary: &'static str,
}

impl Setting {
    /// An option that is given at most once.
    pub const fn new(key: &'static str, kind: Kind, end: End, default: &'static str, summary: &'static str) -> Self {
        Self { key, kind, end, repeats: false, default, summary }
    }

    /// An option that may be given more than once.
    pub const fn repeated(
        key: &'static str,
        kind: Kind,
        end: End,
        default: &'static str,
        summary: &'static str,
    ) -> Self {
        Self { repeats: true, ..Self::new(key, kind, end, default, summary) }
    }
}

/// The options of a transport as they were given. Each is of the kind that its transport declares.
#[derive(Debug, Clone, Default)]
pub struct Settings(Vec<(&'static str, Argument)>);

impl Settings {
    /// Adds an option.
    pub fn add(&mut self, key: &'static str, argument: Argument) {
        self.0.push((key, argument));
    }

    /// All of them, with their keys.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &Argument)> {
        self.0.iter().map(|(key, argument)| (*key, argument))
    }

    /// Whether it was given.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<&Argument> {
        self.all(key).last()
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &Argument> {
        self.0.iter().filter(move |(name, _)| *name == key).map(|(_, argument)| argument)
    }

    /// A text, as bytes.
    pub fn bytes(&self, key: &str) -> Option<Bytes> {
        self.get(key).and_then(bytes)
    }

    /// A text; what is no UTF-8 in it is replaced.
    pub fn text(&self, key: &str) -> Option<String> {
        self.bytes(key).map(|bytes| lossy(&bytes))
    }

    /// All texts of an option that repeats, in order.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = String> {
        self.all(key).filter_map(bytes).map(|bytes| lossy(&bytes))
    }

    /// A path.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStrExt;
        self.bytes(key).map(|bytes| PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)))
    }

    /// A rate (bytes a second), size or whole number.
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.get(key) {
            Some(Argument::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// A duration.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        match self.get(key) {
            Some(Argument::Duration(duration)) => Some(*duration),
            _ => None,
        }
    }

    /// `yes` or `no`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key) {
            Some(Argument::Boolean(flag)) => Some(*flag),
            _ => None,
        }
    }
}

fn bytes(argument: &Argument) -> Option<Bytes> {
    match argument {
        Argument::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

fn lossy(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
