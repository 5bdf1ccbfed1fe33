//! Statements: what each names, and whether it may stand where it stands.

use std::collections::HashSet;

use super::Checker;
use super::collect::{Definitions, parameter_shape, signature_of, words};
use super::scope::{Kind, Scope};
use crate::language::ast::{
    Argument, Block, Command, Expr, Handler, Handlers, Item, Setting, Spanned, Stage, Statement, StatementKind, Term,
    Word,
};
use crate::language::diagnostic::Diagnostic;
use crate::language::grammar::describe;
use crate::language::pattern;
use crate::language::signature::{Shape, Signature};
use crate::language::source::Span;
use crate::language::vocabulary::EventEntry;

impl Checker<'_> {
    /// Checks the statements of a block.
    pub(super) fn block(&mut self, block: &Block, scope: &mut Scope) {
        for item in &block.items {
            if let Item::Statement(statement) = item {
                self.statement(statement, scope);
            }
        }
    }

    /// Checks a block that runs in the same scope, perhaps several times.
    fn nested(&mut self, block: &Block, scope: &mut Scope, is_loop: bool) {
        scope.blocks += 1;
        scope.loops += usize::from(is_loop);
        self.block(block, scope);
        scope.loops -= usize::from(is_loop);
        scope.blocks -= 1;
    }

    fn statement(&mut self, statement: &Statement, scope: &mut Scope) {
        if let Some(label) = &statement.label {
            self.session(&label.node, label.span, scope);
        }
        match &statement.kind {
            StatementKind::Command(command) => self.command(statement, command, scope),
            StatementKind::Call(call) => self.call(call, scope),
            StatementKind::Shell(_) => {}
            StatementKind::Let { name, value } => {
                self.expr(value, scope);
                scope.define(&name.node);
            }
            StatementKind::If { arms, otherwise } => {
                for (condition, block) in arms {
                    self.expr(condition, scope);
                    self.nested(block, scope, false);
                }
                if let Some(block) = otherwise {
                    self.nested(block, scope, false);
                }
            }
            StatementKind::While { condition, body } => {
                self.expr(condition, scope);
                self.nested(body, scope, true);
            }
            StatementKind::For { name, list, body } => {
                self.expr(list, scope);
                scope.define(&name.node);
                self.nested(body, scope, true);
            }
            StatementKind::Repeat { count, body } => {
                self.counted(count, Shape::Integer, scope);
                self.nested(body, scope, true);
            }
            StatementKind::Retry { times, every, body } => {
                self.counted(times, Shape::Integer, scope);
                if let Some(every) = every {
                    self.counted(every, Shape::Duration, scope);
                }
                self.nested(body, scope, false);
            }
            StatementKind::Def { name, parameters, body } => self.definition(name, parameters, body, scope),
            StatementKind::Include(path) => self.template(&path.node, scope),
            StatementKind::Par(body) => self.nested(body, scope, false),
            StatementKind::Test { .. } | StatementKind::Setup(_) | StatementKind::Cleanup(_) => {
                self.case(statement, scope);
            }
            StatementKind::Return(_) | StatementKind::Break | StatementKind::Continue => self.leave(statement, scope),
        }
    }

    /// Checks an expression that counts or pauses: a literal of another kind is wrong.
    fn counted(&mut self, expr: &Spanned<Expr>, shape: Shape, scope: &mut Scope) {
        self.expr(expr, scope);
        let fits = match &expr.node {
            Expr::Integer(_) => shape == Shape::Integer,
            Expr::Duration(..) => shape == Shape::Duration,
            Expr::Text(..)
            | Expr::File(_)
            | Expr::Regex(_)
            | Expr::Float(_)
            | Expr::Size(..)
            | Expr::Rate(..)
            | Expr::Percent(..)
            | Expr::Boolean(_)
            | Expr::List(_)
            | Expr::Range(..)
            | Expr::Sessions(_) => false,
            _ => true,
        };
        if !fits {
            let diagnostic = Diagnostic::error(format!("expected {}", describe(shape))).at(expr.span);
            let unit = shape == Shape::Duration && matches!(expr.node, Expr::Integer(_));
            self.report(if unit { diagnostic.hint("a duration has a unit: `2s`, `50ms`") } else { diagnostic });
        }
    }

    /// Checks a function's definition.
    fn definition(
        &mut self,
        name: &Word,
        parameters: &[(Word, Option<Spanned<Expr>>)],
        body: &Block,
        scope: &mut Scope,
    ) {
        if !self.defined.insert(name.node.clone()) {
            let message = format!("`{}` is defined twice", name.node);
            self.report(Diagnostic::error(message).at(name.span));
        }
        if self.vocabulary.functions().iter().any(|function| function.name == name.node) {
            let message = format!("`{}` is a function of the language", name.node);
            self.report(Diagnostic::error(message).at(name.span).hint("give it another name"));
        }
        let mut inner = scope.inner(Kind::Function);
        for (at, (parameter, default)) in parameters.iter().enumerate() {
            if let Some(default) = default {
                self.expr(default, scope);
            }
            if parameters[..at].iter().any(|(other, _)| other == parameter) {
                let message = format!("the parameter `{}` is there twice", parameter.node);
                self.report(Diagnostic::error(message).at(parameter.span));
            }
            inner.define(&parameter.node);
        }
        self.block(body, &mut inner);
    }

    /// Checks a test case, a setup or a cleanup: they stand outermost, setup and cleanup also in a test case.
    fn case(&mut self, statement: &Statement, scope: &mut Scope) {
        let (word, body) = match &statement.kind {
            StatementKind::Test { name, body } => {
                self.template(&name.node, scope);
                ("test", body)
            }
            StatementKind::Setup(body) => ("setup", body),
            StatementKind::Cleanup(body) => ("cleanup", body),
            _ => return,
        };
        let is_test = word == "test";
        if !scope.is_straight() || (is_test && scope.in_test) {
            let start = statement.span.0.start;
            let inside =
                if scope.in_setup { "a `setup` or `cleanup`" } else { "a test case, block, function or handler" };
            let diagnostic = Diagnostic::error(format!("`{word}` stands inside {inside}"));
            self.report(diagnostic.at(Span::new(start, start + word.len())).hint("it stands outermost in a script"));
        }
        let before = (scope.in_test, scope.in_setup, self.open.clone(), self.switched);
        scope.in_test |= is_test;
        scope.in_setup |= !is_test;
        self.block(body, scope);
        (scope.in_test, scope.in_setup, self.open, self.switched) = before;
    }

    /// Checks `return`, `break` and `continue`.
    fn leave(&mut self, statement: &Statement, scope: &mut Scope) {
        let diagnostic = match &statement.kind {
            StatementKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(value, scope);
                }
                (scope.kind == Kind::Script).then_some("`return` stands outside a function or handler")
            }
            StatementKind::Break => (scope.loops == 0).then_some("`break` stands outside a loop"),
            _ => (scope.loops == 0).then_some("`continue` stands outside a loop"),
        };
        if let Some(message) = diagnostic {
            self.report(Diagnostic::error(message).at(statement.span.0));
        }
    }

    fn command(&mut self, statement: &Statement, command: &Command, scope: &mut Scope) {
        let Some(signature) = signature_of(self.vocabulary, &command.name.node) else { return };
        self.words(signature, &command.arguments, &command.options, scope);
        self.transport_options(signature, command);
        if scope.is_straight() {
            self.effect(statement, command, signature);
        }
        let handlers = || command.handlers.iter().flat_map(Handlers::iter);
        // The handlers of a connection share its variables, whichever of them runs first.
        let shared: HashSet<String> =
            handlers().flat_map(|handler| Definitions::of(&handler.body, self.vocabulary).variables).collect();
        for handler in handlers() {
            self.fits(handler, signature);
            self.handler(handler, &shared, scope);
        }
    }

    /// Checks the words of a command or stage.
    fn words(&mut self, signature: &'static Signature, arguments: &[Argument], options: &[Setting], scope: &mut Scope) {
        for argument in arguments {
            if let Term::Session(session) = &argument.term.node {
                self.session_or(session, argument.term.span, scope, &signature.instead_of(argument.parameter));
            } else if let Some(shape) = parameter_shape(signature.parameters, argument.parameter) {
                words(shape, &argument.term, &mut |shape, term| self.term(shape, term, scope));
            }
        }
        for setting in options {
            if let Some(option) = signature.option(&setting.key.node) {
                words(option.shape, &setting.value, &mut |shape, term| self.term(shape, term, scope));
            }
        }
    }

    /// Checks one word.
    fn term(&mut self, shape: Shape, term: &Spanned<Term>, scope: &mut Scope) {
        match &term.node {
            Term::Word(name) if shape == Shape::NewVariable => scope.define(name),
            Term::Word(name) if shape == Shape::VariableName => {
                if !self.is_variable(name, scope) && !self.definitions.includes {
                    self.unknown_variable(name, term.span, scope);
                }
            }
            Term::Word(_) | Term::Sequence(_) => {}
            Term::Template(_) if shape == Shape::Pattern => {
                // What `expect request` takes out of a path.
                self.pattern(term).into_iter().for_each(|name| scope.define(name));
            }
            Term::Expr(expr) => self.expr_at(expr, term.span, scope),
            Term::Template(template) => self.template(template, scope),
            Term::Endpoint(templates) => templates.iter().for_each(|template| self.template(&template.node, scope)),
            Term::Session(session) => self.session(session, term.span, scope),
            Term::Pipeline(stages) => self.stages(stages, scope),
            Term::Route(route) => {
                self.stages(&route.stages, scope);
                route.targets.iter().for_each(|target| self.template(&target.node, scope));
            }
        }
    }

    fn stages(&mut self, stages: &[Stage], scope: &mut Scope) {
        for stage in stages {
            let known = self.vocabulary.stages().iter().copied().find(|known| known.name == stage.name.node);
            if let Some(signature) = known {
                self.words(signature, &stage.arguments, &stage.options, scope);
            }
        }
    }

    /// Checks that a command has the event of one of its handlers.
    fn fits(&mut self, handler: &Handler, signature: &Signature) {
        let events = self.vocabulary.events();
        let has = |event: &&EventEntry| event.commands.contains(&signature.name);
        let known = events.iter().find(|event| event.signature.name == handler.event.node);
        if known.as_ref().is_none_or(has) {
            return;
        }
        let own: Vec<String> =
            events.iter().filter(has).map(|event| format!("`on {}`", event.signature.name)).collect();
        let message = format!("`{}` has no `on {}`", signature.name, handler.event.node);
        self.report(Diagnostic::error(message).at(handler.event.span).hint(format!("it has {}", own.join(", "))));
    }

    /// Checks the pattern of an event, and gives the variables that it sets.
    fn pattern<'t>(&mut self, term: &'t Spanned<Term>) -> Vec<&'t str> {
        let Term::Template(template) = &term.node else { return Vec::new() };
        let Some(text) = template.literal() else { return Vec::new() };
        if let Some(mistake) = pattern::mistake(text) {
            self.report(Diagnostic::error(mistake).at(term.span));
        }
        pattern::names(text).collect()
    }

    fn handler(&mut self, handler: &Handler, shared: &HashSet<String>, scope: &Scope) {
        let events = self.vocabulary.events();
        let event = events.iter().find(|event| event.signature.name == handler.event.node);
        let mut inner = scope.inner(Kind::Handler);
        for name in shared {
            inner.define(name);
        }
        let own = event.map_or(&[][..], |event| event.variables);
        self.vocabulary.handler_variables().iter().chain(own).for_each(|entry| inner.define(entry.name));
        for argument in &handler.arguments {
            let shape = event.and_then(|event| parameter_shape(event.signature.parameters, argument.parameter));
            if shape == Some(Shape::Pattern) {
                self.pattern(&argument.term).into_iter().for_each(|name| inner.define(name));
            } else if let Some(shape) = shape {
                words(shape, &argument.term, &mut |shape, term| self.term(shape, term, &mut inner));
            }
        }
        self.block(&handler.body, &mut inner);
    }
}
