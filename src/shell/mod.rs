//! The shell: the command line, the prompt, and the only place that prints.

mod archive;
mod arguments;
mod check;
mod colour;
mod completions;
mod console;
mod doc;
mod fmt;
mod folder;
mod input;
mod kept;
mod key_log;
mod limits;
mod live;
mod netcat;
mod output;
mod panic;
mod play;
mod prompt;
mod reader;
mod record;
mod report;
mod rerun;
mod script;
mod signals;
mod source;
mod statement;
mod status;
mod suite;
mod terminal;
mod view;

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::engine::Config;
use crate::language::{Diagnostic, Source};
use crate::look::draw::{self, Style};
use arguments::{Action, Arguments, Globals, SUBCOMMANDS};
use kept::Kept;
use script::{Stage, Threads};
use source::Unreadable;
use status::Status;

/// Runs `nsh` with the arguments and streams of this process.
pub fn main() -> ExitCode {
    terminal::remember();
    panic::install();
    limits::raise();
    // Scripts nest on the stack, deeper than a main thread's is sure to reach. A thread costs a tenth of a start.
    if limits::deepen_stack(STACK as u64) {
        return run_program();
    }
    let running = std::thread::Builder::new().name("main".into()).stack_size(STACK).spawn(run_program);
    match running.map(std::thread::JoinHandle::join) {
        Ok(Ok(status)) => status,
        Ok(Err(_)) => Status::PANICKED.into(),
        Err(_) => run_program(),
    }
}

/// The stack of a thread that runs scripts, in bytes; only what is used of it costs memory.
const STACK: usize = 128 << 20;

fn run_program() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return reject(&error),
    };
    let globals = arguments.globals.clone();
    let status = dispatch(arguments).unwrap_or_else(|unreadable| {
        complain(&unreadable, &globals);
        unreadable.status
    });
    terminal::restore();
    status.into()
}

/// Says what is wrong with the command line, or gives the help that it asked for.
fn reject(error: &clap::Error) -> ExitCode {
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let habit = if error.kind() == ErrorKind::UnknownArgument { netcat::explain(&words) } else { None };
    let Some(diagnostic) = habit else { error.exit() };
    let style = Style { paint: colour::decide(colour::When::Auto).1, width: terminal::error_width() };
    let text = draw::message(&diagnostic, true, style);
    let _ = output::write_all(rustix::stdio::stderr(), text.as_bytes());
    Status::USAGE.into()
}

fn dispatch(arguments: Arguments) -> Result<Status, Unreadable> {
    let globals = arguments.globals;
    if let Some(words) = arguments.statements {
        return inline(&globals, words);
    }
    match arguments.action {
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !colour::is_dumb() => {
            prompt::run(&globals)
        }
        None => reader::run(&globals),
        Some(Action::Run { check: Some(log), file, arguments }) => rerun::run(&globals, &log, &file, arguments),
        Some(Action::Run { check: None, file, arguments }) => run(&globals, &file, arguments),
        Some(Action::Record(wanted)) => record::run(&globals, &wanted),
        Some(Action::Report { log, outputs }) => report::run(&globals, &log, &outputs),
        Some(Action::Test(wanted)) => suite::run(&globals, &wanted),
        Some(Action::Case(wanted)) => suite::run_case(&globals, &wanted),
        Some(Action::Play(wanted)) => play::run(&globals, &wanted),
        Some(Action::Check { files }) => Ok(check::run(&globals, &files)),
        Some(Action::Fmt { files, check }) => Ok(fmt::run(&globals, &files, check)),
        Some(Action::Completions { shell }) => completions::run(shell),
        Some(Action::Complete { words }) => completions::complete(words),
        Some(Action::Doc { document }) => doc::run(document),
        Some(Action::Statement(words)) => match words.split_first() {
            Some((help, [word])) if help == "help" && is_subcommand(word) => Ok(explain(word)),
            Some((file, arguments)) if is_script(file) => run(&globals, Path::new(file), arguments.to_vec()),
            _ => statement::run(&globals, words),
        },
    }
}

fn is_subcommand(word: &OsString) -> bool {
    SUBCOMMANDS.iter().any(|subcommand| word == subcommand)
}

/// `nsh help SUBCOMMAND`, which is `nsh SUBCOMMAND --help`.
fn explain(subcommand: &OsString) -> Status {
    let asked = Arguments::try_parse_from([OsStr::new("nsh"), subcommand, OsStr::new("--help")]);
    asked.map_or_else(|help| help.exit(), |_| Status::HELD)
}

/// Whether the first word is a script rather than a statement's: `lab.nsh`, or the path of a file (as a `#!` line
/// gives it).
fn is_script(word: &OsString) -> bool {
    let path = Path::new(word);
    path.extension().is_some_and(|extension| extension == "nsh") || path.components().count() > 1 && path.is_file()
}

/// `nsh run FILE [ARG]…`
fn run(globals: &Globals, file: &Path, arguments: Vec<OsString>) -> Result<Status, Unreadable> {
    let script = source::read(file)?;
    let config = Config { arguments: source::words(arguments)?, ..Config::default() };
    Ok(stage(globals, config, &script.name, Threads::One)?.play(script))
}

/// `nsh -c STATEMENTS [ARG]…`
fn inline(globals: &Globals, words: Vec<OsString>) -> Result<Status, Unreadable> {
    let mut words = source::words(words)?.into_iter();
    let text = words.next().unwrap_or_default();
    let stage = stage(globals, Config { arguments: words.collect(), ..Config::default() }, "-c", Threads::One)?;
    Ok(stage.play(Source::new("-c", text)))
}

/// A stage for a script of that name; the system may have no descriptor or thread left for it.
fn stage(globals: &Globals, config: Config, script: &str, threads: Threads) -> Result<Stage, Unreadable> {
    let kept = Kept::begin(globals, script, &config.arguments)?;
    set(globals, config, kept, threads)
}

/// The same for a run of which that is kept.
fn set(globals: &Globals, config: Config, kept: Kept, threads: Threads) -> Result<Stage, Unreadable> {
    Stage::set(globals, config, kept, threads).map_err(|error| {
        Unreadable::new(Diagnostic::error(format!("cannot start: {}", source::reason(&error))), Status::REFUSED)
    })
}

/// Draws an error that came before anything could run.
fn complain(unreadable: &Unreadable, globals: &Globals) {
    let style = Style { paint: colour::decide(globals.color).1, width: terminal::error_width() };
    let text = draw::diagnostic_in(&unreadable.diagnostic, &unreadable.source, style);
    let _ = output::write_all(rustix::stdio::stderr(), text.as_bytes());
}
