//! The words of the language, from the registries to the parser.

use std::sync::LazyLock;

use super::handlers;
use super::{command, function};
use crate::language::Vocabulary;
use crate::language::signature::{Arity, Effect, OptionForm, OptionSpec, Parameter, Shape, Signature};
use crate::language::vocabulary::{AddressProblem, Entry, EventEntry, FunctionEntry};
use crate::net::address::AddressError;
use crate::net::{Address, Url, stage, transport};

/// The registries of this program as a vocabulary.
pub(super) struct Words;

/// The fields of a session.
const FIELDS: &[Entry] = &[
    Entry { name: "host", summary: "our address without the port" },
    Entry { name: "port", summary: "our port" },
    Entry { name: "addr", summary: "our address with the port" },
    Entry { name: "path", summary: "our socket file" },
    Entry { name: "peer", summary: "the other end" },
    Entry { name: "name", summary: "the session's name" },
    Entry { name: "state", summary: "open, finished, closed, reset, refused or failed" },
    Entry { name: "in", summary: "bytes received" },
    Entry { name: "out", summary: "bytes sent" },
    Entry { name: "connections", summary: "open connections of a listener" },
];

/// Their names, for errors.
pub(super) const FIELD_NAMES: &[&str] =
    &["host", "port", "addr", "path", "peer", "name", "state", "in", "out", "connections"];

static COMMANDS: LazyLock<Vec<&'static Signature>> =
    LazyLock::new(|| command::all().iter().map(|command| &command.signature).collect());

static STAGES: LazyLock<Vec<&'static Signature>> =
    LazyLock::new(|| stage::all().iter().map(|spec| &*Box::leak(Box::new(stage_signature(spec)))).collect());

static PROTOCOLS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry =
        |transport: &&'static dyn transport::Transport| Entry { name: transport.name(), summary: transport.summary() };
    transport::all().iter().map(entry).collect()
});

static FUNCTIONS: LazyLock<Vec<FunctionEntry>> =
    LazyLock::new(|| function::all().map(|function| function.entry).collect());

/// The signature of a stage; made once for each and kept for the life of the program.
fn stage_signature(spec: &'static stage::Spec) -> Signature {
    let parameter = |parameter: &stage::Parameter| Parameter {
        name: parameter.name,
        shape: shape(parameter.kind),
        arity: if parameter.optional { Arity::Optional } else { Arity::One },
        summary: parameter.summary,
    };
    let option = |parameter: &stage::Parameter| OptionSpec {
        key: parameter.name,
        form: OptionForm::Assignment,
        shape: shape(parameter.kind),
        repeats: false,
        default: "",
        summary: parameter.summary,
    };
    Signature {
        name: spec.name,
        summary: spec.summary,
        parameters: spec.parameters.iter().map(parameter).collect::<Vec<_>>().leak(),
        options: spec.all_options().map(option).collect::<Vec<_>>().leak(),
        handlers: false,
        effect: Effect::None,
    }
}

fn shape(kind: stage::Kind) -> Shape {
    match kind {
        stage::Kind::Text => Shape::Text,
        stage::Kind::Regex => Shape::Regex,
        stage::Kind::Duration => Shape::Duration,
        stage::Kind::Rate => Shape::Rate,
        stage::Kind::Size => Shape::Size,
        stage::Kind::Share => Shape::Percent,
        stage::Kind::Integer => Shape::Integer,
        stage::Kind::Path => Shape::Path,
        stage::Kind::Boolean => Shape::Boolean,
        stage::Kind::Way => {
            Shape::Choice(&[&[Shape::Keyword("up")], &[Shape::Keyword("down")], &[Shape::Keyword("both")]])
        }
    }
}

fn problem(error: AddressError) -> AddressProblem {
    AddressProblem { offset: error.offset, expected: error.expected }
}

impl Vocabulary for Words {
    fn commands(&self) -> &[&'static Signature] {
        &COMMANDS
    }

    fn stages(&self) -> &[&'static Signature] {
        &STAGES
    }

    fn protocols(&self) -> &[Entry] {
        &PROTOCOLS
    }

    fn functions(&self) -> &[FunctionEntry] {
        &FUNCTIONS
    }

    fn events(&self) -> &[EventEntry] {
        handlers::EVENTS
    }

    fn handler_variables(&self) -> &[Entry] {
        handlers::VARIABLES
    }

    fn fields(&self) -> &[Entry] {
        FIELDS
    }

    fn check_address(&self, text: &str) -> Result<(), AddressProblem> {
        Address::parse(text).map(|_| ()).map_err(problem)
    }

    fn check_url(&self, text: &str) -> Result<(), AddressProblem> {
        Url::parse(text).map(|_| ()).map_err(problem)
    }
}
