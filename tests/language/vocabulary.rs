//! A vocabulary that mimics the reference, so that the language is tested without the engine.
#![allow(dead_code, reason = "the tests and the benchmark each use a part")]

use sockshell::language::signature::{Arity, Effect, OptionForm, OptionSpec, Parameter, Shape, Signature};
use sockshell::language::vocabulary::{AddressProblem, Entry, EventEntry, FunctionEntry, Names, Vocabulary};

const fn parameter(name: &'static str, shape: Shape, arity: Arity) -> Parameter {
    Parameter { name, shape, arity, summary: "" }
}

const fn word(key: &'static str, shape: Shape) -> OptionSpec {
    OptionSpec { key, form: OptionForm::Word, shape, repeats: false, default: "", summary: "", of: &[] }
}

const fn key(key: &'static str, shape: Shape) -> OptionSpec {
    OptionSpec { key, form: OptionForm::Assignment, shape, repeats: false, default: "", summary: "", of: &[] }
}

/// `alpn=WORD`, which `tls` has.
const OF_TLS: OptionSpec = OptionSpec { of: &["tls"], ..key("alpn", Shape::Label) };

const fn command(
    name: &'static str,
    effect: Effect,
    parameters: &'static [Parameter],
    options: &'static [OptionSpec],
) -> Signature {
    Signature { name, summary: "", parameters, options, handlers: false, effect }
}

const fn handled(signature: Signature) -> Signature {
    Signature { handlers: true, ..signature }
}

const fn entry(name: &'static str) -> Entry {
    Entry { name, summary: "" }
}

use Arity::{Joined, Many, One, Optional};
use Shape::{
    Address, Boolean, Choice, Duration, Endpoint, Host, Integer, Keyword, NewSession, NewVariable, Path, Percent,
    Pipeline, Ports, Protocol, Rate, Regex, Route, Session, Size, Text, Value, VariableName, Word,
};

const AS: OptionSpec = word("as", NewSession);
const MATCH: Shape = Choice(&[
    &[Keyword("line"), Text],
    &[Keyword("exactly"), Text],
    &[Keyword("datagram"), Text],
    &[Keyword("eof")],
    &[Keyword("closed")],
    &[Keyword("nothing")],
    &[Integer, Keyword("bytes")],
    &[Regex],
    &[Text],
]);

static COMMANDS: &[&Signature] = &[
    &handled(command(
        "listen",
        Effect::Opens { prefix: "listen", current: false },
        &[parameter("PROTO", Protocol, One), parameter("ADDR", Address, One), parameter("HANDLER", Pipeline, Optional)],
        &[
            AS,
            key("max", Integer),
            key("allow", Shape::Hosts),
            key("eol", Choice(&[&[Keyword("lf")], &[Keyword("crlf")]])),
        ],
    )),
    &handled(command(
        "connect",
        Effect::Opens { prefix: "tcp", current: true },
        &[parameter("PROTO", Protocol, Optional), parameter("WHERE", Endpoint, One)],
        &[AS, word("within", Duration), key("eol", Choice(&[&[Keyword("lf")], &[Keyword("crlf")]])), OF_TLS],
    )),
    &command(
        "relay",
        Effect::Opens { prefix: "relay", current: false },
        &[parameter("PROTO", Protocol, Optional), parameter("ADDR", Address, One), parameter("ROUTE", Route, One)],
        &[
            AS,
            key("mode", Choice(&[&[Keyword("all")], &[Keyword("round-robin")], &[Keyword("failover")]])),
            key("replies", Choice(&[&[Keyword("all")], &[Keyword("first")], &[Keyword("none")]])),
            key("required", Boolean),
            OF_TLS,
        ],
    ),
    &command(
        "send",
        Effect::Uses,
        &[parameter("PAYLOAD", Text, One)],
        &[word("every", Duration), key("chunk", Size), key("to", Address), key("rate", Rate)],
    ),
    &command("sendln", Effect::Uses, &[parameter("PAYLOAD", Text, One)], &[word("every", Duration)]),
    &command(
        "expect",
        Effect::Uses,
        &[parameter("NOT", Keyword("not"), Optional), parameter("MATCH", MATCH, Joined("or"))],
        &[word("within", Duration), word("for", Duration)],
    ),
    &command(
        "recv",
        Effect::Uses,
        &[parameter(
            "WHAT",
            Choice(&[&[Integer, Keyword("bytes")], &[Keyword("line")], &[Keyword("datagram")], &[Keyword("all")]]),
            Optional,
        )],
        &[word("within", Duration), word("as", NewVariable)],
    ),
    &command("shutdown", Effect::Uses, &[], &[]),
    &command("close", Effect::Ends, &[parameter("NAME", Session, Optional)], &[]),
    &command("stop", Effect::Ends, &[parameter("NAME", Session, One)], &[]),
    &command("use", Effect::Switches, &[parameter("NAME", Session, One)], &[]),
    &command("print", Effect::None, &[parameter("VALUE", Value, Many)], &[]),
    &command("assert", Effect::None, &[parameter("EXPR", Value, One)], &[]),
    &command("fail", Effect::None, &[parameter("TEXT", Text, One)], &[]),
    &command("ask", Effect::None, &[parameter("PROMPT", Text, One)], &[word("as", NewVariable)]),
    &command("sleep", Effect::None, &[parameter("D", Duration, One)], &[]),
    &command(
        "wait",
        Effect::None,
        &[
            parameter("NAME", Session, One),
            parameter(
                "STATE",
                Choice(&[&[Keyword("closed")], &[Keyword("open")], &[Integer, Keyword("connections")]]),
                Optional,
            ),
        ],
        &[word("within", Duration)],
    ),
    &command("set", Effect::None, &[parameter("KEY", Word, One), parameter("VALUE", Value, One)], &[]),
    &command("secret", Effect::None, &[parameter("NAME", VariableName, One)], &[]),
    &command("help", Effect::None, &[parameter("WORD", Word, Optional)], &[]),
    &command("resolve", Effect::None, &[parameter("HOST", Host, One)], &[]),
    &command("scan", Effect::None, &[parameter("HOST", Host, One), parameter("PORTS", Ports, One)], &[]),
    &command("save", Effect::None, &[parameter("FILE", Path, One)], &[]),
    &command("record", Effect::None, &[parameter("FILE", Choice(&[&[Keyword("stop")], &[Path]]), One)], &[]),
    &command("exit", Effect::None, &[parameter("CODE", Integer, Optional)], &[]),
];

