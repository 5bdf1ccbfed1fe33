//! Topics: the closed sets of words that are no commands, for `help` and the reference.

use std::fmt::Write as _;

use super::command::MATCHES;
use super::settings::SETTINGS;
use super::vocabulary::Words;
use crate::language::signature::Signature;
use crate::language::vocabulary::{Entry, FunctionEntry};
use crate::language::{Vocabulary, usage};

/// A word of a topic.
#[derive(Debug, Clone)]
pub struct Word {
    /// The word that `help` knows it by.
    pub name: &'static str,
    /// How it is written.
    pub usage: String,
    /// What it means.
    pub summary: String,
}

/// A set of words.
#[derive(Debug)]
pub struct Topic {
    /// The word that `help` knows it by.
    pub name: &'static str,
    /// What its words are, in half a line.
    pub summary: &'static str,
    /// What one of its words is, in an error or in help: `a transport`.
    pub kind: &'static str,
    /// Its words.
    pub words: Vec<Word>,
}

/// Statements that are syntax, as they are written.
const CONTROL: &[(&str, &str, &str)] = &[
    ("let", "let NAME = EXPRESSION", "give a variable a value"),
    ("if", "if CONDITION { … } [else if CONDITION { … }]… [else { … }]", "run the first block whose condition holds"),
    ("for", "for NAME in LIST { … }", "run the block for each item; `FROM..TO` counts"),
    ("while", "while CONDITION { … }", "run the block as long as the condition holds"),
    ("repeat", "repeat N { … }", "run the block N times"),
    ("break", "break", "leave the loop"),
    ("continue", "continue", "go on with the loop's next turn"),
    ("def", "def NAME(A, B=DEFAULT) { … }", "define a function; `return VALUE` gives a value back"),
    ("return", "return [VALUE]", "leave a function or handler"),
    (
        "include",
        "include \"FILE.nsh\"",
        "run the statements of another script, which is checked together with this one",
    ),
    ("par", "par { … }", "run the statements of the block side by side until all have ended"),
    (
        "retry",
        "retry N [every D] { … }",
        "run the block until it holds, N times at most; what an attempt opened is closed before the next",
    ),
    (
        "test",
        "test \"NAME\" { … }",
        "a case: its failure is reported and the script goes on; the exit code is 3 if any failed",
    ),
    ("setup", "setup { … }", "what the tests of a script need: runs once, where it stands"),
    ("cleanup", "cleanup { … }", "runs at the end, whatever happens"),
    (
        "on",
        "on EVENT { … }",
        "in the block of a `listen` or `serve`: what to do when it happens to one of its connections",
    ),
];

/// How a run of `nsh` ends.
const CODES: &[(&str, &str)] = &[
    ("0", "all held"),
    ("1", "the network or the system refused"),
    ("2", "usage, or a script that does not parse or check"),
    ("3", "an expectation or assertion did not hold"),
    ("101", "a fault of nsh itself"),
    ("129", "ended by SIGHUP"),
    ("130", "ended by SIGINT: Ctrl-C"),
    ("141", "nobody read the output"),
    ("143", "ended by SIGTERM"),
];

/// What keys do at the prompt.
const KEYS: &[(&str, &str, &str)] = &[
    ("tab", "Tab", "complete the word; where there is a choice, list what may stand there"),
    ("right", "Right", "at the end of the line: take what is suggested in faint letters"),
    ("up", "Up, Down", "go through what was typed; through what begins alike if something stands in the line"),
    ("ctrl-r", "Ctrl-R", "search what was typed"),
    ("ctrl-c", "Ctrl-C", "give the line up, or interrupt the statement; sessions stay open"),
    (
        "ctrl-d",
        "Ctrl-D",
        "on an empty line: leave; a second one where sessions are open. On an empty line of a block: give it up",
    ),
    ("ctrl-z", "Ctrl-Z", "stop the shell; `fg` brings it back with its line"),
    ("ctrl-x", "Ctrl-X Ctrl-E", "go on with the line in your editor, which `VISUAL` or `EDITOR` names"),
    ("ctrl-]", "Ctrl-]", "return to the prompt from a session that has the terminal (`attach`)"),
    (
        "ctrl-a",
        "Ctrl-A, …",
        "move and delete as in other shells: also Ctrl-E, Ctrl-W, Ctrl-U, Ctrl-K, Ctrl-Y, Ctrl-L, Alt-B, Alt-F, Alt-D",
    ),
];

