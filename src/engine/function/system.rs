//! Functions of what is around the script.

use super::{Function, function, whole};
use crate::engine::event::What;
use crate::engine::fault::Problem;
use crate::engine::value::{Number, Value};

/// They look outside.
pub(super) const FUNCTIONS: &[Function] = &[
    function("arg", "n, default", (1, 2), "the script's argument number n, or the default", |values, surroundings| {
        let number = whole(&values[0], "n")?;
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        match (index.and_then(|index| surroundings.arguments.get(index)), values.get(1)) {
            (Some(argument), _) => Ok(Value::text(argument.clone())),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(Problem::usage(format!("there is no argument {number}"))),
        }
    }),
    function("env", "name, default", (1, 2), "an environment variable, or the default", |values, _| {
        match (std::env::var_os(values[0].to_text()), values.get(1)) {
            (Some(value), _) => Ok(Value::Bytes(std::os::unix::ffi::OsStringExt::into_vec(value).into())),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(Problem::usage(format!("the environment has no `{}`", values[0].to_text()))),
        }
    }),
    function("exists", "path", (1, 1), "whether there is a file or folder of that name", |values, _| {
        Ok(Value::Boolean(std::path::Path::new(&values[0].to_text()).exists()))
    }),
    function(
        "tmp",
        "",
        (0, 0),
        "a folder for temporary files: one for the whole run, removed at its end",
        |_, around| {
            Ok(Value::Bytes(
                std::os::unix::ffi::OsStringExt::into_vec(around.fixtures.folder()?.into_os_string()).into(),
            ))
        },
    ),
    Function {
        steady: false,
        ..function(
            "freeport",
            "",
            (0, 0),
            "a port that nobody uses, over TCP and UDP; another each time",
            |_, around| {
                let port = around.fixtures.port()?;
                (around.tell)(What::Reserved(port));
                Ok(Value::Integer(port.into()))
            },
        )
    },
    function("seconds", "duration", (1, 1), "a duration in seconds", |values, _| match &values[0] {
        Value::Duration(duration) => Ok(Value::Float(duration.as_secs_f64())),
        other => Err(Problem::usage(format!("`seconds` takes a duration, this is {}", other.kind()))),
    }),
    function("abs", "number", (1, 1), "without its sign", |values, _| match values[0].number() {
        Some(Number::Integer(number)) => {
            number.checked_abs().map(Value::Integer).ok_or_else(|| Problem::usage("the result is too big"))
        }
        Some(Number::Float(number)) => Ok(Value::Float(number.abs())),
        None => Err(Problem::usage(format!("`abs` takes a number, this is {}", values[0].kind()))),
    }),
];
