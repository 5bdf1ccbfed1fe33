//! Invocations: a command's words with their values, as the command reads them.

use std::sync::Arc;
use std::time::Duration;

use super::Evaluator;
use super::expression::shown;
use crate::engine::fault::{Fault, Problem};
use crate::engine::lock;
use crate::engine::session::Session;
use crate::engine::value::{Number, Value};
use crate::language::Span;
use crate::language::ast::{self, Label, Piece, SessionRef, Spanned, Template, Term};

/// What an argument or option came to.
#[derive(Debug, Clone)]
pub enum Given {
    /// A keyword or bare word.
    Word(String),
    /// The value of an expression or of a bare word with variables; such a word is a text unless it is one variable.
    Value(Value),
    /// `HOST PORT` (two values), or an address, a URL or a session (one).
    Endpoint(Vec<Value>),
    /// A session as named.
    Session(SessionRef),
    /// The alternative that fitted.
    Sequence(Vec<Given>),
    /// Stages.
    Pipeline(Vec<PipelineStage>),
    /// Stages and targets.
    Route(RouteGiven),
}

/// A stage with the values of its words.
#[derive(Debug, Clone)]
pub struct PipelineStage {
    /// Its name.
    pub name: String,
    /// Its positional arguments.
    pub arguments: Vec<(Given, Span)>,
    /// Its options.
    pub options: Vec<(String, Given, Span)>,
    /// Its name's place.
    pub span: Span,
}

/// A route with the values of its words.
#[derive(Debug, Clone)]
pub struct RouteGiven {
    /// What transforms the bytes.
    pub stages: Vec<PipelineStage>,
    /// Where they go.
    pub targets: Vec<(Value, Span)>,
}

/// A command as it is run: its words have values.
pub struct Invocation<'a> {
    /// The statement's node.
    pub node: &'a ast::Command,
    /// The whole statement.
    pub span: Span,
    /// Whom it addresses.
    pub label: Option<&'a Label>,
    arguments: Vec<(&'static str, Given, Span)>,
    options: Vec<(&'a str, Given, Span)>,
}

impl Invocation<'_> {
    /// The first argument of that parameter, with its place.
    pub fn get(&self, parameter: &str) -> Option<(&Given, Span)> {
        self.arguments.iter().find(|(name, ..)| *name == parameter).map(|(_, given, span)| (given, *span))
    }

    /// All arguments of that parameter, with their places.
    pub fn all<'s>(&'s self, parameter: &'s str) -> impl Iterator<Item = (&'s Given, Span)> {
        self.arguments.iter().filter(move |(name, ..)| *name == parameter).map(|(_, given, span)| (given, *span))
    }

    /// The option of that key, with its place; the last one when it repeats.
    pub fn option(&self, key: &str) -> Option<(&Given, Span)> {
        self.options.iter().rev().find(|(name, ..)| *name == key).map(|(_, given, span)| (given, *span))
    }

    /// All values of a repeating option.
    pub fn options<'s>(&'s self, key: &'s str) -> impl Iterator<Item = (&'s Given, Span)> {
        self.options.iter().filter(move |(name, ..)| *name == key).map(|(_, given, span)| (given, *span))
    }

    /// All options with their keys and places, in order.
    pub fn all_options(&self) -> impl Iterator<Item = (&str, &Given, Span)> {
        self.options.iter().map(|(key, given, span)| (*key, given, *span))
    }

    /// The value of an argument that must be there.
    pub fn value(&self, parameter: &str) -> Result<Value, Problem> {
        self.get(parameter)
            .map(|(given, _)| given.value())
            .ok_or_else(|| Problem::usage(format!("`{parameter}` is missing")))
    }

    /// The text of an argument, if it is there.
    pub fn text(&self, parameter: &str) -> Option<String> {
        self.get(parameter).map(|(given, _)| given.text())
    }

    /// The text of an option, if it is there.
    pub fn option_text(&self, key: &str) -> Option<String> {
        self.option(key).map(|(given, _)| given.text())
    }

    /// An option that says `yes` or `no`.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, Problem> {
        let Some((given, span)) = self.option(key) else {
            return Ok(default);
        };
        match given.text().as_str() {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            other => Err(Problem::usage(format!("`{key}` is `yes` or `no`, not `{other}`")).at(span)),
        }
    }

    /// An option that is a duration.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>, Problem> {
        self.option(key).map(|(given, span)| given.duration().map_err(|problem| problem.at(span))).transpose()
    }

    /// An option that is a whole number, not negative.
    pub fn count(&self, key: &str) -> Result<Option<u64>, Problem> {
        self.option(key).map(|(given, span)| given.count().map_err(|problem| problem.at(span))).transpose()
    }
}

impl Given {
    /// The value it is; words are texts.
    pub fn value(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Word(word) => Value::text(word.clone()),
            Self::Endpoint(values) => Value::list(values.clone()),
            Self::Sequence(items) => items.first().map_or(Value::Nothing, Self::value),
            Self::Session(_) | Self::Pipeline(_) | Self::Route(_) => Value::Nothing,
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        self.value().to_text()
    }

    /// The duration it is.
    pub fn duration(&self) -> Result<Duration, Problem> {
        match self.value() {
            Value::Duration(duration) => Ok(duration),
            Value::Integer(0) => Ok(Duration::ZERO),
            other => {
                Err(Problem::usage(format!("expected a duration, this is {}", shown(&other)))
                    .hint("write `2s`, `50ms`"))
            }
        }
    }

