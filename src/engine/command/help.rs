//! `help`: what there is, and what a word means.

use std::fmt::Write;

use super::options;
use super::{Command, Purpose};
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{Report, What};
use crate::engine::fault::Problem;
use crate::engine::topic::{self, Topic, Word};
use crate::engine::vocabulary::Words;
use crate::language::signature::{Arity, Effect, Example, Shape, Signature};
use crate::language::{Vocabulary, nearest, usage};
use crate::net::transport::{self, End, Transport};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "help",
        summary: "tell what there is, or everything about a word",
        parameters: &[options::maybe("WORD", Shape::Topic, "a command, a stage, a setting, … or a topic")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Looking,
    details: "",
    examples: &[
        Example { script: "help expect", shows: "a command" },
        Example { script: "help", shows: "an overview" },
        Example { script: "help settings", shows: "a topic" },
        Example { script: "help commands", shows: "what each command does" },
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

/// What there is, on one screen: the commands by purpose, then the words of the topics that a line may be made of.
fn overview() -> String {
    let mut rows: Vec<(&str, Vec<&str>)> = Purpose::ALL
        .iter()
        .map(|purpose| {
            (
                purpose.title().split(' ').next().unwrap_or_default(),
                of_purpose(*purpose).map(|command| command.signature.name).collect(),
            )
        })
        .collect();
    let topics = topic::all();
    for topic in topics.iter().filter(|topic| matches!(topic.name, "transports" | "stages" | "control")) {
        rows.push((topic.name, topic.words.iter().map(|word| word.name).collect()));
    }
    rows.push(("topics", std::iter::once(topic::COMMANDS).chain(topics.iter().map(|topic| topic.name)).collect()));
    let mut text = String::from("Try `listen tcp 6666 echo`, `connect localhost 6666`, `sendln \"hello\"`.\n\n");
    for (heading, words) in rows {
        let _ = writeln!(text, "{heading:<11} {}", words.join(" "));
    }
    let _ =
        writeln!(text, "\n`help WORD` tells all about a word; see also `help {}` and `help keys`.", topic::COMMANDS);
    text
}

fn of_purpose(purpose: Purpose) -> impl Iterator<Item = &'static Command> {
    super::all().iter().copied().filter(move |command| command.purpose == purpose)
}

/// The commands by purpose, each with what it does.
fn commands() -> String {
    let of = |purpose: Purpose| {
        let mut text = format!("{}\n", purpose.title());
        for command in of_purpose(purpose) {
            let _ = writeln!(text, "  {:<10} {}", command.signature.name, command.signature.summary);
        }
        text
    };
    Purpose::ALL.map(of).join("\n")
}

/// Everything about a word, in each of its meanings.
fn about(word: &str) -> Result<String, Problem> {
    let topics = topic::all();
    let mut meanings = Vec::new();
    meanings.extend(super::find(word).map(of_command));
    meanings.extend(Words.stages().iter().find(|stage| stage.name == word).map(|stage| of_signature(stage)));
    meanings.extend(transport::find(word).map(of_transport));
    for topic in topics.iter().filter(|topic| !matches!(topic.name, "stages" | "transports")) {
        let meant = topic.words.iter().filter(|meant| meant.name == word);
        meanings.extend(meant.map(|meant| format!("{}  ({})\n  {}\n", meant.usage, topic.kind, meant.summary)));
    }
    let more = |topic: &&Topic| topic.name == word || (word == "on" && matches!(topic.name, "events" | "variables"));
    meanings.extend(topics.iter().filter(more).map(of_topic));
    meanings.extend((word == topic::COMMANDS).then(commands));
    if !meanings.is_empty() {
        return Ok(meanings.join("\n"));
    }
    let words = topic::words().map(|(name, _)| name);
    let all = super::all().iter().map(|command| command.signature.name).chain(words);
    let problem = Problem::usage(format!("there is nothing called `{word}`"));
    Err(match nearest(word, all) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("`help` lists what there is"),
    })
}

/// How wide what a word of a topic is written as may be, for its meaning to stand beside it.
const WIDEST: usize = 28;

/// The words of a topic, each with what it means beside it, or under it where it is long.
fn of_topic(topic: &Topic) -> String {
    // A stage has many options; its own help has them.
    let written = |word: &Word| if topic.name == "stages" { word.name.to_owned() } else { word.usage.clone() };
    let widths = topic.words.iter().map(|word| written(word).chars().count());
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or_default();
    let mut text = format!("{}: {}\n", topic.name, topic.summary);
    for word in &topic.words {
        let written = written(word);
        if written.chars().count() > WIDEST {
            let _ = writeln!(text, "  {written}\n  {:width$}  {}", "", word.summary);
        } else {
            let _ = writeln!(text, "  {written:width$}  {}", word.summary);
        }
    }
    text
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
        let _ = writeln!(text, "\n{}", filled(command.details));
    }
    for example in command.examples {
        let _ = writeln!(text, "\nExample: {}", example.shows);
        for line in example.script.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// How wide a paragraph is, its indentation included, in columns.
const COLUMNS: usize = 78;

/// A paragraph, indented.
fn filled(paragraph: &str) -> String {
    let mut text = String::new();
    let mut column = COLUMNS;
    for word in paragraph.split_whitespace() {
        let width = 1 + word.chars().count();
        if column + width > COLUMNS {
            text.push_str(if text.is_empty() { " " } else { "\n " });
            column = 1;
        }
        text.push(' ');
        text.push_str(word);
        column += width;
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
