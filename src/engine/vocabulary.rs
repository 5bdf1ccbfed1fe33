//! The words of the language, from the registries to the parser.

use std::sync::LazyLock;

use super::{command, exchange, function, handlers, topic};
use crate::language::Vocabulary;
use crate::language::signature::{Arity, Effect, OptionForm, OptionSpec, Parameter, Shape, Signature};
use crate::language::vocabulary::{AddressProblem, Entry, EventEntry, FunctionEntry};
use crate::net::address::AddressError;
use crate::net::transport::{End, Places, Setting};
use crate::net::{Address, Url, stage, transport};

/// The registries of this program as a vocabulary.
pub(super) struct Words;

/// The fields of every session.
const FIELDS: [Entry; 11] = [
    Entry { name: "host", summary: "our address without the port" },
    Entry { name: "port", summary: "our port" },
    Entry { name: "addr", summary: "our address with the port" },
    Entry { name: "path", summary: "our socket file" },
    Entry { name: "peer", summary: "the other end" },
    Entry { name: "name", summary: "the session's name" },
    Entry { name: "state", summary: "open, finished, closed, reset, refused or failed" },
    Entry { name: "in", summary: "bytes received" },
    Entry { name: "out", summary: "bytes sent" },
    Entry { name: "url", summary: "where a web server is" },
    Entry { name: "connections", summary: "open connections of a listener" },
];

/// The fields of a session: those that all have, then those of transports.
static ALL_FIELDS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut fields = [&FIELDS[..], &exchange::FIELDS[..]].concat();
    for (name, summary) in transport::all().iter().flat_map(|transport| transport.fields()) {
        if fields.iter().all(|field| field.name != name) {
            fields.push(Entry { name, summary });
        }
    }
    fields
});

/// The names of all fields of sessions.
pub(super) fn field_names() -> Vec<&'static str> {
    ALL_FIELDS.iter().map(|field| field.name).collect()
}

static COMMANDS: LazyLock<Vec<&'static Signature>> = LazyLock::new(|| {
    let mut made = Vec::new();
    command::all().iter().map(|command| with_transports(&command.signature, &mut made)).collect()
});

static STAGES: LazyLock<Vec<&'static Signature>> =
    LazyLock::new(|| stage::all().iter().map(|spec| &*Box::leak(Box::new(stage_signature(spec)))).collect());

static TOPICS: LazyLock<Vec<Entry>> =
    LazyLock::new(|| topic::words().map(|(name, summary)| Entry { name, summary: summary.leak() }).collect());

static PROTOCOLS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry =
        |transport: &&'static dyn transport::Transport| Entry { name: transport.name(), summary: transport.summary() };
    transport::all().iter().map(entry).collect()
});

static FUNCTIONS: LazyLock<Vec<FunctionEntry>> =
    LazyLock::new(|| function::all().map(|function| function.entry).collect());