    /// The whole number it is, not negative.
    pub fn count(&self) -> Result<u64, Problem> {
        let value = self.value();
        let count = value.integer().and_then(|number| u64::try_from(number).ok());
        count.ok_or_else(|| Problem::usage(format!("expected a count, this is {}", shown(&value))))
    }

    /// The number it is.
    pub fn float(&self) -> Option<f64> {
        self.value().number().map(Number::float)
    }
}

impl Evaluator {
    /// Gives the words of a command their values.
    pub(super) async fn invocation<'a>(
        &mut self,
        node: &'a ast::Command,
        label: Option<&'a Label>,
        span: Span,
    ) -> Result<Invocation<'a>, Fault> {
        let mut arguments = Vec::with_capacity(node.arguments.len());
        for argument in &node.arguments {
            let given = self.given(&argument.term).await?;
            arguments.push((argument.parameter, given, argument.term.span));
        }
        let mut options = Vec::with_capacity(node.options.len());
        for option in &node.options {
            let given = self.given(&option.value).await?;
            options.push((option.key.node.as_str(), given, option.value.span));
        }
        Ok(Invocation { node, span, label, arguments, options })
    }

    fn given<'a>(&'a mut self, term: &'a Spanned<Term>) -> crate::engine::console::Task<'a, Result<Given, Fault>> {
        Box::pin(async move {
            Ok(match &term.node {
                Term::Word(word) => Given::Word(word.clone()),
                Term::Expr(expr) => Given::Value(self.evaluate(expr, term.span).await?),
                Term::Template(template) => Given::Value(self.word(template).await?),
                Term::Endpoint(words) => {
                    let mut values = Vec::with_capacity(words.len());
                    for word in words {
                        values.push(self.word(&word.node).await?);
                    }
                    Given::Endpoint(values)
                }
                Term::Session(reference) => Given::Session(reference.clone()),
                Term::Sequence(items) => {
                    let mut all = Vec::with_capacity(items.len());
                    for item in items {
                        all.push(self.given(item).await?);
                    }
                    Given::Sequence(all)
                }
                Term::Pipeline(stages) => Given::Pipeline(self.stages(stages).await?),
                Term::Route(route) => {
                    let stages = self.stages(&route.stages).await?;
                    let mut targets = Vec::with_capacity(route.targets.len());
                    for target in &route.targets {
                        targets.push((self.word(&target.node).await?, target.span));
                    }
                    Given::Route(RouteGiven { stages, targets })
                }
            })
        })
    }

    /// The value of a bare word: that of its variable when it is one, otherwise its text.
    async fn word(&mut self, template: &Template) -> Result<Value, Fault> {
        match template.pieces.as_slice() {
            [Piece::Variable(variable)] => {
                self.variable(&variable.node).map_err(|problem| self.fault(problem, variable.span))
            }
            [Piece::Expr(expr)] => self.value(expr).await,
            _ => self.template(template).await.map(Value::Bytes),
        }
    }

    async fn stages(&mut self, stages: &[ast::Stage]) -> Result<Vec<PipelineStage>, Fault> {
        let mut all = Vec::with_capacity(stages.len());
        for stage in stages {
            let mut arguments = Vec::with_capacity(stage.arguments.len());
            for argument in &stage.arguments {
                arguments.push((self.given(&argument.term).await?, argument.term.span));
            }
            let mut options = Vec::with_capacity(stage.options.len());
            for option in &stage.options {
                options.push((option.key.node.clone(), self.given(&option.value).await?, option.value.span));
            }
            all.push(PipelineStage { name: stage.name.node.clone(), arguments, options, span: stage.name.span });
        }
        Ok(all)
    }

    /// The sessions a statement addresses: those of its label, or the current one.
    pub async fn addressed(&self, invocation: &Invocation<'_>) -> Result<Vec<Arc<Session>>, Problem> {
        match invocation.label {
            Some(label) => self.named(&label.node).await.map_err(|problem| problem.at(label.span)),
            None => match self.current() {
                Some(session) => Ok(vec![session]),
                None => Err(self.no_current(&invocation.node.name.node)),
            },
        }
    }

    /// The problem that a statement addresses nobody.
    fn no_current(&self, command: &str) -> Problem {
        let problem = Problem::usage("there is no current session");
        match lock(&self.shared().table).all().rfind(|session| session.is_open()) {
            Some(session) => problem.hint(format!("name one: `{}: {command} …`", session.name())),
            None => problem.hint("`connect` opens one"),
        }
    }

    /// The conversations a statement addresses: of each listener named singly, its only connection.
    pub async fn conversations(&self, invocation: &Invocation<'_>) -> Result<Vec<Arc<Session>>, Problem> {
        let all = invocation.label.is_some_and(|label| matches!(label.node, SessionRef::All(_)));
        let mut conversations = Vec::new();
        for session in self.addressed(invocation).await? {
            conversations.push(if all { session } else { self.conversation(session).await? });
        }
        Ok(conversations)
    }

    /// The sessions that an argument names, or those addressed when it is left out.
    pub async fn named_or_addressed(
        &self,
        invocation: &Invocation<'_>,
        parameter: &str,
    ) -> Result<Vec<Arc<Session>>, Problem> {
        match invocation.get(parameter) {
            Some((Given::Session(reference), span)) => self.named(reference).await.map_err(|problem| problem.at(span)),
            _ => self.addressed(invocation).await,
        }
    }
}
