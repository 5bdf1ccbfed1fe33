//! `help`: what there is, and what a word means.

use std::fmt::Write;

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::engine::function;
use crate::engine::vocabulary::Words;
use crate::language::signature::{Arity, Effect, Example, Shape, Signature};
use crate::language::vocabulary::EventEntry;
use crate::language::{Vocabulary, nearest, usage};
use crate::net::transport::{self, End, Transport};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "help",
        summary: "tell what there is, or everything about a word",
        parameters: &[options::maybe("WORD", Shape::Word, "a command, stage, function or transport")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "",
    examples: &[
        Example { script: "help expect", shows: "a command" },
        Example { script: "help", shows: "an overview" },
    ],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let text = match invocation.get("WORD") {
        None => overview(),
        Some((given, span)) => about(&given.text()).map_err(|problem| problem.at(span))?,
    };
    evaluator.emit(None, What::Report(Report::Text(text.trim_end().to_owned())));
    Ok(())
}

/// The commands by purpose, then the other words.
fn overview() -> String {
    let mut text = String::new();
    let purposes = [
        (Purpose::Opening, "Opening and ending"),
        (Purpose::Talking, "Talking"),
        (Purpose::Looking, "Looking"),
        (Purpose::Steering, "Scripts"),
    ];
    for (purpose, title) in purposes {
        let _ = writeln!(text, "{title}");
        for command in super::all().iter().filter(|command| command.purpose == purpose) {
            let _ = writeln!(text, "  {:<10} {}", command.signature.name, command.signature.summary);
        }
        text.push('\n');
    }
    let words = |names: Vec<&str>| names.join(" ");
    let _ = writeln!(text, "Transports   {}", words(Words.protocols().iter().map(|entry| entry.name).collect()));
    let _ = writeln!(text, "Stages       {}", words(Words.stages().iter().map(|stage| stage.name).collect()));
    let _ = writeln!(text, "Functions    {}", words(function::all().map(|function| function.entry.name).collect()));
    let _ = writeln!(
        text,
        "Control      let if for while repeat def return include par retry test setup cleanup break continue on"
    );
    let _ = writeln!(text, "\n`help WORD` tells everything about one of them.");
    text
}

/// Everything about a word, in each of its meanings.
fn about(word: &str) -> Result<String, Problem> {
    let mut meanings = Vec::new();
    meanings.extend(super::find(word).map(of_command));
    meanings.extend(Words.stages().iter().find(|stage| stage.name == word).map(|stage| of_signature(stage)));
    meanings.extend(function::find(word).map(|function| {
        format!("{word}({})  (a function of expressions)\n  {}\n", function.entry.parameters, function.entry.summary)
    }));
    meanings.extend(transport::find(word).map(of_transport));
    meanings.extend(CONTROL.iter().find(|(name, _)| *name == word).map(|(_, text)| format!("{text}\n")));
    meanings.extend(Words.events().iter().find(|event| event.signature.name == word).map(of_event));
    if word == "on" {
        meanings.extend(Words.events().iter().map(of_event));
        let variables =
            Words.handler_variables().iter().map(|entry| format!("  ${:<10} {}\n", entry.name, entry.summary));
        meanings.push(format!("in every handler\n{}", variables.collect::<String>()));
    }
    if !meanings.is_empty() {
        return Ok(meanings.join("\n"));
    }
    let commands = super::all().iter().map(|command| command.signature.name);
    let others =
        Words.stages().iter().map(|stage| stage.name).chain(function::all().map(|function| function.entry.name));
    let all = commands.chain(others).chain(CONTROL.iter().map(|(name, _)| *name));
    let problem = Problem::usage(format!("there is nothing called `{word}`"));
    Err(match nearest(word, all) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("`help` lists what there is"),
    })
}

