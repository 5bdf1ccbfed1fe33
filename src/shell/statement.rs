//! One statement on the Unix command line, joined to the standard streams: nsh as netcat.

use std::ffi::OsString;
use std::io::IsTerminal;

use super::arguments::{Globals, SUBCOMMANDS};
use super::script::Threads;
use super::source::{self, Unreadable};
use super::status::Status;
use crate::engine::{Config, Engine, Rejection};
use crate::language::{self, Diagnostic, Source};

/// What errors call the command line.
const NAME: &str = "command line";

/// Runs the statement that `words` are.
pub(crate) fn run(globals: &Globals, words: Vec<OsString>) -> Result<Status, Unreadable> {
    let words = source::words(words)?;
    if let Some(diagnostic) = redirected(&words, std::io::stdout().is_terminal()) {
        return Err(Unreadable::new(diagnostic, Status::USAGE));
    }
    let text = language::join_arguments(&words);
    let mut stage = super::stage(globals, Config { netcat: true, ..Config::default() }, NAME, threads(&words))?;
    match stage.load(Source::new(NAME, text.clone())) {
        Ok(program) => {
            let status = stage.perform(&program);
            Ok(stage.close(status))
        }
        Err(rejection) => {
            match unknown(&text, &rejection) {
                Some(diagnostic) => stage.complain(&diagnostic, &Source::new(NAME, text)),
                None => stage.reject(&rejection),
            }
            Ok(Status::USAGE)
        }
    }
}

/// Many threads for a web server of files; the blocks of a script run one after the other.
fn threads(words: &[String]) -> Threads {
    let serves = words.first().is_some_and(|word| word.split_whitespace().next() == Some("serve"));
    if serves && words.iter().all(|word| !word.contains('{')) { Threads::Many } else { Threads::One }
}

/// The Unix shell took `> 13000` of `relay 12000 -> 13000` for itself: what is left ends in a lone `-`.
fn redirected(words: &[String], output_is_terminal: bool) -> Option<Diagnostic> {
    let (last, rest) = words.split_last()?;
    if last != "-" || rest.is_empty() || output_is_terminal {
        return None;
    }
    let rest = rest.join(" ");
    Some(
        Diagnostic::error("the statement ends in `-`: your shell took the `>` of `->` for a redirection")
            .hint(format!("`to` says the same: `nsh {rest} to …`"))
            .hint(format!("or quote the statement: `nsh '{rest} -> …'`")),
    )
}

/// A first word that is neither a subcommand nor begins a statement.
fn unknown(text: &str, rejection: &Rejection) -> Option<Diagnostic> {
    let word = text.split_whitespace().next()?;
    let commands = Engine::vocabulary().commands();
    if commands.iter().any(|command| command.name == word) {
        return None;
    }
    let start = text.len() - text.trim_start().len();
    let at_fault = rejection
        .findings
        .iter()
        .any(|(_, finding)| finding.span.is_some_and(|span| span.start == start && span.end <= start + word.len()));
    if !at_fault {
        return None;
    }
    let words = commands.iter().map(|command| command.name).chain(SUBCOMMANDS);
    let diagnostic = Diagnostic::error(format!("`{word}` is neither a statement nor a subcommand"));
    let rest: Vec<&str> = text.split_whitespace().skip(1).collect();
    if let [port] = rest.as_slice()
        && port.parse::<u16>().is_ok()
    {
        return Some(diagnostic.hint(format!("`nsh connect {word} {port}` connects there")));
    }
    Some(match language::nearest(word, words) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic.hint("`nsh help` lists the statements, `nsh --help` the subcommands"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_lost_arrow_is_explained() {
        assert!(redirected(&words("relay 12000 -"), false).is_some());
        assert!(redirected(&words("relay 12000 -"), true).is_none());
        assert!(redirected(&words("relay 12000 to 13000"), false).is_none());
        assert!(redirected(&words("-"), false).is_none());
    }
}
