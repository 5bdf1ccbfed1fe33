//! Calls: whether a stage as asked for fits its parameters, and what its arguments are.

use std::time::Duration;

use bytes::Bytes;

use super::random::SEED;
use super::{Argument, Build, Call, Kind, Parameter, Spec, WAY, Way};

impl Parameter {
    /// One that must be given.
    pub(super) const fn needed(name: &'static str, kind: Kind, summary: &'static str) -> Self {
        Self { name, kind, optional: false, summary }
    }

    /// One that may be left out.
    pub(super) const fn optional(name: &'static str, kind: Kind, summary: &'static str) -> Self {
        Self { name, kind, optional: true, summary }
    }
}

impl Kind {
    /// The kind in words, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Label => "a word",
            Self::Regex => "a regular expression",
            Self::Duration => "a duration",
            Self::Rate => "a rate",
            Self::Size => "a size",
            Self::Share => "a share between 0 and 1",
            Self::Integer => "a whole number",
            Self::Path => "a path",
            Self::Boolean => "`yes` or `no`",
            Self::Way => "`up`, `down` or `both`",
        }
    }

    fn fits(self, argument: &Argument) -> bool {
        match argument {
            Argument::Bytes(_) => matches!(self, Self::Text | Self::Label | Self::Path),
            Argument::Regex(_) => self == Self::Regex,
            Argument::Duration(_) => self == Self::Duration,
            Argument::Integer(_) => matches!(self, Self::Rate | Self::Size | Self::Integer),
            Argument::Share(share) => self == Self::Share && (0.0..=1.0).contains(share),
            Argument::Boolean(_) => self == Self::Boolean,
            Argument::Way(_) => self == Self::Way,
        }
    }
}

impl Spec {
    /// All options that it takes: its own, and those of every stage of its kind.
    pub fn all_options(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        static GENERAL: &[Parameter] = &[WAY];
        let general = if matches!(self.build, Build::Handler(_)) { &[] } else { GENERAL };
        self.options.iter().chain(general)
    }

    /// Whether the call gives what the stage asks for and nothing else; says what is wrong.
    pub fn check(&self, call: &Call) -> Result<(), String> {
        let name = self.name;
        if call.arguments.len() > self.parameters.len() {
            return Err(match self.parameters.len() {
                0 => format!("`{name}` takes no argument"),
                1 => format!("`{name}` takes one argument"),
                most => format!("`{name}` takes {most} arguments"),
            });
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            check_one(name, parameter, call.arguments.get(index))?;
        }
        if let Some(key) = call.options.keys().find(|key| self.all_options().all(|option| option.name != **key)) {
            return Err(format!("`{name}` has no option `{key}`"));
        }
        self.all_options().try_for_each(|option| check_one(name, option, call.options.get(option.name)))
    }
}

fn check_one(stage: &str, parameter: &Parameter, argument: Option<&Argument>) -> Result<(), String> {
    let (name, kind) = (parameter.name, parameter.kind);
    match argument {
        None if parameter.optional => Ok(()),
        None => Err(format!("`{stage}` needs {name}, {}", kind.words())),
        Some(argument) if kind.fits(argument) => Ok(()),
        Some(_) => Err(format!("{name} of `{stage}` must be {}", kind.words())),
    }
}

impl Call {
    /// The text or path at that position; empty where it was left out.
    pub(super) fn text(&self, index: usize) -> Bytes {
        match self.arguments.get(index) {
            Some(Argument::Bytes(bytes)) => bytes.clone(),
            _ => Bytes::new(),
        }
    }

    /// The duration at that position; none where it was left out.
    pub(super) fn duration(&self, index: usize) -> Duration {
        match self.arguments.get(index) {
            Some(Argument::Duration(duration)) => *duration,
            _ => Duration::ZERO,
        }
    }

    /// The rate, size or whole number at that position; 0 where it was left out.
    pub(super) fn size(&self, index: usize) -> u64 {
        match self.arguments.get(index) {
            Some(Argument::Integer(size)) => *size,
            _ => 0,
        }
    }

    /// The share at that position; 0 where it was left out.
    pub(super) fn share(&self, index: usize) -> f64 {
        match self.arguments.get(index) {
            Some(Argument::Share(share)) => *share,
            _ => 0.0,
        }
    }

    /// The option's duration.
    pub(super) fn span(&self, key: &str) -> Option<Duration> {
        match self.options.get(key) {
            Some(Argument::Duration(duration)) => Some(*duration),
            _ => None,
        }
    }

    /// The option's whole number.
    pub(super) fn integer(&self, key: &str) -> Option<u64> {
        match self.options.get(key) {
            Some(Argument::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// On which way through a relay it stands.
    pub(super) fn way(&self) -> Way {
        match self.options.get(WAY.name) {
            Some(Argument::Way(way)) => *way,
            _ => Way::default(),
        }
    }

    /// The same for a relay's way back: with a sequence of its own where it is random.
    pub(super) fn returning(&self) -> Self {
        let mut call = self.clone();
        if let Some(Argument::Integer(seed)) = call.options.get_mut(SEED.name) {
            *seed = !*seed;
        }
        call
    }

    /// Whether the option is `yes`.
    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.options.get(key), Some(Argument::Boolean(true)))
    }
}
