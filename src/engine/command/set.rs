//! `set`: change a setting.

use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::Form;
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::prompt::Template;
use crate::engine::session::LineEnding;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The settings with what they take.
const SETTINGS: &[&[Shape]] = &[
    &[Shape::Keyword("timeout"), Shape::Duration],
    &[Shape::Keyword("connect-timeout"), Shape::Duration],
    &[Shape::Keyword("eol"), Shape::Choice(&[&[Shape::Keyword("lf")], &[Shape::Keyword("crlf")]])],
    &[Shape::Keyword("buffer"), Shape::Size],
    &[
        Shape::Keyword("show"),
        Shape::Choice(&[&[Shape::Keyword("text")], &[Shape::Keyword("hex")], &[Shape::Keyword("off")]]),
    ],
    &[Shape::Keyword("prompt"), Shape::Text],
];

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "set",
        summary: "change a setting",
        parameters: &[options::one("SETTING", Shape::Choice(SETTINGS), "which, and its value")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "timeout DURATION: how long expect, recv and addressing wait (5s). \
              connect-timeout DURATION: how long connecting may take for each address (the system's). \
              eol lf|crlf: what ends the lines of sessions opened from here on (lf). \
              buffer SIZE: how much a session opened from here on may hold unread (1MiB). \
              show text|hex|off: how the bytes of sessions opened from here on are shown (text). \
              prompt TEXT: what stands before each line that is typed (`nsh {session}> `): {session} and {state} are \
              those of the current session, {live} is how many are open, {result} the exit code of the last line, {{ \
              and }} are braces; a space before what is empty goes with it, and the empty text is the default.",
    examples: &[Example { script: "set timeout 2s\nset eol crlf", shows: "two settings" }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((Given::Sequence(items), span)) = invocation.get("SETTING") else {
        return Err(Problem::usage("expected a setting"));
    };
    let [key, value] = items.as_slice() else {
        return Err(Problem::usage("expected a setting and its value"));
    };
    let mut settings = lock(&evaluator.shared().settings);
    match (key.text().as_str(), value.text().as_str()) {
        ("timeout", _) => settings.timeout = value.duration()?,
        ("connect-timeout", _) => settings.connect_timeout = Some(value.duration()?),
        ("eol", "crlf") => settings.line_ending = LineEnding::Crlf,
        ("eol", _) => settings.line_ending = LineEnding::Lf,
        ("buffer", _) => settings.buffer = usize::try_from(value.count()?).unwrap_or(usize::MAX).clamp(1, 1 << 30),
        ("show", "hex") => settings.form = Form::Hex,
        ("show", "off") => settings.form = Form::Off,
        ("prompt", text) => settings.prompt = Template::parse(text).map_err(|problem| problem.at(span))?,
        _ => settings.form = Form::Text,
    }
    Ok(())
}
