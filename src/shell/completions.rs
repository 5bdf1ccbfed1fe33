//! Completion on a Unix command line: scripts for shells, which ask `nsh complete` for the words.

use std::ffi::OsString;

use clap::CommandFactory;

use super::arguments::{Arguments, Shell};
use super::doc::print;
use super::source::Unreadable;
use super::status::Status;
use crate::engine::{Engine, topic};
use crate::language::vocabulary::NoNames;
use crate::language::{self, Candidate};

const BASH: &str = include_str!("completions/nsh.bash");
const ZSH: &str = include_str!("completions/nsh.zsh");
const FISH: &str = include_str!("completions/nsh.fish");

/// `nsh completions SHELL`: the script for that shell.
pub(crate) fn run(shell: Shell) -> Result<Status, Unreadable> {
    print(match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    })
}

/// `nsh complete -- WORD…`: what may stand for the last word, one a line with what it means behind a tab. Nothing
/// where a file is meant.
pub(crate) fn complete(words: Vec<OsString>) -> Result<Status, Unreadable> {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let found = words.split_last().map(|(last, before)| candidates(before, last)).unwrap_or_default();
    let lines: Vec<String> = found.iter().map(|(word, meaning)| format!("{word}\t{meaning}\n")).collect();
    print(&lines.concat())
}

/// The words that begin with `typed` behind `before`, with what they mean.
fn candidates(before: &[String], typed: &str) -> Vec<(String, String)> {
    let program = Arguments::command();
    let options = options(&program, before);
    if let Some(option) = before.last().and_then(|last| valued(&program, last))
        && options > before.len()
    {
        return begun(typed, values(option));
    }
    let (options, rest) = before.split_at(options);
    match rest.first().map(String::as_str) {
        _ if options.iter().any(|option| option == "-c") => Vec::new(),
        None if typed.starts_with('-') => begun(typed, long_options(&program)),
        None => begun(typed, first_words(&program)),
        Some("help") => begun(typed, told_of()),
        Some(word) => match program.find_subcommand(word) {
            Some(subcommand) if typed.starts_with('-') => begun(typed, long_options(subcommand)),
            Some(subcommand) => {
                let argument = subcommand.get_positionals().nth(rest.len() - 1);
                begun(typed, argument.map(values).unwrap_or_default())
            }
            None => of_statement(rest, typed),
        },
    }
}

/// How many of `words` are options and their values, up to the first that is neither; one more than there are where a
/// value is still to come.
fn options(program: &clap::Command, words: &[String]) -> usize {
    let mut count = 0;
    while let Some(word) = words.get(count).filter(|word| word.starts_with('-')) {
        count += if valued(program, word).is_some() { 2 } else { 1 };
    }
    count
}

/// The option that is written so, if the word behind it is its value.
fn valued<'p>(program: &'p clap::Command, written: &str) -> Option<&'p clap::Arg> {
    let is_written = |option: &clap::Arg| match written.strip_prefix("--") {
        Some(name) => option.get_long() == Some(name),
        None => option.get_short().is_some_and(|letter| written.strip_prefix('-') == Some(&letter.to_string())),
    };
    program.get_arguments().find(|option| option.get_action().takes_values() && is_written(option))
}

/// The values that an option or argument may have, where those are words; nothing where it is a file.
fn values(argument: &clap::Arg) -> Vec<(String, String)> {
    let values = argument.get_possible_values();
    let meaning = |value: &clap::builder::PossibleValue| value.get_help().map(ToString::to_string).unwrap_or_default();
    values.iter().map(|value| (value.get_name().to_owned(), meaning(value))).collect()
}

fn long_options(program: &clap::Command) -> Vec<(String, String)> {
    let named = program.get_arguments().filter_map(|argument| {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        Some((format!("--{}", argument.get_long()?), help))
    });
    named.chain(["--help", "--version"].map(|option| (option.to_owned(), String::new()))).collect()
}

