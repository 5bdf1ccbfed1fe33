//! Expressions and templates: from tree to value.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{DEEPEST, Evaluator, operator, too_deep};
use crate::engine::console::Task;
use crate::engine::fault::{Fault, Problem};
use crate::engine::file::{LARGEST_PAYLOAD, read_path};
use crate::engine::function::{self, Surroundings};
use crate::engine::value::Value;
use crate::language::ast::{BinaryOp, Call, Expr, Piece, SessionRef, Spanned, Template, UnaryOp, Variable};
use crate::language::{Span, compile_regex};
use crate::net::pending;

/// How deep lists may hold lists.
const DEEPEST_LIST: usize = 64;

impl Evaluator {
    /// The value of an expression.
    pub(super) fn value<'a>(&'a mut self, expr: &'a Spanned<Expr>) -> Task<'a, Result<Value, Fault>> {
        Box::pin(async move {
            if self.nesting >= DEEPEST {
                return Err(self.fault(too_deep(), expr.span));
            }
            self.nesting += 1;
            let value = self.evaluate(&expr.node, expr.span).await;
            self.nesting -= 1;
            value
        })
    }

    pub(super) async fn evaluate(&mut self, expr: &Expr, span: Span) -> Result<Value, Fault> {
        let problem = match expr {
            Expr::Text(_, template) => return self.template(template).await.map(Value::Bytes),
            Expr::File(path) => {
                let path = self.template(path).await?;
                match read_file(&self::path(&String::from_utf8_lossy(&path))).await {
                    Ok(bytes) => return Ok(Value::Bytes(bytes)),
                    Err(problem) => problem,
                }
            }
            Expr::Regex(regex) => match compile_regex(regex) {
                Ok(regex) => return Ok(Value::Regex(Arc::new(regex))),
                Err(reason) => Problem::usage(format!("the regular expression is wrong: {reason}")),
            },
            Expr::Integer(number) => return Ok(Value::Integer(*number)),
            Expr::Float(number) | Expr::Percent(number, _) => return Ok(Value::Float(*number)),
            Expr::Duration(duration, _) => return Ok(Value::Duration(*duration)),
            Expr::Size(count, _) | Expr::Rate(count, _) => {
                return Ok(Value::Integer(i64::try_from(*count).unwrap_or(i64::MAX)));
            }
            Expr::Boolean(value) => return Ok(Value::Boolean(*value)),
            Expr::Variable(variable) => match self.variable(variable) {
                Ok(value) => return Ok(value),
                Err(problem) => problem,
            },
            Expr::Sessions(reference) => match self.several(reference) {
                Ok(sessions) => {
                    let tags = sessions.iter().map(|session| Value::Session(Arc::clone(&session.tag)));
                    return Ok(Value::list(tags.collect()));
                }
                Err(problem) => problem,
            },
            Expr::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.value(item).await?);
                }
                match Value::list(values) {
                    list if list.depth() > DEEPEST_LIST => {
                        Problem::usage(format!("lists nest deeper than {DEEPEST_LIST}"))
                    }
                    list => return Ok(list),
                }
            }
            Expr::Range(from, to) => {
                let (from, to) = (self.value(from).await?, self.value(to).await?);
                match operator::range(&from, &to) {
                    Ok(list) => return Ok(list),
                    Err(problem) => problem,
                }
            }
            Expr::Call(call) => return self.call(call, span).await,
            Expr::Index(list, index) => {
                let (list, index) = (self.value(list).await?, self.value(index).await?);
                match operator::index(&list, &index) {
                    Ok(value) => return Ok(value),
                    Err(problem) => problem,
                }
            }
            Expr::Unary(UnaryOp::Not, operand) => {
                return Ok(Value::Boolean(!self.condition(operand).await?));
            }
            Expr::Unary(UnaryOp::Negate, operand) => match operator::negate(&self.value(operand).await?) {
                Ok(value) => return Ok(value),
                Err(problem) => problem,
            },
            Expr::Binary(BinaryOp::And, left, right) => {
                return Ok(Value::Boolean(self.condition(left).await? && self.condition(right).await?));
            }
            Expr::Binary(BinaryOp::Or, left, right) => {
                return Ok(Value::Boolean(self.condition(left).await? || self.condition(right).await?));
            }
            Expr::Binary(op, left, right) => {
                let (left, right) = (self.value(left).await?, self.value(right).await?);
                match operator::binary(*op, &left, &right, &self.scope) {
                    Ok(value) => return Ok(value),
                    Err(problem) => problem,
                }
            }
            Expr::Group(inner) => return self.value(inner).await,
        };
        Err(self.fault(problem, span))
    }

    /// Whether a condition holds; anything but true and false is an error.
    pub(super) async fn condition(&mut self, expr: &Spanned<Expr>) -> Result<bool, Fault> {
        match self.value(expr).await? {
            Value::Boolean(holds) => Ok(holds),
            other => {
                let problem = Problem::usage(format!("a condition is true or false, this is {}", other.kind()))
                    .hint("compare it: `$x == \"yes\"`, `len($x) > 0`");
                Err(self.fault(problem, expr.span))
            }
        }
    }

    /// A count of something: a whole number that is not negative.
    pub(super) async fn count(&mut self, expr: &Spanned<Expr>) -> Result<u64, Fault> {
        let value = self.value(expr).await?;
        value.integer().and_then(|number| u64::try_from(number).ok()).ok_or_else(|| {
            let problem = Problem::usage(format!("expected a count, this is {}", shown(&value)));
            self.fault(problem, expr.span)
        })
    }

    pub(super) async fn duration(&mut self, expr: &Spanned<Expr>) -> Result<Duration, Fault> {
        match self.value(expr).await? {
            Value::Duration(duration) => Ok(duration),
            Value::Integer(0) => Ok(Duration::ZERO),
            other => {
                let problem = Problem::usage(format!("expected a duration, this is {}", shown(&other)))
                    .hint("write `2s`, `50ms`");
                Err(self.fault(problem, expr.span))
            }
        }
    }

    /// The bytes of a text with its variables filled in.
    pub(super) async fn template(&mut self, template: &Template) -> Result<Bytes, Fault> {
        if let [Piece::Literal(bytes)] = template.pieces.as_slice() {
            return Ok(Bytes::copy_from_slice(bytes));
        }
        let mut whole = Vec::new();
        for piece in &template.pieces {
            match piece {
                Piece::Literal(bytes) => whole.extend_from_slice(bytes),
                Piece::Variable(variable) => {
                    let value = self.variable(&variable.node).map_err(|problem| self.fault(problem, variable.span))?;
                    whole.extend_from_slice(&value.to_bytes());
                }
                Piece::Expr(expr) => whole.extend_from_slice(&self.value(expr).await?.to_bytes()),
            }
        }
        Ok(whole.into())
    }

    /// The value of `$name.field…`. A name that is no variable may be a session's.
    pub(super) fn variable(&self, variable: &Variable) -> Result<Value, Problem> {
        let name = &variable.name.node;
        let mut path = variable.path.iter();
        let mut value = match self.scope.get(name) {
            Some(value) => value,
            None => match self.shared.session(name) {
                Some(session) => Value::Session(Arc::clone(&session.tag)),
                None if name.parse::<usize>().is_ok() => {
                    return Err(Problem::usage(format!("there is no argument `${name}`"))
                        .hint(format!("give it behind the script's name, or write `arg({name}, default)`"))
                        .hint("groups of an expression have names: `(?<code>[0-9]+)` is `$code`"));
                }
                None => return Err(Problem::usage(format!("there is no variable `${name}`"))),
            },
        };
        for field in path.by_ref() {
            value = self.field(&value, &field.node)?;
        }
        Ok(value)
    }

    async fn call_function_arguments(&mut self, call: &Call) -> Result<Vec<Value>, Fault> {
        let mut values = Vec::with_capacity(call.arguments.len());
        for (name, value) in &call.arguments {
            if let Some(name) = name {
                let problem = Problem::usage(format!("`{}` has no named arguments", call.name.node));
                return Err(self.fault(problem, name.span));
            }
            values.push(self.value(value).await?);
        }
        Ok(values)
    }

    /// Calls a built-in function.
    pub(super) async fn call_function(&mut self, call: &Call, span: Span) -> Result<Value, Fault> {
        let Some(function) = function::find(&call.name.node) else {
            let problem = Problem::usage(format!("there is no function `{}`", call.name.node));
            return Err(self.fault(problem, call.name.span));
        };
        let values = self.call_function_arguments(call).await?;
        let (fewest, most) = function.entry.arity;
        if values.len() < fewest || values.len() > most {
            let problem = Problem::usage(format!("it is `{}({})`", function.entry.name, function.entry.parameters));
            return Err(self.fault(problem, span));
        }
        let surroundings = Surroundings {
            arguments: &self.shared.config.arguments,
            fixtures: &self.shared.fixtures,
            tell: &|what| self.emit(None, what),
        };
        (function.run)(&values, &surroundings).map_err(|problem| self.fault(problem, span))
    }

    /// The value of an expression that looking at again changes nothing; `None` for others.
    pub async fn look(&mut self, expr: &Spanned<Expr>) -> Option<Value> {
        let harmless = is_harmless(&expr.node);
        if harmless { self.value(expr).await.ok() } else { None }
    }

    /// The sessions that `srv.*` names.
    pub(super) fn several(&self, reference: &SessionRef) -> Result<Vec<Arc<crate::engine::session::Session>>, Problem> {
        match reference {
            SessionRef::All(name) => {
                let listener = self.known(name)?;
                Ok(self.shared.connections(&listener))
            }
            SessionRef::Name(name) => Ok(vec![self.known(name)?]),
            SessionRef::Variable(variable) => {
                let value = self.variable(variable)?;
                self.sessions_of(&value)
            }
        }
    }
}

