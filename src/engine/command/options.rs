//! Options that several commands share: their descriptions, and how they are read.

use super::address;
use crate::engine::attach::{Direction, EndOfInput, JoinOptions, Record};
use crate::engine::console::Manner;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::session::LineEnding;
use crate::language::signature::{Arity, OptionForm, OptionSpec, Parameter, Shape};
use crate::net::access::{Access, Network};
use crate::net::transport::Family;

/// A parameter that must stand.
pub(super) const fn one(name: &'static str, shape: Shape, summary: &'static str) -> Parameter {
    Parameter { name, shape, arity: Arity::One, summary }
}

/// A parameter that may stand.
pub(super) const fn maybe(name: &'static str, shape: Shape, summary: &'static str) -> Parameter {
    Parameter { name, shape, arity: Arity::Optional, summary }
}

/// `key value`
pub(super) const fn word(key: &'static str, shape: Shape, default: &'static str, summary: &'static str) -> OptionSpec {
    OptionSpec { key, form: OptionForm::Word, shape, repeats: false, default, summary, of: &[] }
}

/// `key=value`
pub(super) const fn setting(
    key: &'static str,
    shape: Shape,
    default: &'static str,
    summary: &'static str,
) -> OptionSpec {
    OptionSpec { key, form: OptionForm::Assignment, shape, repeats: false, default, summary, of: &[] }
}

/// `key=value`, any number of times
pub(super) const fn settings(
    key: &'static str,
    shape: Shape,
    default: &'static str,
    summary: &'static str,
) -> OptionSpec {
    OptionSpec { key, form: OptionForm::Assignment, shape, repeats: true, default, summary, of: &[] }
}

/// A closed set of words.
macro_rules! words {
    ($($word:literal),+) => {
        crate::language::signature::Shape::Choice(&[$(&[crate::language::signature::Shape::Keyword($word)]),+])
    };
}
pub(super) use words;

/// `as NAME`
pub(super) const AS: OptionSpec =
    word("as", Shape::NewSession, "the transport's name and a number", "the session's name");
/// `ip=4|6|both`
pub(super) const IP: OptionSpec = setting("ip", words!("4", "6", "both"), "both", "which versions of IP");
/// `idle=D`
pub(super) const IDLE: OptionSpec =
    setting("idle", Shape::Duration, "never", "end a conversation when nothing moved for so long");
/// `eol=lf|crlf`
pub(super) const EOL: OptionSpec = setting("eol", words!("lf", "crlf"), "lf", "what ends the lines that are sent");
/// `allow=HOSTS`
pub(super) const ALLOW: OptionSpec = settings(
    "allow",
    Shape::Hosts,
    "everybody",
    "who may connect: hosts, NET/BITS, NET/MASK, or @file with one a word",
);
/// `deny=HOSTS`
pub(super) const DENY: OptionSpec = settings("deny", Shape::Hosts, "nobody", "who may not, even if allowed");

/// How a session is joined to the terminal.
pub(super) const JOIN: [OptionSpec; 9] = [
    setting("eof", words!("shutdown", "keep", "close"), "shutdown", "what the end of the input does to the connection"),
    setting("quit", Shape::Duration, "never; 1s for datagrams", "leave so long after the end of the input"),
    setting("stay", Shape::Boolean, "no", "go on when the peer has finished"),
    setting("only", words!("send", "recv"), "both", "the one direction in which bytes go"),
    setting("escape", Shape::Text, "none", "a byte that ends the input"),
    setting(
        "empty",
        words!("ignore", "end"),
        "ignore",
        "what an empty datagram does; with `end` the end of the input sends one",
    ),
    setting("log", Shape::Path, "none", "write the bytes of both directions to a file"),
    setting("dump", Shape::Path, "none", "write a hex dump of both directions to a file"),
    setting("append", Shape::Boolean, "no", "append to such a file instead of truncating it"),
];

/// The options of a statement that may join its session to the terminal: its own, and those of [`JOIN`].
pub(super) const fn with_join<const OWN: usize, const ALL: usize>(own: [OptionSpec; OWN]) -> [OptionSpec; ALL] {
    assert!(ALL == OWN + JOIN.len(), "all are the own ones and those of a join");
    let mut all = [JOIN[0]; ALL];
    let mut index = 0;
    while index < ALL {
        all[index] = if index < OWN { own[index] } else { JOIN[index - OWN] };
        index += 1;
    }
    all
}