static STAGES: &[&Signature] = &[
    &command("echo", Effect::None, &[], &[]),
    &command("discard", Effect::None, &[], &[]),
    &command("reply", Effect::None, &[parameter("PAYLOAD", Text, One)], &[]),
    &command("file", Effect::None, &[parameter("PATH", Path, One)], &[]),
    &command("upper", Effect::None, &[], &[]),
    &command("replace", Effect::None, &[parameter("RE", Regex, One), parameter("WITH", Text, One)], &[]),
    &command("delay", Effect::None, &[parameter("D", Duration, One)], &[]),
    &command("drop", Effect::None, &[parameter("P", Percent, One)], &[key("seed", Integer)]),
    &command("throttle", Effect::None, &[parameter("RATE", Rate, One)], &[]),
];

static EVENTS: &[EventEntry] = &[
    EventEntry { signature: command("open", Effect::None, &[], &[]), commands: &["listen"], variables: &[] },
    EventEntry {
        signature: command("line", Effect::None, &[parameter("RE", Regex, Optional)], &[]),
        commands: &["listen"],
        variables: &[entry("line")],
    },
    EventEntry {
        signature: command("data", Effect::None, &[], &[]),
        commands: &["listen"],
        variables: &[entry("data")],
    },
    EventEntry { signature: command("close", Effect::None, &[], &[]), commands: &["listen"], variables: &[] },
];

/// The vocabulary.
pub(crate) struct Words;

impl Vocabulary for Words {
    fn commands(&self) -> &[&'static Signature] {
        COMMANDS
    }
    fn stages(&self) -> &[&'static Signature] {
        STAGES
    }
    fn protocols(&self) -> &[Entry] {
        const { &[entry("tcp"), entry("udp"), entry("unix"), entry("tls")] }
    }
    fn functions(&self) -> &[FunctionEntry] {
        const {
            &[
                FunctionEntry { name: "len", parameters: "value", arity: (1, 1), summary: "" },
                FunctionEntry { name: "upper", parameters: "text", arity: (1, 1), summary: "" },
                FunctionEntry { name: "slice", parameters: "text, from, count", arity: (2, 3), summary: "" },
            ]
        }
    }
    fn events(&self) -> &[EventEntry] {
        EVENTS
    }
    fn handler_variables(&self) -> &[Entry] {
        const { &[entry("peer")] }
    }
    fn fields(&self) -> &[Entry] {
        const { &[entry("host"), entry("port"), entry("peer"), entry("state")] }
    }
    fn takes_command(&self, protocol: &str) -> bool {
        protocol == "exec"
    }
    fn protocol_of(&self, address: &str) -> Option<String> {
        let (word, _) = address.split_once(':')?;
        self.protocols().iter().any(|entry| entry.name == word).then(|| word.to_owned())
    }
    fn default_protocol(&self) -> &'static str {
        "tcp"
    }
    fn check_address(&self, text: &str) -> Result<(), AddressProblem> {
        let (text, skipped) = match text.split_once(':') {
            Some(("tcp" | "udp" | "tls", rest)) => (rest, text.len() - rest.len()),
            Some(("unix" | "file", _)) => return Ok(()),
            _ => (text, 0),
        };
        if text.starts_with(['.', '/', '@']) {
            return Ok(());
        }
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host.len() + 1, port),
            None if digits(text) => (0, text),
            None => {
                return Err(AddressProblem { offset: skipped + text.len(), expected: "an address or port".to_owned() });
            }
        };
        if digits(port) && port.parse::<u16>().is_ok() {
            return Ok(());
        }
        Err(AddressProblem { offset: skipped + host, expected: "a port from 0 to 65535".to_owned() })
    }
    fn check_url(&self, text: &str) -> Result<(), AddressProblem> {
        if text.contains("://") { Ok(()) } else { Err(AddressProblem { offset: 0, expected: "a URL".to_owned() }) }
    }
}

/// A running shell with a session, a variable and a function.
pub(crate) struct Running;

impl Names for Running {
    fn has_session(&self, name: &str) -> bool {
        matches!(name, "srv" | "srv.1")
    }
    fn has_variable(&self, name: &str) -> bool {
        name == "greeting"
    }
    fn arity(&self, function: &str) -> Option<(usize, usize)> {
        (function == "greet").then_some((1, 2))
    }
    fn sessions(&self, prefix: &str, most: usize) -> Vec<String> {
        let all = ["srv", "srv.1"].into_iter();
        all.filter(|name| name.starts_with(prefix)).take(most).map(str::to_owned).collect()
    }
    fn variables(&self) -> Vec<String> {
        vec!["greeting".to_owned()]
    }
    fn functions(&self) -> Vec<String> {
        vec!["greet".to_owned()]
    }
    fn session_summary(&self, name: &str) -> String {
        if name == "srv" { "listen tcp 127.0.0.1:6666".to_owned() } else { String::new() }
    }
}