/// The statements that are syntax.
const CONTROL: &[(&str, &str)] = &[
    ("let", "let NAME = EXPRESSION\n  give a variable a value"),
    ("if", "if CONDITION { … } else if CONDITION { … } else { … }\n  run the first block whose condition holds"),
    ("for", "for NAME in LIST { … }\n  run the block for each item; FROM..TO counts"),
    ("while", "while CONDITION { … }\n  run the block as long as the condition holds"),
    ("repeat", "repeat N { … }\n  run the block N times"),
    ("def", "def NAME(A, B=DEFAULT) { … }\n  define a function; `return VALUE` gives a value back"),
    ("return", "return [VALUE]\n  leave a function or handler"),
    ("include", "include \"FILE.nsh\"\n  run the statements of another script"),
    ("par", "par { … }\n  run the statements of the block side by side until all have ended"),
    (
        "retry",
        "retry N [every D] { … }\n  run the block until it holds, N times at most; what an attempt opened is closed before the next",
    ),
    (
        "test",
        "test \"NAME\" { … }\n  a case: its failure is reported and the script goes on; the exit code is 3 if any failed",
    ),
    ("setup", "setup { … }\n  what the tests of a script need: runs once, where it stands"),
    ("cleanup", "cleanup { … }\n  runs at the end, whatever happens"),
    (
        "on",
        "on EVENT { … }\n  in the block of a `listen` or `serve`: what to do when it happens to one of its connections",
    ),
    ("break", "break\n  leave the loop"),
    ("continue", "continue\n  go on with the loop's next turn"),
];

fn of_event(event: &EventEntry) -> String {
    let variables = event.variables.iter().map(|entry| format!("  ${:<10} {}\n", entry.name, entry.summary));
    let of = event.commands.join(", ");
    format!(
        "on {} {{ … }}  (of {of})\n  {}\n{}",
        usage(&event.signature),
        event.signature.summary,
        variables.collect::<String>()
    )
}

fn of_transport(transport: &dyn Transport) -> String {
    let mut text = format!("{}  (a transport)\n  {}\n", transport.name(), transport.summary());
    let settings = transport.settings();
    for (end, heading) in [
        (End::Both, "\nOptions where it listens or connects\n"),
        (End::Listener, "\nOptions where it listens\n"),
        (End::Client, "\nOptions where it connects\n"),
    ] {
        let mut options = settings.iter().filter(|setting| setting.end == end).peekable();
        if options.peek().is_some() {
            text.push_str(heading);
        }
        for setting in options {
            let _ = writeln!(text, "  {:<12} {}", setting.key, or_default(setting.summary, setting.default));
        }
    }
    let fields = transport.fields();
    if !fields.is_empty() {
        text.push_str("\nFields\n");
    }
    for (name, summary) in fields {
        let _ = writeln!(text, "  {name:<12} {summary}");
    }
    text
}

fn of_command(command: &Command) -> String {
    let mut text = of_signature(&command.signature);
    if !command.details.is_empty() {
        let _ = writeln!(text, "\n  {}", command.details);
    }
    for example in command.examples {
        let _ = writeln!(text, "\nExample: {}", example.shows);
        for line in example.script.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn of_signature(signature: &Signature) -> String {
    let mut text = format!("{}\n  {}\n", usage(signature), signature.summary);
    if !signature.parameters.is_empty() {
        text.push('\n');
    }
    for parameter in signature.parameters {
        let optional = if matches!(parameter.arity, Arity::Optional) { " (may be left out)" } else { "" };
        let _ = writeln!(text, "  {:<12} {}{optional}", parameter.name, parameter.summary);
    }
    if !signature.options.is_empty() {
        text.push_str("\nOptions\n");
    }
    for option in signature.options {
        let _ = writeln!(text, "  {:<12} {}", option.key, or_default(option.summary, option.default));
    }
    text
}

/// What an option means, and what holds without it.
fn or_default(summary: &str, default: &str) -> String {
    if default.is_empty() { summary.to_owned() } else { format!("{summary} (default: {default})") }
}