/// All topics, in the order of the reference.
pub fn all() -> Vec<Topic> {
    vec![
        Topic {
            name: "control",
            summary: "statements that are syntax",
            kind: "syntax",
            words: CONTROL.iter().map(|(name, usage, summary)| word(name, *usage, *summary)).collect(),
        },
        Topic {
            name: "matches",
            summary: "what `expect` may wait for",
            kind: "a match of `expect`",
            words: MATCHES.iter().map(|(name, usage, summary)| word(name, *usage, *summary)).collect(),
        },
        Topic {
            name: "transports",
            summary: "what carries a conversation",
            kind: "a transport",
            words: Words.protocols().iter().map(of_entry).collect(),
        },
        Topic {
            name: "stages",
            summary: "what serves connections, or stands between two",
            kind: "a stage",
            words: Words.stages().iter().map(|stage| of_signature(stage)).collect(),
        },
        Topic {
            name: "events",
            summary: "what `on` may answer in the block of a `listen`, and `request` in that of a `serve`",
            kind: "an event",
            words: Words.events().iter().map(|event| of_event(&event.signature, event.variables)).collect(),
        },
        Topic {
            name: "variables",
            summary: "what every handler block sees",
            kind: "a variable of handlers",
            words: Words.handler_variables().iter().map(|entry| dollar(entry, "$")).collect(),
        },
        Topic {
            name: "fields",
            summary: "what `$session.FIELD` may be",
            kind: "a field of a session",
            words: Words.fields().iter().map(|entry| dollar(entry, "$session.")).collect(),
        },
        Topic {
            name: "functions",
            summary: "what expressions may call",
            kind: "a function of expressions",
            words: Words.functions().iter().map(of_function).collect(),
        },
        Topic {
            name: "settings",
            summary: "what `set` changes",
            kind: "a setting",
            words: SETTINGS
                .iter()
                .map(|(name, values, default, summary)| {
                    word(name, format!("set {name} {values}"), format!("{summary} (default: {default})"))
                })
                .collect(),
        },
        Topic {
            name: "keys",
            summary: "what keys do at the prompt",
            kind: "a key of the prompt",
            words: KEYS.iter().map(|(name, usage, summary)| word(name, *usage, *summary)).collect(),
        },
        Topic {
            name: "codes",
            summary: "exit codes",
            kind: "an exit code",
            words: CODES.iter().map(|(code, summary)| word(code, *code, *summary)).collect(),
        },
    ]
}

/// The topic that lists the commands; it is none of [`all`], since they are more than words.
pub const COMMANDS: &str = "commands";

/// Every word that `help` knows but for the commands, with what it means.
pub fn words() -> impl Iterator<Item = (&'static str, String)> {
    let commands = (COMMANDS, "what each command does".to_owned());
    let all = all().into_iter().flat_map(|topic| {
        let words = topic.words.into_iter().map(|word| (word.name, word.summary));
        std::iter::once((topic.name, topic.summary.to_owned())).chain(words)
    });
    std::iter::once(commands).chain(all)
}

fn word(name: &'static str, usage: impl Into<String>, summary: impl Into<String>) -> Word {
    Word { name, usage: usage.into(), summary: summary.into() }
}

fn of_entry(entry: &Entry) -> Word {
    word(entry.name, entry.name, entry.summary)
}

fn dollar(entry: &Entry, before: &str) -> Word {
    word(entry.name, format!("{before}{}", entry.name), entry.summary)
}

fn of_signature(signature: &Signature) -> Word {
    word(signature.name, usage(signature), signature.summary)
}

fn of_function(function: &FunctionEntry) -> Word {
    word(function.name, format!("{}({})", function.name, function.parameters), function.summary)
}

fn of_event(signature: &Signature, variables: &[Entry]) -> Word {
    let mut summary = signature.summary.to_owned();
    for (at, variable) in variables.iter().enumerate() {
        let _ = write!(summary, "{} `${}`: {}", if at == 0 { ";" } else { "," }, variable.name, variable.summary);
    }
    word(signature.name, format!("on {} {{ … }}", usage(signature)), summary)
}
