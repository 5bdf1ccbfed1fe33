//! From stages as written to stages as the network layer builds them.

use crate::engine::evaluator::{Given, PipelineStage};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::net::stage::{self, Argument, Call, Kind, Pipeline, Way};

/// Builds a pipeline; an error stands at the stage or word that is wrong.
pub(super) fn build(stages: &[PipelineStage]) -> Result<Pipeline, Problem> {
    placed(stages, Pipeline::build(&calls(stages)?))
}

/// Builds the stages of a relay: none of them may end the flow.
pub(super) fn build_passing(stages: &[PipelineStage]) -> Result<Pipeline, Problem> {
    placed(stages, Pipeline::build_passing(&calls(stages)?))
}

fn calls(stages: &[PipelineStage]) -> Result<Vec<Call>, Problem> {
    stages.iter().map(call).collect()
}

/// What was built, or what is wrong with which stage.
fn placed(stages: &[PipelineStage], built: Result<Pipeline, (usize, String)>) -> Result<Pipeline, Problem> {
    built.map_err(|(index, message)| match stages.get(index) {
        Some(stage) => Problem::usage(message).at(stage.span),
        None => Problem::usage(message),
    })
}

/// A stage as the network layer is asked for it.
pub(super) fn call(stage: &PipelineStage) -> Result<Call, Problem> {
    let unknown = || Problem::usage(format!("there is no stage `{}`", stage.name)).at(stage.span);
    let spec = stage::all().iter().find(|spec| spec.name == stage.name).ok_or_else(unknown)?;
    let mut call = Call { name: stage.name.clone(), ..Call::default() };
    for ((given, span), parameter) in stage.arguments.iter().zip(spec.parameters) {
        call.arguments.push(argument(given, parameter.kind).map_err(|problem| problem.at(*span))?);
    }
    for (key, given, span) in &stage.options {
        let parameter = spec.all_options().find(|parameter| parameter.name == key);
        let parameter =
            parameter.ok_or_else(|| Problem::usage(format!("`{}` has no option `{key}`", stage.name)).at(*span))?;
        call.options.insert(key.clone(), argument(given, parameter.kind).map_err(|problem| problem.at(*span))?);
    }
    Ok(call)
}

/// The value of a word as what a stage or transport asks for.
pub(super) fn argument(given: &Given, kind: Kind) -> Result<Argument, Problem> {
    Ok(match kind {
        Kind::Text | Kind::Label | Kind::Path => Argument::Bytes(given.value().to_bytes()),
        Kind::Duration => Argument::Duration(given.duration()?),
        Kind::Rate | Kind::Size | Kind::Integer => Argument::Integer(given.count()?),
        Kind::Share => Argument::Share(given.float().ok_or_else(|| Problem::usage("expected a share such as `5%`"))?),
        Kind::Boolean => Argument::Boolean(matches!(given.text().as_str(), "yes" | "true")),
        Kind::Way => Argument::Way(match given.text().as_str() {
            "down" => Way::Down,
            "both" => Way::Both,
            _ => Way::Up,
        }),
        Kind::Regex => match given.value() {
            Value::Regex(regex) => Argument::Regex(regex.as_ref().clone()),
            other => {
                return Err(Problem::usage(format!("expected a regular expression, this is {}", other.kind())));
            }
        },
    })
}