/// Reads `ip=`.
pub(super) fn family(invocation: &Invocation<'_>) -> Family {
    match invocation.option_text("ip").as_deref() {
        Some("4") => Family::V4,
        Some("6") => Family::V6,
        _ => Family::Both,
    }
}

/// Reads `eol=`.
pub(super) fn line_ending(evaluator: &Evaluator, invocation: &Invocation<'_>) -> LineEnding {
    match invocation.option_text("eol").as_deref() {
        Some("crlf") => LineEnding::Crlf,
        Some(_) => LineEnding::Lf,
        None => lock(&evaluator.shared().settings).line_ending,
    }
}

/// Reads `allow=` and `deny=`.
pub(super) async fn access(invocation: &Invocation<'_>) -> Result<Access, Problem> {
    Ok(Access { allow: networks(invocation, "allow").await?, deny: networks(invocation, "deny").await? })
}

async fn networks(invocation: &Invocation<'_>, key: &str) -> Result<Vec<Network>, Problem> {
    let mut networks = Vec::new();
    for (given, span) in invocation.options(key) {
        let mut text = given.text();
        if let Some(path) = text.strip_prefix('@') {
            text = address::read_words(path).await.map_err(|problem| problem.at(span))?;
        }
        for word in
            text.split(|character: char| character.is_whitespace() || character == ',').filter(|word| !word.is_empty())
        {
            let wrong =
                |expected| Problem::usage(format!("`{word}` is no host or network: expected {expected}")).at(span);
            networks.extend(Network::parse(word).await.map_err(wrong)?);
        }
        if networks.is_empty() {
            return Err(Problem::usage(format!("`{key}` names nobody")).at(span));
        }
    }
    Ok(networks)
}

/// Reads the options that join a session to the console, of a statement that does so only where it is the whole
/// command line.
pub(super) fn join_if(joins: bool, invocation: &Invocation<'_>) -> Result<JoinOptions, Problem> {
    let given = JOIN.iter().find_map(|option| Some((option.key, invocation.option(option.key)?.1)));
    match given {
        Some((key, span)) if !joins => {
            Err(Problem::usage(format!("`{key}` is for a session that is joined to the terminal"))
                .at(span)
                .hint(format!("give it to `attach`: `attach NAME {key}=…`")))
        }
        _ => join(invocation),
    }
}

/// Reads the options that join a session to the console.
pub(super) fn join(invocation: &Invocation<'_>) -> Result<JoinOptions, Problem> {
    let append = invocation.flag("append", false)?;
    let mut records = Vec::new();
    for (key, hex) in [("log", false), ("dump", true)] {
        if let Some((given, span)) = invocation.option(key) {
            let path = crate::engine::evaluator::path(&given.text());
            let failed = |error: std::io::Error| {
                Problem::refused(format!("cannot write `{}`: {}", path.display(), crate::net::error::describe(&error)))
                    .at(span)
            };
            records.push(Record::create(&path, append, hex).map_err(failed)?);
        }
    }
    let escape = match invocation.option("escape") {
        None => None,
        Some((given, span)) => match given.value().to_bytes()[..] {
            [byte] => Some(byte),
            _ => {
                return Err(Problem::usage("`escape` is one byte").at(span).hint("write `escape=x\"1b\"`"));
            }
        },
    };
    Ok(JoinOptions {
        end_of_input: match invocation.option_text("eof").as_deref() {
            Some("keep") => EndOfInput::Keep,
            Some("close") => EndOfInput::Close,
            _ => EndOfInput::Shutdown,
        },
        quit: invocation.duration("quit")?,
        stay: invocation.flag("stay", false)?,
        only: match invocation.option_text("only").as_deref() {
            Some("send") => Some(Direction::Send),
            Some("recv") => Some(Direction::Receive),
            _ => None,
        },
        escape,
        empty_ends: invocation.option_text("empty").as_deref() == Some("end"),
        records,
        manner: Manner::Lines,
    })
}
