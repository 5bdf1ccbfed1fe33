//! The command line: what may be written behind `nsh`.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::colour::When;
use crate::record::theme;

const ABOUT: &str = "The socket shell: network conversations that are typed, scripted and checked";

pub(crate) const LONG_ABOUT: &str = "\
The socket shell: network conversations that are typed, scripted and checked.

Without arguments it is a prompt. With a statement behind it, it joins that statement's connection to standard input \
and output, as netcat does. What can be typed at the prompt can stand in a script, and the other way round.";

pub(crate) const EXAMPLES: &str = "\
Examples:
  nsh                                          type statements at a prompt
  nsh listen tcp 6666 echo                     an echo server, until Ctrl-C
  nsh listen tcp 6666 | tar x                  take one connection, as a pipe
  printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nsh connect localhost 8080
  nsh relay 12000 to upper to 13000,14000      `to` is `->`, which a Unix shell takes for itself
  nsh -c 'connect localhost 6666; send \"x\"; expect \"x\"'
  nsh run lab.nsh 6666                         run a script; 6666 is its $1
  nsh check *.nsh && nsh fmt *.nsh

`nsh help` lists the statements, `nsh help connect` explains one.

Exit status: 0 all held · 1 the network or the system refused · 2 usage, or a script that does not parse or check ·
3 an expectation or assertion did not hold · 129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM · 141 nobody read the output";

/// What was written behind `nsh`.
#[derive(Debug, Parser)]
#[command(
    name = "nsh",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = EXAMPLES,
    max_term_width = 110,
    override_usage = "nsh [OPTIONS]\n       nsh [OPTIONS] STATEMENT…\n       nsh [OPTIONS] run FILE [ARG]…\n       \
                      nsh [OPTIONS] -c STATEMENTS [ARG]…\n       nsh [OPTIONS] check|fmt FILE…",
    disable_help_subcommand = true,
    allow_external_subcommands = true,
    subcommand_value_name = "STATEMENT…",
    subcommand_help_heading = "Subcommands"
)]
pub(crate) struct Arguments {
    /// What holds for all of them.
    #[command(flatten)]
    pub(crate) globals: Globals,

    /// Run these statements; the words behind them are `$1`, `$2`, …
    #[arg(short = 'c', value_names = ["STATEMENTS", "ARG"], num_args = 1.., allow_hyphen_values = true)]
    pub(crate) statements: Option<Vec<OsString>>,

    /// What to do; without, it is the prompt.
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
}

/// Options that may stand anywhere before a statement.
#[derive(Debug, Clone, Args)]
pub(crate) struct Globals {
    /// Draw in colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub(crate) color: When,

    /// Tell less: once leaves warnings and errors, twice errors alone
    #[arg(short, long, action = ArgAction::Count, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: u8,

    /// Tell more: once connections, rates and final statistics, twice the data too
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,

    /// Write what happens to a file, as lines of JSON
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) log: Option<PathBuf>,

    /// Write what was exchanged to a file, as packets (pcapng)
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) pcap: Option<PathBuf>,

    /// Keep the secrets of TLS connections in logs and captures: whoever has them can decipher what was captured on the
    /// network
    #[arg(long, global = true)]
    pub(crate) tls_secrets: bool,

    /// Write a report when it is over; the extension says as what: html, md, json. Several times for several files
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) report: Vec<PathBuf>,

    /// The language of reports [default: that of the environment's messages]
    #[arg(long, value_name = "LANGUAGE", global = true)]
    pub(crate) language: Option<Language>,

    /// Begin the prompt without what stands in nshrc
    #[arg(long)]
    pub(crate) no_rc: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Run a script
    Run {
        /// Say where the run differs from the one in this log, and exit with 3 if it does, otherwise with 0
        #[arg(long, value_name = "LOG")]
        check: Option<PathBuf>,
        /// The script; `-` is standard input
        file: PathBuf,
        /// Its arguments: `$1`, `$2`, …
        #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Make a recording of a script, or of a run's log
    Record(Record),
    /// Make reports or packets of a run's log
    Report {
        /// The log (.nshlog)
        log: PathBuf,
        /// Where to; the extension says as what: html, md, json, pcapng
        #[arg(required = true, value_name = "FILE")]
        outputs: Vec<PathBuf>,
    },
    /// Run scripts, and the scripts in documents, as tests, each in a process of its own
    Test(Test),
    /// Show a recording in the terminal: a cast, or the log of a run
    Play(Play),
    /// Parse and check scripts, without running anything
    Check {
        /// The scripts; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Format scripts in place
    Fmt {
        /// The scripts; `-` formats standard input to standard output
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Change nothing; list the files that would change, and exit with 1 if there are any
        #[arg(long)]
        check: bool,
    },
    /// Write what a shell needs to complete nsh's command line
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a document about nsh, made of what it knows of itself
    #[command(hide = true)]
    Doc {
        /// Which
        document: Document,
    },
    /// Run a script for `test`, which reads its log
    #[command(hide = true)]
    Case(Case),
    /// Write what may stand for the last word
    #[command(hide = true)]
    Complete {
        /// The words behind `nsh`, up to the cursor
        #[arg(value_name = "WORD", trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// A statement, word by word
    #[command(external_subcommand)]
    Statement(Vec<OsString>),
}

/// A recording that is to be made.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The script, or the log of a run (.nshlog)
    pub(crate) file: PathBuf,

    /// Its arguments: `$1`, `$2`, …
    #[arg(value_name = "ARG")]
    pub(crate) arguments: Vec<OsString>,

    /// Write the recording here; the extension says as what: cast, svg, gif, html, txt. Several times for several files
    #[arg(short, long = "output", value_name = "FILE")]
    pub(crate) outputs: Vec<PathBuf>,

    /// Write nothing; say where this recording differs from one made now, and exit with 3 if it does
    #[arg(long, value_name = "FILE", conflicts_with = "outputs")]
    pub(crate) check: Option<PathBuf>,

    /// Only the last screen
    #[arg(long, conflicts_with = "at")]
    pub(crate) still: bool,

    /// Only the screen at a moment (`12s`), or the last one of a chapter, by its heading
    #[arg(long, value_name = "MOMENT")]
    pub(crate) at: Option<String>,

    /// The colours: light, dark, paper, night, or auto, which is light or dark as the reader has it
    #[arg(long, value_name = "NAME", default_value = theme::AUTO)]
    pub(crate) theme: String,

    /// How long a key takes, and by how much that varies [default: 50ms~20ms]
    #[arg(long, value_name = "TIME~VARIATION")]
    pub(crate) typing: Option<String>,

    /// What chance begins with
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Columns and rows of the terminal [default: what the script says in `# size 80x24`, or 100x30]
    #[arg(long, value_name = "COLUMNSxROWS")]
    pub(crate) size: Option<String>,

    /// Show everything when it really happened, with the times that were measured
    #[arg(long)]
    pub(crate) real_time: bool,

    /// Write casts in version 3 of their format
    #[arg(long)]
    pub(crate) v3: bool,
}

/// A language that reports are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// French
    Fr,
}

