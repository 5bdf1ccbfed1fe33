//! `set`: change a setting, or a stage of a flow that runs.

use super::{Command, Purpose, options, order};
use crate::engine::evaluator::{Evaluator, Given, Invocation, PipelineStage};
use crate::engine::event::{Form, What};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::pipeline;
use crate::engine::prompt::Template;
use crate::engine::session::LineEnding;
use crate::language::Span;
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The settings with what they take, and alone.
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
    &[Shape::Keyword("prompt"), Shape::Text],
    &[Shape::Keyword("timeout")],
    &[Shape::Keyword("connect-timeout")],
    &[Shape::Keyword("eol")],
    &[Shape::Keyword("buffer")],
    &[Shape::Keyword("history")],
    &[Shape::Keyword("show")],
    &[Shape::Keyword("prompt")],
    &[Shape::Pipeline],
];

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "set",
        summary: "change settings, or stages that run; alone, show the settings",
        parameters: &[options::maybe(
            "SETTING",
            Shape::Choice(SHAPES),
            "which, and its value, or it is shown; or a stage, as in a relay",
        )],
        options: &[],
        handlers: false,
        effect: Effect::MayUse,
    },
    purpose: Purpose::Steering,
    details: "`set` alone shows them all, `set SETTING` that one. Some hold for sessions opened from here on. In the text of `set prompt` \
              (`nsh {session}> `), {session} and {state} are those of the current session, {live} is how many are open, \
              {result} the exit code of the last line, {{ and }} are braces; a space before what is empty goes with it. \
              `NAME: set STAGE …` gives every stage of that name in a relay or handler these arguments, at once, for the \
              connections there are and those to come; with `way=` only those on that way. Nothing that waits in \
              it is lost. AFTER counts anew; chance goes on unless there is a `seed`.",
    examples: &[
        Example { script: "set timeout 2s\nset eol crlf\nset timeout", shows: "two settings, and how one is now" },
        Example {
            script: "listen tcp 0 as srv\nrelay 0 -> throttle 1B/s -> $srv as r\nconnect $r as c\n\
                     c: send \"a line that takes its time\"\nr: set throttle 1MB/s\nsrv: expect \"its time\"",
            shows: "a line that gets faster",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    match invocation.get("SETTING") {
        Some((Given::Sequence(items), span)) => match items.as_slice() {
            [Given::Pipeline(stages)] => change(evaluator, invocation, stages, span).await,
            [key] => show(evaluator, invocation, Some(&key.text())),
            [key, value] => set(evaluator, invocation, (key, value), span),
            _ => Err(Problem::usage("expected a setting and its value")),
        },
        _ => show(evaluator, invocation, None),
    }
}

/// Shows the setting of that name, or all.
fn show(evaluator: &Evaluator, invocation: &Invocation<'_>, name: Option<&str>) -> Result<(), Problem> {
    of_the_shell(invocation, name.unwrap_or("SETTING"))?;
    let report = lock(&evaluator.shared().settings).table(name);
    evaluator.emit(None, What::Report(report));
    Ok(())
}

/// Fails if a session is addressed: settings are the shell's.
fn of_the_shell(invocation: &Invocation<'_>, name: &str) -> Result<(), Problem> {
    let Some(label) = invocation.label else { return Ok(()) };
    let message = match name {
        "SETTING" => "settings are those of the shell, not of a session".to_owned(),
        name => format!("`{name}` is a setting of the shell, not of a session"),
    };
    Err(Problem::usage(message).at(label.span).hint(format!("write `set {name} …`")))
}

/// Changes a stage of whom the statement addresses.
async fn change(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    stages: &[PipelineStage],
    span: Span,
) -> Result<(), Problem> {
    let [stage] = stages else {
        return Err(Problem::usage("`set` changes one stage at a time").at(span));
    };
    let call = pipeline::call(stage)?;
    order::each(evaluator, invocation, false, |addressed| {
        let wrong = |error| Problem::usage(format!("`{}` {error}", addressed.name())).at(span);
        addressed.gates().changes.change(call.clone()).map_err(wrong)?;
        addressed.session().change_stage(evaluator.source(), stage);
        Ok(())
    })
    .await
}

fn set(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    (key, value): (&Given, &Given),
    span: Span,
) -> Result<(), Problem> {
    of_the_shell(invocation, &key.text())?;
    let mut settings = lock(&evaluator.shared().settings);
    match (key.text().as_str(), value.text().as_str()) {
        ("timeout", _) => settings.timeout = value.duration()?,
        ("connect-timeout", _) => settings.connect_timeout = Some(value.duration()?),
        ("eol", "crlf") => settings.line_ending = LineEnding::Crlf,
        ("eol", _) => settings.line_ending = LineEnding::Lf,
        ("buffer", _) => settings.buffer = usize::try_from(value.count()?).unwrap_or(usize::MAX).clamp(1, 1 << 30),
        ("history", _) => settings.history = usize::try_from(value.count()?).unwrap_or(usize::MAX),
        ("show", word) => settings.form = Form::of(word),
        ("prompt", text) => settings.prompt = Template::parse(text).map_err(|problem| problem.at(span))?,
        (other, _) => return Err(Problem::usage(format!("there is no setting `{other}`")).at(span)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::settings::SETTINGS;

    #[test]
    fn every_setting_is_told_of() {
        let (mut taking, mut alone) = (Vec::new(), Vec::new());
        for shapes in SHAPES {
            match shapes {
                [Shape::Keyword(name), _] => taking.push(*name),
                [Shape::Keyword(name)] => alone.push(*name),
                // A stage of a relay, which is no setting of the shell.
                [Shape::Pipeline] => {}
                other => panic!("{other:?} is no setting"),
            }
        }
        let known: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
        assert_eq!((taking, alone), (known.clone(), known));
    }
}
