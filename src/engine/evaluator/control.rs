//! Control flow: the statements that are syntax.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::{DEEPEST_CALL, Evaluator, Flow, may_retry};
use crate::engine::console::Task;
use crate::engine::event::What;
use crate::engine::fault::{Fault, Problem};
use crate::engine::lock;
use crate::engine::scope::Scope;
use crate::engine::session::Ending;
use crate::engine::shared::Definition;
use crate::engine::value::Value;
use crate::language::Span;
use crate::language::ast::{Block, Call, Expr, Spanned, StatementKind, Template};
use crate::net::clock;

impl Evaluator {
    /// Runs a statement that is not a command.
    pub(super) async fn control(&mut self, kind: &StatementKind, span: Span) -> Result<Flow, Fault> {
        match kind {
            StatementKind::Command(_) | StatementKind::Shell(_) => Ok(Flow::Next),
            StatementKind::Let { name, value } => {
                let value = self.value(value).await?;
                self.scope.set(name.node.clone(), value);
                Ok(Flow::Next)
            }
            StatementKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    if self.condition(condition).await? {
                        return self.block(body).await;
                    }
                }
                match otherwise {
                    Some(body) => self.block(body).await,
                    None => Ok(Flow::Next),
                }
            }
            StatementKind::While { condition, body } => {
                while self.condition(condition).await? {
                    if let Some(flow) = self.turn(body).await? {
                        return Ok(flow);
                    }
                }
                Ok(Flow::Next)
            }
            StatementKind::For { name, list, body } => self.each(&name.node, list, body).await,
            StatementKind::Repeat { count, body } => {
                for _ in 0..self.count(count).await? {
                    if let Some(flow) = self.turn(body).await? {
                        return Ok(flow);
                    }
                }
                Ok(Flow::Next)
            }
            StatementKind::Def { name, parameters, body } => {
                let source = Arc::clone(&self.source);
                let definition = Definition { parameters: parameters.clone(), body: body.clone(), source };
                self.shared.define(&name.node, definition);
                Ok(Flow::Next)
            }
            StatementKind::Call(call) => {
                self.call(call, span).await?;
                Ok(Flow::Next)
            }
            StatementKind::Return(value) => Ok(Flow::Return(match value {
                Some(value) => self.value(value).await?,
                None => Value::Nothing,
            })),
            StatementKind::Include(path) => self.include(path).await,
            StatementKind::Par(body) => self.par(body).await,
            StatementKind::Retry { times, every, body } => {
                let times = self.count(times).await?;
                let every = match every {
                    Some(every) => self.duration(every).await?,
                    None => Duration::ZERO,
                };
                self.retry(times, every, body).await
            }
            StatementKind::Test { name, body } => self.test(name, body, span).await,
            StatementKind::Setup(body) => self.block(body).await,
            StatementKind::Cleanup(body) => {
                self.shared.clean_up_with(&self.source, body, span);
                Ok(Flow::Next)
            }
            StatementKind::Break => Ok(Flow::Break),
            StatementKind::Continue => Ok(Flow::Continue),
        }
    }

    /// One turn of a loop; `Some` when the loop has to end with it.
    async fn turn(&mut self, body: &Block) -> Result<Option<Flow>, Fault> {
        Ok(match self.block(body).await? {
            Flow::Next | Flow::Continue => None,
            Flow::Break => Some(Flow::Next),
            asked @ (Flow::Return(_) | Flow::Exit(_)) => Some(asked),
        })
    }

    async fn each(&mut self, name: &str, list: &Spanned<Expr>, body: &Block) -> Result<Flow, Fault> {
        if let Expr::Range(from, to) = &list.node {
            let (from, to) = (self.value(from).await?, self.value(to).await?);
            let (Some(from), Some(to)) = (from.integer(), to.integer()) else {
                return Err(self.fault(Problem::usage("a range goes from one whole number to another"), list.span));
            };
            for number in from..=to {
                self.scope.set(name, Value::Integer(number));
                if let Some(flow) = self.turn(body).await? {
                    return Ok(flow);
                }
            }
            return Ok(Flow::Next);
        }
        let Value::List(items) = self.value(list).await? else {
            let problem =
                Problem::usage("`for` goes through a list").hint("split text with `lines(x)` or `split(x, \",\")`");
            return Err(self.fault(problem, list.span));
        };
        for item in items.iter() {
            self.scope.set(name, item.clone());
            if let Some(flow) = self.turn(body).await? {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// Calls a function of the script or a built-in one.
    pub(super) async fn call(&mut self, call: &Call, span: Span) -> Result<Value, Fault> {
        let definition = lock(&self.shared.definitions).get(&call.name.node).cloned();
        match definition {
            Some(definition) => self.call_definition(&definition, call, span).await,
            None => self.call_function(call, span).await,
        }
    }

    async fn call_definition(&mut self, definition: &Arc<Definition>, call: &Call, span: Span) -> Result<Value, Fault> {
        if self.depth >= DEEPEST_CALL {
            let problem = Problem::usage(format!("calls nest deeper than {DEEPEST_CALL}"))
                .hint(format!("does `{}` call itself without end?", call.name.node));
            return Err(self.fault(problem, span));
        }
        let scope = Scope::within(&self.shared.globals);
        let mut next = 0;
        for (name, value) in &call.arguments {
            let value = self.value(value).await?;
            let parameter = match name {
                Some(name) => Some(name.node.clone()),
                None => definition.parameters.get(next).map(|(parameter, _)| parameter.node.clone()),
            };
            next += usize::from(name.is_none());
            let Some(parameter) = parameter else {
                let problem = Problem::usage(format!("`{}` takes fewer arguments", call.name.node));
                return Err(self.fault(problem, span));
            };
            scope.set(parameter, value);
        }
        let mut inner = Evaluator {
            scope: Arc::clone(&scope),
            source: Arc::clone(&definition.source),
            current: Arc::clone(&self.current),
            depth: self.depth + 1,
            ..self.beside()
        };
        for (parameter, default) in &definition.parameters {
            if scope.own(&parameter.node) {
                continue;
            }
            let Some(default) = default else {
                let problem = Problem::usage(format!("`{}` wants `{}`", call.name.node, parameter.node));
                return Err(self.fault(problem, span));
            };
            let value = inner.value(default).await?;
            scope.set(parameter.node.clone(), value);
        }
        match inner.block(&definition.body).await? {
            Flow::Return(value) => Ok(value),
            Flow::Exit(code) => {
                // The error breaks off whatever expression this stands in; the statement asks for the exit.
                self.asked = Some(Flow::Exit(code));
                Err(self.fault(Problem::usage("the script was asked to exit"), span))
            }
            _ => Ok(Value::Nothing),
        }
    }

    async fn include(&mut self, path: &Spanned<Template>) -> Result<Flow, Fault> {
        let text = self.template(&path.node).await?;
        let key = std::path::PathBuf::from(String::from_utf8_lossy(&text).into_owned());
        let key = super::super::program::resolve(&self.source, &key);
        let found = lock(&self.shared.included).get(&key).cloned();
        let Some((source, block)) = found else {
            let problem = Problem::usage(format!("`{}` was not read with the script", key.display()))
                .hint("the path of an `include` is a text without variables");
            return Err(self.fault(problem, path.span));
        };
        let outer = std::mem::replace(&mut self.source, source);
        let flow = self.block(&block).await;
        self.source = outer;
        flow
    }

    /// Runs each statement of the block beside the others; the first failure ends them all.
    async fn par(&mut self, body: &Block) -> Result<Flow, Fault> {
        let mut branches: Vec<(Self, _)> = body.statements().map(|statement| (self.beside(), statement)).collect();
        for (branch, _) in &mut branches {
            branch.steps.beside = true;
        }
        let running = branches.iter_mut().map(|(evaluator, statement)| -> Task<'_, Result<(), Left>> {
            Box::pin(async move {
                match evaluator.statement(statement).await {
                    Ok(Flow::Next) => Ok(()),
                    Ok(asked) => Err(Left::Asked(asked)),
                    Err(fault) => Err(Left::Failed(fault)),
                }
            })
        });
        match join(running.collect()).await {
            Ok(()) => Ok(Flow::Next),
            Err(Left::Asked(flow)) => Ok(flow),
            Err(Left::Failed(fault)) => Err(fault),
        }
    }

    async fn retry(&mut self, times: u64, every: Duration, body: &Block) -> Result<Flow, Fault> {
        if times == 0 {
            return Ok(Flow::Next);
        }
        let mut attempt = 0;
        loop {
            attempt += 1;
            let outer = self.attempt.replace(Arc::default());
            let outcome = self.block(body).await;
            let opened = std::mem::replace(&mut self.attempt, outer);
            match outcome {
                Err(fault) if may_retry(&fault) && attempt < times => {
                    let reason = fault.diagnostic.message;
                    self.emit(None, What::Retried { attempt, reason });
                    // The next attempt opens its own, perhaps under the same names.
                    for session in opened.iter().flat_map(|opened| std::mem::take(&mut *lock(opened))) {
                        self.shared.end(&session, Ending::Orderly);
                    }
                    tokio::time::sleep(every).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// A case, if it is one of those that are to run: its failure is told and noted, and the script goes on.
    async fn test(&mut self, name: &Spanned<Template>, body: &Block, span: Span) -> Result<Flow, Fault> {
        let name = String::from_utf8_lossy(&self.template(&name.node).await?).into_owned();
        if !self.shared.config.selection.takes(&name, &self.source, span) {
            return Ok(Flow::Next);
        }
        let started = clock::now();
        let outcome = self.block(body).await;
        let took = clock::now().duration_since(started);
        let (flow, failure) = match outcome {
            Ok(flow) => (flow, None),
            Err(fault) => (Flow::Next, Some(Box::new(fault))),
        };
        if failure.is_some() {
            lock(&self.shared.handler_code).get_or_insert(crate::engine::Class::Unmet.code());
        }
        self.emit(None, What::Tested { name, failure, took });
        Ok(flow)
    }
}

/// Why a branch of `par` ends the others.
enum Left {
    /// It asked for something: `exit`, `break`.
    Asked(Flow),
    /// It failed.
    Failed(Fault),
}

/// Polls all futures until each has ended, or one has failed.
async fn join<E>(mut futures: Vec<Task<'_, Result<(), E>>>) -> Result<(), E> {
    std::future::poll_fn(|cx| {
        let mut failed = None;
        futures.retain_mut(|future| {
            if failed.is_some() {
                return true;
            }
            match future.as_mut().poll(cx) {
                Poll::Ready(Ok(())) => false,
                Poll::Ready(Err(error)) => {
                    failed = Some(error);
                    false
                }
                Poll::Pending => true,
            }
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if futures.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await
}