/// How long a script under test may take when nothing else is said.
pub(crate) const TIMEOUT: &str = "1m";

/// Files that are to be tested.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Scripts, Markdown files and folders of both; `FILE:12` is the case that stands on line 12
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Run the cases that have this in their name, or in that of their file; /…/ is a regular expression
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,

    /// Run so many processes at the same time [default: as many as there are processors]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Run everything so often, and tell what fails now and then
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) repeat: NonZeroU32,

    /// How long a script may take; 0 is for as long as it likes
    #[arg(long, value_name = "TIME", default_value = TIMEOUT)]
    pub(crate) timeout: String,

    /// How the report is written: human, tap, junit, json
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: String,

    /// Write a report to a file as well; the extension says how: txt, tap, xml, json. Several times for several
    #[arg(short, long = "output", value_name = "FILE")]
    pub(crate) outputs: Vec<PathBuf>,

    /// Write what came into the expectations that fail
    #[arg(long, conflicts_with = "repeat")]
    pub(crate) update: bool,
}

/// A script that is run for `test`.
#[derive(Debug, Args)]
pub(crate) struct Case {
    /// The script, or the document that it stands in
    pub(crate) file: PathBuf,

    /// The line on which its block begins in the document
    #[arg(long)]
    pub(crate) block: Option<usize>,

    /// The line of the only `test` block that runs
    #[arg(long)]
    pub(crate) line: Option<usize>,

    /// What the names of those that run are like
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) filter: Option<String>,

    /// Where its free ports come from
    #[arg(long)]
    pub(crate) ports: Option<String>,
}

/// A recording that is to be shown.
#[derive(Debug, Args)]
pub(crate) struct Play {
    /// The cast, or the log of a run (.nshlog)
    pub(crate) file: PathBuf,

    /// How many times as fast
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) speed: String,

    /// Nothing happens for no longer than this
    #[arg(long, value_name = "TIME")]
    pub(crate) idle: Option<String>,
}

/// A shell that completes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// A document about nsh.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Document {
    /// Every word there is, as Markdown
    Reference,
    /// The man page
    Man,
}

/// Names of the subcommands, for suggestions.
pub(crate) const SUBCOMMANDS: [&str; 8] = ["run", "record", "report", "play", "test", "check", "fmt", "completions"];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(words: &[&str]) -> Arguments {
        Arguments::try_parse_from(words).expect("it parses")
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn words_behind_a_statement_are_its_own() {
        let arguments = parse(&["nsh", "-q", "connect", "-v", "--color", "run"]);
        assert_eq!((arguments.globals.quiet, arguments.globals.verbose), (1, 0));
        let Some(Action::Statement(words)) = arguments.action else { panic!("a statement") };
        assert_eq!(words, ["connect", "-v", "--color", "run"]);
    }

    #[test]
    fn words_behind_statements_in_an_argument_are_arguments() {
        let arguments = parse(&["nsh", "-v", "-c", "print $1", "run", "-q"]);
        assert_eq!(arguments.statements.expect("statements"), ["print $1", "run", "-q"]);
        assert_eq!(arguments.globals.quiet, 0);
    }

    #[test]
    fn options_may_stand_behind_a_subcommand() {
        let arguments = parse(&["nsh", "run", "-q", "lab.nsh", "-x", "1"]);
        assert_eq!(arguments.globals.quiet, 1);
        let Some(Action::Run { check, file, arguments }) = arguments.action else { panic!("run") };
        assert_eq!((check, file, arguments), (None, "lab.nsh".into(), vec!["-x".into(), "1".into()]));
    }

    #[test]
    fn what_a_run_is_compared_with_stands_before_the_script() {
        let arguments = parse(&["nsh", "run", "--check", "run.nshlog", "lab.nsh", "1", "--check"]);
        let Some(Action::Run { check, file, arguments }) = arguments.action else { panic!("run") };
        assert_eq!(
            (check, file, arguments),
            (Some("run.nshlog".into()), "lab.nsh".into(), vec!["1".into(), "--check".into()])
        );
    }

    #[test]
    fn an_unknown_option_is_usage() {
        let error = Arguments::try_parse_from(["nsh", "--frobnicate"]).expect_err("unknown");
        assert_eq!(error.exit_code(), 2);
    }
}
