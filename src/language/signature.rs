//! Signatures: what words a command, stage or event takes, as data that the parser, the checker,
//! completion, help and the reference all read.

/// What one word (or a short run of words) of a statement may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// This very word.
    Keyword(&'static str),
    /// One of several alternatives, each a sequence; the first that fits is taken.
    Choice(&'static [&'static [Shape]]),
    /// A payload: a quoted literal, `@file`, `$variable`, a call, or an expression in parentheses.
    Text,
    /// Any expression, operators included.
    Value,
    /// A whole number.
    Integer,
    /// A number with a unit of time: `250us 50ms 2s 1m 1h`.
    Duration,
    /// A count of bytes: `64k 1MiB`.
    Size,
    /// Bytes in a time: `10kB/s`.
    Rate,
    /// A share: `5%`, or a number between 0 and 1.
    Percent,
    /// `yes` or `no`.
    Boolean,
    /// `/regex/flags`.
    Regex,
    /// A transport's name.
    Protocol,
    /// One address: `6666`, `*:6666`, `[::1]:6666`, `./sock`, `udp:host:53`.
    Address,
    /// Where to connect: `HOST PORT`, an address, `$session`, or a URL.
    Endpoint,
    /// A URL with its scheme, or `$session`: `http://localhost:8080/path`.
    Url,
    /// Several addresses or masks joined by commas: `127.0.0.1,10.0.0.0/8`.
    Hosts,
    /// A host's name or address without a port.
    Host,
    /// Ports and ranges joined by commas: `22,80,8000-8100`.
    Ports,
    /// A file's path, bare or quoted.
    Path,
    /// A pattern of paths, bare or quoted: `/api/:id`, `/files/*rest`.
    Pattern,
    /// A text, bare or quoted: `example.org`, `"a text"`.
    Label,
    /// The name of a session that is there, `srv.1`, `srv.*`, or a `$variable` that holds one.
    Session,
    /// A name given to a new session.
    NewSession,
    /// A name given to a new variable, without `$`.
    NewVariable,
    /// The name of a variable that is there, without `$`.
    VariableName,
    /// Any bare word.
    Word,
    /// A word that help knows.
    Topic,
    /// Stages joined by `->` (or `to`), the last of which may be a handler.
    Pipeline,
    /// `->`, stages, `->`, then targets joined by commas.
    Route,
}

impl Shape {
    /// The words that it begins with, where it begins with fixed words.
    pub fn keywords(self) -> Vec<&'static str> {
        match self {
            Self::Keyword(word) => vec![word],
            Self::Choice(alternatives) => {
                alternatives.iter().filter_map(|shapes| shapes.first()).flat_map(|shape| shape.keywords()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// How often a parameter may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// Exactly once.
    One,
    /// At most once.
    Optional,
    /// Once or more, joined by this word.
    Joined(&'static str),
    /// Any number of times, one after the other.
    Many,
}

/// A positional parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its name in the signature line, upper case by convention of the reference: `ADDR`.
    pub name: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// How often it may stand.
    pub arity: Arity,
    /// What it means, in half a line.
    pub summary: &'static str,
}

/// How a trailing option is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionForm {
    /// `within 2s`
    Word,
    /// `mode=all`
    Assignment,
}

/// A trailing option; any order, each at most once unless `repeats`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionSpec {
    /// Its key, as written.
    pub key: &'static str,
    /// How it is written.
    pub form: OptionForm,
    /// What its value may be.
    pub shape: Shape,
    /// Whether it may be given more than once.
    pub repeats: bool,
    /// What holds when it is not given; empty when nothing does.
    pub default: &'static str,
    /// What it means, in half a line.
    pub summary: &'static str,
    /// The transports that have it; empty for an option that does not depend on the transport.
    pub of: &'static [&'static str],
}

/// What a statement does to the sessions, for the checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Opens a session, named by its `as` option, or by `prefix` and a number; it becomes current.
    Opens {
        /// First part of the name that is given when there is no `as`.
        prefix: &'static str,
        /// Whether the new session becomes the current one (a client does, a listener does not).
        current: bool,
    },
    /// Opens a session that is over with the statement and becomes the current one: an answer.
    Asks {
        /// First part of the name that is given when there is no `as`.
        prefix: &'static str,
    },
    /// Works on the labelled or current session.
    Uses,
    /// Works on the labelled or current session if there is one.
    MayUse,
    /// Ends the session that is labelled, named as an argument, or current.
    Ends,
    /// Makes the session that is named as an argument the current one.
    Switches,
    /// Concerns no session of its own.
    None,
}

/// An example that help shows and the tests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// A whole script of one or more lines that ends with success on any machine.
    pub script: &'static str,
    /// What it shows, in half a line.
    pub shows: &'static str,
}

/// Everything the language knows of a command, a stage or an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signature {
    /// The word it is called by.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// The positional parameters, in order.
    pub parameters: &'static [Parameter],
    /// The trailing options.
    pub options: &'static [OptionSpec],
    /// Whether a block of `on EVENT { … }` may follow.
    pub handlers: bool,
    /// What it does to the sessions.
    pub effect: Effect,
}

impl Signature {
    /// The words that may stand where a parameter is left out: those of the parameter behind it.
    pub fn instead_of(&self, parameter: &str) -> Vec<&'static str> {
        let at = self.parameters.iter().position(|own| own.name == parameter && own.arity == Arity::Optional);
        let behind = at.and_then(|at| self.parameters.get(at + 1));
        behind.map(|behind| behind.shape.keywords()).unwrap_or_default()
    }

    /// The option of that key, if there is one.
    pub fn option(&self, key: &str) -> Option<&'static OptionSpec> {
        self.options.iter().find(|option| option.key == key)
    }
}