/// The subcommands, and the statements whose name is none of theirs.
fn first_words(program: &clap::Command) -> Vec<(String, String)> {
    let subcommands = program.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    let about = |text: Option<&clap::builder::StyledStr>| text.map(ToString::to_string).unwrap_or_default();
    let subcommands = subcommands.map(|subcommand| (subcommand.get_name().to_owned(), about(subcommand.get_about())));
    let statements = Engine::vocabulary().commands().iter();
    let statements = statements.filter(|command| program.find_subcommand(command.name).is_none());
    subcommands.chain(statements.map(|command| (command.name.to_owned(), command.summary.to_owned()))).collect()
}

/// What `help` knows.
fn told_of() -> Vec<(String, String)> {
    let commands = Engine::vocabulary().commands().iter();
    let mut words: Vec<_> = commands.map(|command| (command.name.to_owned(), command.summary.to_owned())).collect();
    words.extend(topic::words().map(|(name, summary)| (name.to_owned(), summary)));
    words.sort();
    words.dedup_by(|one, other| one.0 == other.0);
    words
}

fn begun(typed: &str, mut words: Vec<(String, String)>) -> Vec<(String, String)> {
    words.retain(|(word, _)| word.starts_with(typed));
    words
}

/// What may stand for the last word of a statement.
fn of_statement(before: &[String], typed: &str) -> Vec<(String, String)> {
    let start = language::join_arguments(before) + " ";
    let line = format!("{start}{typed}");
    let completion = language::complete(&line, line.len(), Engine::vocabulary(), &NoNames);
    // What stands between the beginning of the word and the place that is completed stays.
    let Some(kept) = line.get(start.len()..completion.start.max(start.len())) else { return Vec::new() };
    let word = |candidate: &Candidate| (format!("{kept}{}", to_arrow(&candidate.text)), candidate.summary.clone());
    completion.candidates.iter().map(word).collect()
}

/// `->` as a Unix shell leaves it alone.
fn to_arrow(word: &str) -> &str {
    if word == "->" { "to" } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (last, before) = words.split_last().expect("a word");
        candidates(before, last).into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn subcommands_and_statements_come_first() {
        assert_eq!(
            words("re"),
            ["record", "report", "relay", "reply", "recv", "reset", "resolve", "replay", "release"]
        );
        assert_eq!(words("che"), ["check"]);
        assert_eq!(words("--no"), ["--no-rc"]);
        assert_eq!(words("--color "), ["auto", "always", "never"]);
        assert_eq!(words("--color never che"), ["check"]);
        assert_eq!(words("--language "), ["en", "fr"]);
        assert_eq!(words("--tls-secrets che"), ["check"]);
        assert_eq!(words("completions "), ["bash", "zsh", "fish"]);
        assert_eq!(words("--tl"), ["--tls-secrets"]);
        assert_eq!(words("record --ty"), ["--typing"]);
    }

    #[test]
    fn statements_are_completed_by_their_grammar() {
        assert_eq!(words("listen ud"), ["udp"]);
        assert_eq!(words("-q listen tcp 6666 ec"), ["echo"]);
        assert_eq!(words("listen tcp 6666 full=re"), ["full=refuse"]);
        assert!(words("relay 12000 ").contains(&"to".to_owned()));
        assert_eq!(words("help sett"), ["settings"]);
    }

    #[test]
    fn files_are_the_shells() {
        for line in ["run ", "check la", "-c ", "run lab.nsh x", "--log "] {
            assert!(words(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_value_is_no_statement() {
        let program = Arguments::command();
        let valued = program.get_arguments().filter(|option| option.get_action().takes_values());
        let options: Vec<String> = valued.filter_map(|option| Some(format!("--{}", option.get_long()?))).collect();
        for option in ["--log", "--pcap", "--report", "--language", "--color"] {
            assert!(options.iter().any(|known| known == option), "{option}");
        }
        for option in options {
            assert_eq!(words(&format!("{option} run che")), ["check"], "{option}");
            assert_eq!(words(&format!("{option}=run che")), ["check"], "{option}");
        }
    }
}
