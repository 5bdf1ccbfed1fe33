//! Built-in functions of expressions. A registry: a new one is an entry in the file of its kind.

mod bytes;
mod list;
mod system;

use super::event::What;
use super::fault::Problem;
use super::fixtures::Fixtures;
use super::value::Value;
use crate::language::vocabulary::FunctionEntry;

/// What a function may know beside its arguments.
pub struct Surroundings<'a> {
    /// The script's arguments.
    pub arguments: &'a [String],
    /// What the run has to itself.
    pub fixtures: &'a Fixtures,
    /// Tells that something has happened.
    pub tell: &'a (dyn Fn(What) + Sync),
}

/// A function of the registry.
pub struct Function {
    /// Its name, parameters and summary.
    pub entry: FunctionEntry,
    /// What it gives for arguments of the right number.
    pub run: fn(&[Value], &Surroundings<'_>) -> Result<Value, Problem>,
    /// Whether it may be called again to look at what it gave.
    pub steady: bool,
}

const fn function(
    name: &'static str,
    parameters: &'static str,
    arity: (usize, usize),
    summary: &'static str,
    run: fn(&[Value], &Surroundings<'_>) -> Result<Value, Problem>,
) -> Function {
    Function { entry: FunctionEntry { name, parameters, arity, summary }, run, steady: true }
}

/// All functions, in the order help shows them.
pub fn all() -> impl Iterator<Item = &'static Function> {
    bytes::FUNCTIONS.iter().chain(list::FUNCTIONS).chain(system::FUNCTIONS)
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.entry.name == name)
}

/// A whole number from an argument.
fn whole(value: &Value, what: &str) -> Result<i64, Problem> {
    value.integer().ok_or_else(|| Problem::usage(format!("`{what}` is a whole number, this is {}", value.kind())))
}
