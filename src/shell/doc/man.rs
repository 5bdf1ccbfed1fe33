//! The man page, `nsh(1)`.

use clap::{Arg, CommandFactory};
use roff::{Inline, Roff, bold, italic, roman};

use crate::engine::command::{self, Purpose};
use crate::engine::topic;
use crate::language::usage;
use crate::shell::arguments::{Arguments, EXAMPLES, LONG_ABOUT};

/// The first line: a page without a date, so that it changes only when nsh does.
const TITLE: &str = concat!(".TH NSH 1 \"\" \"nsh ", env!("CARGO_PKG_VERSION"), "\" \"User Commands\"\n");

/// The whole page.
pub(super) fn text() -> String {
    let mut page = Roff::new();
    page.control("SH", ["NAME"]).text([roman("nsh - the socket shell")]);
    synopsis(&mut page);
    page.control("SH", ["DESCRIPTION"]);
    for (at, paragraph) in LONG_ABOUT.split("\n\n").enumerate() {
        if at > 0 {
            page.control("PP", []);
        }
        fill(&mut page, paragraph);
    }
    options(&mut page);
    statements(&mut page);
    let codes = topic::all().into_iter().find(|topic| topic.name == "codes");
    page.control("SH", ["EXIT STATUS"]);
    for code in codes.iter().flat_map(|codes| &codes.words) {
        term(&mut page, [bold(code.name)], &code.summary);
    }
    page.control("SH", ["FILES"]);
    term(
        &mut page,
        [italic("~/.config/nsh/nshrc")],
        "statements that run before the first prompt; --no-rc leaves them out",
    );
    term(&mut page, [italic("~/.local/share/nsh/history")], "what was typed at prompts");
    page.control("PP", []);
    fill(&mut page, "Other platforms, and the variables XDG_CONFIG_HOME and XDG_DATA_HOME, have them elsewhere.");
    page.control("SH", ["ENVIRONMENT"]);
    term(
        &mut page,
        [bold("NO_COLOR"), roman(", "), bold("CLICOLOR_FORCE")],
        "whether output is coloured, as --color says",
    );
    page.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in EXAMPLES.lines().skip(1).take_while(|line| !line.is_empty()) {
        page.text([roman(line.trim_start())]);
    }
    page.control("fi", []);
    page.control("SH", ["SEE ALSO"]).text([bold("nc"), roman("(1), "), bold("socat"), roman("(1)")]);
    // Other characters than those of ASCII by their names, which every roff reads.
    let name = |letter: char| match letter {
        letter if letter.is_ascii() => letter.to_string(),
        letter => format!("\\[u{:04X}]", u32::from(letter)),
    };
    TITLE.to_owned() + &page.to_roff().chars().map(name).collect::<String>()
}

fn synopsis(page: &mut Roff) {
    let forms: [&[Inline]; 6] = [
        &[],
        &[italic("STATEMENT")],
        &[bold("run "), italic("FILE"), roman(" ["), italic("ARG"), roman("]...")],
        &[bold("-c "), italic("STATEMENTS"), roman(" ["), italic("ARG"), roman("]...")],
        &[bold("check"), roman("|"), bold("fmt "), italic("FILE"), roman("...")],
        &[bold("completions bash"), roman("|"), bold("zsh"), roman("|"), bold("fish")],
    ];
    page.control("SH", ["SYNOPSIS"]);
    for (at, form) in forms.into_iter().enumerate() {
        if at > 0 {
            page.control("br", []);
        }
        let mut line = vec![bold("nsh"), roman(" ["), italic("OPTIONS"), roman("]")];
        if !form.is_empty() {
            line.push(roman(" "));
        }
        line.extend_from_slice(form);
        page.text(line);
    }
}

/// The options of the command line, and its subcommands with theirs.
fn options(page: &mut Roff) {
    let mut program = Arguments::command();
    program.build();
    page.control("SH", ["OPTIONS"]);
    for argument in program.get_arguments() {
        option(page, argument);
    }
    page.control("SH", ["SUBCOMMANDS"]);
    for subcommand in program.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let mut heading = vec![bold(subcommand.get_name())];
        for argument in subcommand.get_positionals() {
            let name = argument.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
            heading.extend([roman(" "), italic(name)]);
        }
        term(page, heading, &about(subcommand.get_about()));
        for argument in subcommand.get_arguments().filter(|argument| !is_common(argument)) {
            page.control("RS", []);
            option(page, argument);
            page.control("RE", []);
        }
    }
}

/// Whether an argument is told of elsewhere: a positional one, or one that all subcommands share.
fn is_common(argument: &Arg) -> bool {
    argument.is_positional() || argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version")
}

fn option(page: &mut Roff, argument: &Arg) {
    let short = argument.get_short().map(|letter| format!("-{letter}"));
    let long = argument.get_long().map(|word| format!("--{word}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let mut heading = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        if at > 0 {
            heading.push(roman(", "));
        }
        heading.push(bold(name));
    }
    if argument.get_action().takes_values() {
        for name in argument.get_value_names().unwrap_or_default() {
            heading.extend([roman(" "), italic(name.as_str())]);
        }
    }
    term(page, heading, &about(argument.get_help()));
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map_or_else(String::new, ToString::to_string)
}

/// The statements, each in a line or two.
fn statements(page: &mut Roff) {
    page.control("SH", ["STATEMENTS"]);
    fill(page, "The same words at the prompt, in a script and on the command line.");
    page.text([bold("nsh help"), roman(" "), italic("WORD"), roman(" tells everything about one, with examples.")]);
    for purpose in Purpose::ALL {
        page.control("SS", [purpose.title()]);
        for command in command::all().iter().filter(|command| command.purpose == purpose) {
            let line = usage(&command.signature);
            let rest = line.strip_prefix(command.signature.name).unwrap_or_default();
            term(page, [bold(command.signature.name), roman(rest)], command.signature.summary);
        }
    }
    for topic in topic::all().iter().filter(|topic| topic.name != "codes") {
        page.control("SS", [topic.name]);
        for word in &topic.words {
            term(page, [bold(word.usage.as_str())], &word.summary);
        }
    }
}

/// Something that is told of, and under it what is told.
fn term(page: &mut Roff, heading: impl IntoIterator<Item = Inline>, text: &str) {
    page.control("TP", []).text(heading.into_iter().collect::<Vec<_>>());
    fill(page, text);
}

/// A paragraph, in lines as short as the tools for man pages want them.
fn fill(page: &mut Roff, text: &str) {
    const WIDTH: usize = 70;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() >= WIDTH {
            page.text([roman(std::mem::take(&mut line))]);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    page.text([roman(line)]);
}