/// A command's signature with the options of the transports for which it opens something; made once for each and kept
/// for the life of the program.
fn with_transports(signature: &'static Signature, made: &mut Vec<(Opened, Vec<OptionSpec>)>) -> &'static Signature {
    let Some(opened) = opened(signature) else { return signature };
    // Many commands open the same.
    let known = made.iter().position(|(known, _)| *known == opened).unwrap_or_else(|| {
        made.push((opened, transport_options(opened)));
        made.len() - 1
    });
    let (_, more) = &made[known];
    if more.is_empty() {
        return signature;
    }
    Box::leak(Box::new(Signature { options: [signature.options, more].concat().leak(), ..*signature }))
}

/// The options that transports have for what is opened, each once, with the transports that have it.
fn transport_options((end, mine): Opened) -> Vec<OptionSpec> {
    let mut options: Vec<(OptionSpec, Vec<&'static str>)> = Vec::new();
    for transport in transport::all().iter().filter(|transport| mine.holds(transport.name())) {
        for setting in transport.settings().iter().filter(|setting| setting.end.fits(end)) {
            match options.iter_mut().find(|(option, _)| option.key == setting.key) {
                Some((_, of)) => of.push(transport.name()),
                None => options.push((transport_option(setting, &[]), vec![transport.name()])),
            }
        }
    }
    options.into_iter().map(|(option, of)| OptionSpec { of: of.leak(), ..option }).collect()
}

/// What a command opens: which end of connections, and of which transports.
type Opened = (End, Of);

/// Which transports are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// All.
    Any,
    /// Those that HTTP is spoken over.
    Web,
}

impl Of {
    fn holds(self, transport: &str) -> bool {
        self == Self::Any || matches!(transport, "tcp" | "tls")
    }
}

/// Which end of connections a command opens, by what it asks for besides a transport: where to listen, or where to
/// connect; and of which transports: without a word for them, HTTP is spoken.
fn opened(signature: &Signature) -> Option<Opened> {
    let takes = |shape| signature.parameters.iter().any(|parameter| parameter.shape == shape);
    match (takes(Shape::Address), takes(Shape::Endpoint) || takes(Shape::Route)) {
        _ if takes(Shape::Url) => Some((End::Client, Of::Web)),
        _ if !takes(Shape::Protocol) && !matches!(signature.effect, Effect::Opens { .. }) => None,
        (true, false) if takes(Shape::Protocol) => Some((End::Listener, Of::Any)),
        (true, false) => Some((End::Listener, Of::Web)),
        (false, true) => Some((End::Client, Of::Any)),
        (true, true) => Some((End::Both, Of::Any)),
        (false, false) => None,
    }
}

/// An option of these transports as the language has it.
fn transport_option(setting: &Setting, of: &'static [&'static str]) -> OptionSpec {
    OptionSpec {
        key: setting.key,
        form: OptionForm::Assignment,
        shape: shape(setting.kind),
        repeats: setting.repeats,
        default: setting.default,
        summary: setting.summary,
        of,
    }
}

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
        of: &[],
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
        stage::Kind::Label => Shape::Label,
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
        &ALL_FIELDS
    }

    fn topics(&self) -> &[Entry] {
        &TOPICS
    }

    fn check_address(&self, text: &str) -> Result<(), AddressProblem> {
        Address::parse(text).map(|_| ()).map_err(problem)
    }

    fn check_url(&self, text: &str) -> Result<(), AddressProblem> {
        Url::parse(text).map(|_| ()).map_err(problem)
    }

    fn takes_command(&self, protocol: &str) -> bool {
        transport::find(protocol).is_some_and(|transport| transport.places() == Places::Commands)
    }

    fn protocol_of(&self, address: &str) -> Option<String> {
        let scheme = Url::parse(address).ok().map(|url| url.scheme);
        match scheme.as_deref() {
            Some("http") => Some("tcp".to_owned()),
            Some("https") => Some("tls".to_owned()),
            _ => Address::parse(address).ok()?.protocol,
        }
    }

    fn default_protocol(&self) -> &'static str {
        command::DEFAULT_PROTOCOL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_transports_mean_the_same_wherever_they_stand() {
        for command in command::all() {
            let Some((end, mine)) = opened(&command.signature) else { continue };
            for transport in transport::all().iter().filter(|transport| mine.holds(transport.name())) {
                for setting in transport.settings().iter().filter(|setting| setting.end.fits(end)) {
                    let name = command.signature.name;
                    assert!(command.signature.option(setting.key).is_none(), "`{name}` has its own `{}`", setting.key);
                    let merged = with_transports(&command.signature, &mut Vec::new())
                        .option(setting.key)
                        .expect("it was merged");
                    assert!(merged.of.contains(&transport.name()));
                    assert_eq!((merged.shape, merged.repeats), (shape(setting.kind), setting.repeats));
                }
            }
        }
    }

    #[test]
    fn no_field_of_a_transport_hides_one_of_all_sessions() {
        for (name, _) in transport::all().iter().flat_map(|transport| transport.fields()) {
            assert!(FIELDS.iter().all(|field| field.name != name), "{name}");
        }
    }
}
