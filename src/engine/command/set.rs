//! `set`: change a setting.

use super::{Command, Purpose, options};
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::Form;
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::session::LineEnding;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// What help says of each setting: its name, its values, its default, what it is.
pub(in crate::engine) const SETTINGS: &[(&str, &str, &str, &str)] = &[
    ("timeout", "D", "5s", "how long `expect`, `recv` and addressing wait"),
    ("connect-timeout", "D", "the system's", "how long connecting may take for each address"),
    ("eol", "lf|crlf", "lf", "what ends the lines of sessions opened from here on"),
    ("buffer", "SIZE", "1MiB", "how much a session opened from here on may hold unread"),
    ("history", "N", "10000", "how many entries the history of the prompt keeps"),
    ("show", "text|hex|off", "text", "how the bytes of sessions opened from here on are shown"),
];

/// The settings with what they take.
const SHAPES: &[&[Shape]] = &[
    &[Shape::Keyword("timeout"), Shape::Duration],
    &[Shape::Keyword("connect-timeout"), Shape::Duration],
    &[Shape::Keyword("eol"), Shape::Choice(&[&[Shape::Keyword("lf")], &[Shape::Keyword("crlf")]])],
    &[Shape::Keyword("buffer"), Shape::Size],
    &[Shape::Keyword("history"), Shape::Integer],
    &[
        Shape::Keyword("show"),
        Shape::Choice(&[&[Shape::Keyword("text")], &[Shape::Keyword("hex")], &[Shape::Keyword("off")]]),
    ],
];

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "set",
        summary: "change a setting",
        parameters: &[options::one("SETTING", Shape::Choice(SHAPES), "which, and its value")],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "`help settings` lists them. Some hold for sessions opened from here on.",
    examples: &[Example { script: "set timeout 2s\nset eol crlf", shows: "two settings" }],
    run: |evaluator, invocation| Box::pin(std::future::ready(run(evaluator, invocation))),
};

fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((Given::Sequence(items), _)) = invocation.get("SETTING") else {
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
        ("history", _) => settings.history = usize::try_from(value.count()?).unwrap_or(usize::MAX),
        ("show", "hex") => settings.form = Form::Hex,
        ("show", "off") => settings.form = Form::Off,
        _ => settings.form = Form::Text,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_told_of() {
        let named = SHAPES.iter().map(|shapes| match shapes {
            [Shape::Keyword(name), _] => *name,
            other => panic!("{other:?} is no setting"),
        });
        assert_eq!(named.collect::<Vec<_>>(), SETTINGS.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    }
}
