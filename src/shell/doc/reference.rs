//! The reference: every word there is, as Markdown.

use std::fmt::Write as _;

use crate::engine::Engine;
use crate::engine::command::{self, Command, Purpose};
use crate::engine::topic::{self, Topic};
use crate::language::signature::{Arity, Example, OptionForm, Signature};
use crate::language::usage;

const HEAD: &str = "\
# Reference

Every word that nsh knows, written by `nsh doc reference` from what the program itself reads. How they go together is
told in [language.md](language.md); `nsh help WORD` says the same at the prompt. In what follows `[…]` may be left out, `…`
may be repeated, and words in capitals stand for what is meant by them.
";

/// The whole reference.
pub(super) fn text() -> String {
    let mut text = HEAD.to_owned();
    let topics = topic::all();
    let _ = writeln!(text, "\n- [Commands](#commands)");
    for topic in &topics {
        let _ = writeln!(text, "- [{}](#{}): {}", capital(topic.name), topic.name, topic.summary);
    }
    text.push_str("\n## Commands\n");
    for purpose in Purpose::ALL {
        let of_purpose = command::all().iter().filter(|command| command.purpose == purpose);
        let names: Vec<String> = of_purpose.clone().map(|command| link(command.signature.name)).collect();
        let _ = writeln!(text, "\n{}: {}", purpose.title(), names.join(", "));
    }
    for command in command::all() {
        of_command(command, &mut text);
    }
    for topic in &topics {
        of_topic(topic, &mut text);
    }
    text
}

fn link(name: &str) -> String {
    format!("[`{name}`](#{name})")
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn of_command(command: &Command, text: &mut String) {
    of_signature(&command.signature, text);
    if !command.details.is_empty() {
        let _ = writeln!(text, "\n{}", command.details);
    }
    for Example { script, shows } in command.examples {
        let _ = writeln!(text, "\n{}:\n\n```\n{script}\n```", capital(shows));
    }
}

/// A heading, the usage, and what each word of it means.
fn of_signature(signature: &Signature, text: &mut String) {
    let _ = writeln!(
        text,
        "\n### `{}`\n\n{}\n\n```\n{}\n```",
        signature.name,
        capital(signature.summary),
        usage(signature)
    );
    if !signature.parameters.is_empty() || !signature.options.is_empty() {
        text.push_str("\n| word | meaning | default |\n| --- | --- | --- |\n");
    }
    for parameter in signature.parameters {
        let default = if parameter.arity == Arity::Optional { "may be left out" } else { "" };
        row(parameter.name, parameter.summary, default, text);
    }
    for option in signature.options {
        let sign = if option.form == OptionForm::Assignment { "=" } else { "" };
        row(&format!("{}{sign}", option.key), option.summary, option.default, text);
    }
}

fn row(word: &str, meaning: &str, default: &str, text: &mut String) {
    let cell = |content: &str| content.replace('|', "\\|");
    let _ = writeln!(text, "| `{}` | {} | {} |", cell(word), cell(meaning), cell(default));
}

fn of_topic(topic: &Topic, text: &mut String) {
    let _ = writeln!(text, "\n## {}\n\n{}.", capital(topic.name), capital(topic.summary));
    if topic.name == "stages" {
        return Engine::vocabulary().stages().iter().for_each(|stage| of_signature(stage, text));
    }
    text.push_str("\n| word | meaning |\n| --- | --- |\n");
    for word in &topic.words {
        let cell = |content: &str| content.replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | {} |", cell(&word.usage), cell(&word.summary));
    }
}
