//! `assert`: a condition that has to hold.

use super::options;
use super::{Command, Purpose};
use crate::engine::difference;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::value::Value;
use crate::language::ast::{Expr, Term};
use crate::language::signature::{Effect, Example, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "assert",
        summary: "fail unless a condition holds",
        parameters: &[
            options::one("CONDITION", Shape::Value, "what has to be true"),
            options::maybe("MESSAGE", Shape::Text, "what is said when it is not"),
        ],
        options: &[],
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Steering,
    details: "A comparison that does not hold shows both sides.",
    examples: &[
        Example { script: "let x = 1 + 1\nassert $x == 2", shows: "a sum" },
        Example { script: "let x = [1, 2]\nassert len($x) == 2 \"both are there\"", shows: "one that says why" },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let (given, span) = invocation.get("CONDITION").ok_or_else(|| Problem::usage("expected a condition"))?;
    match given.value() {
        Value::Boolean(true) => Ok(()),
        Value::Boolean(false) => {
            let message = invocation.text("MESSAGE").map_or_else(String::new, |text| format!(": {text}"));
            let problem = Problem::unmet(format!("`assert` did not hold{message}")).at(span);
            Err(match sides(evaluator, invocation).await {
                Some((left, right)) => {
                    problem.labelled("this is false").note(format!("left   {left}")).note(format!("right  {right}"))
                }
                None => problem.labelled("this is false"),
            })
        }
        other => Err(Problem::usage(format!("a condition is true or false, this is {}", other.kind())).at(span)),
    }
}

/// What the two sides of a comparison are, where looking at them again changes nothing.
async fn sides(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Option<(String, String)> {
    let argument = invocation.node.arguments.first()?;
    let Term::Expr(Expr::Binary(_, left, right)) = &argument.term.node else {
        return None;
    };
    let left = evaluator.look(left).await?;
    let right = evaluator.look(right).await?;
    Some((difference::visible(&left.to_bytes()), difference::visible(&right.to_bytes())))
}