/// Whether evaluating an expression again changes nothing: it calls no function of the script and reads no file.
fn is_harmless(expr: &Expr) -> bool {
    match expr {
        Expr::Integer(_)
        | Expr::Float(_)
        | Expr::Boolean(_)
        | Expr::Duration(..)
        | Expr::Size(..)
        | Expr::Rate(..)
        | Expr::Percent(..)
        | Expr::Variable(_) => true,
        Expr::Text(_, template) => template.pieces.iter().all(|piece| !matches!(piece, Piece::Expr(_))),
        Expr::Group(inner) | Expr::Unary(_, inner) => is_harmless(&inner.node),
        Expr::Index(one, other) | Expr::Binary(_, one, other) => is_harmless(&one.node) && is_harmless(&other.node),
        Expr::Call(call) => {
            function::find(&call.name.node).is_some_and(|function| function.steady)
                && call.arguments.iter().all(|(_, value)| is_harmless(&value.node))
        }
        _ => false,
    }
}

/// A path as the script means it: relative paths start where the shell runs, `~/` is the person's own folder.
pub(crate) fn path(text: &str) -> std::path::PathBuf {
    match text.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().unwrap_or_default().join(rest),
        None => std::path::PathBuf::from(text),
    }
}

/// A value as errors show it: its kind, or its text where that is short.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_text();
    if matches!(value, Value::Nothing | Value::List(_)) || text.len() > 40 {
        value.kind().to_owned()
    } else {
        format!("`{text}`")
    }
}

/// Reads a whole file; folders, pipes that never end and files beyond the limit are refused.
pub(crate) async fn read_file(path: &std::path::Path) -> Result<Bytes, Problem> {
    let name = path.display().to_string();
    let path = path.to_owned();
    let read = pending::work(move || read_path(&path, LARGEST_PAYLOAD));
    match read.await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) => {
            Err(Problem::refused(format!("cannot read `{name}`: {}", crate::net::error::describe(&error))))
        }
        Err(_) => Err(Problem::refused(format!("cannot read `{name}`"))),
    }
}
