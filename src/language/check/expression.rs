//! Expressions: their variables, fields, functions and regular expressions.

use super::collect::pieces;
use super::scope::{Kind, Scope};
use super::{Checker, suggesting};
use crate::language::ast::{Call, Expr, Piece, SessionRef, Spanned, Template, Variable};
use crate::language::diagnostic::Diagnostic;
use crate::language::distance::nearest;
use crate::language::source::Span;

impl Checker<'_> {
    /// Checks an expression.
    pub(super) fn expr(&mut self, expr: &Spanned<Expr>, scope: &mut Scope) {
        self.expr_at(&expr.node, expr.span, scope);
    }

    /// Checks an expression that stands at `span`.
    pub(super) fn expr_at(&mut self, expr: &Expr, span: Span, scope: &mut Scope) {
        match expr {
            Expr::Text(_, template) | Expr::File(template) => self.template(template, scope),
            Expr::Regex(regex) => self.regex(regex, span, scope),
            Expr::Variable(variable) | Expr::Sessions(SessionRef::Variable(variable)) => self.variable(variable, scope),
            Expr::Sessions(session) => self.session(session, span, scope),
            Expr::List(items) => items.iter().for_each(|item| self.expr(item, scope)),
            Expr::Call(call) => self.call(call, scope),
            Expr::Range(left, right) | Expr::Index(left, right) | Expr::Binary(_, left, right) => {
                self.expr(left, scope);
                self.expr(right, scope);
            }
            Expr::Unary(_, inner) | Expr::Group(inner) => self.expr(inner, scope),
            Expr::Integer(_)
            | Expr::Float(_)
            | Expr::Duration(..)
            | Expr::Size(..)
            | Expr::Rate(..)
            | Expr::Percent(..)
            | Expr::Boolean(_) => {}
        }
    }

    /// Checks what stands in a text.
    pub(super) fn template(&mut self, template: &Template, scope: &mut Scope) {
        pieces(template, &mut |piece| match piece {
            Piece::Variable(variable) => self.variable(&variable.node, scope),
            Piece::Expr(expr) => self.expr(expr, scope),
            Piece::Literal(_) => {}
        });
    }

    /// Checks that a variable is there, and its fields if it is a session.
    pub(super) fn variable(&mut self, variable: &Variable, scope: &Scope) {
        let name = variable.name.node.as_str();
        let given = name.starts_with(|letter: char| letter.is_ascii_digit()) || matches!(name, "#" | "*");
        if given || self.is_variable(name, scope) {
            return;
        }
        if self.is_session(name) {
            self.fields(variable);
        } else if !self.definitions.includes {
            self.unknown_variable(name, variable.name.span, scope);
        }
    }

    /// Reports a variable that is not there.
    pub(super) fn unknown_variable(&mut self, name: &str, span: Span, scope: &Scope) {
        if self.is_full() {
            return;
        }
        let diagnostic = Diagnostic::error(format!("unknown variable `${name}`")).at(span);
        let present = [self.names.variables(), self.names.sessions("", usize::MAX)].concat();
        let mut known: Vec<&str> = scope.variables.iter().chain(&present).map(String::as_str).collect();
        known.extend(self.definitions.sessions.iter().map(String::as_str));
        if scope.kind != Kind::Script {
            known.extend(self.definitions.variables.iter().map(String::as_str));
        }
        known.sort_unstable();
        let dashed = known.iter().find(|known| known.strip_prefix(name).is_some_and(|tail| tail.starts_with('-')));
        let handlers = self.vocabulary.handler_variables().iter();
        let events = self.vocabulary.events().iter().flat_map(|event| event.variables);
        let diagnostic = if let Some(dashed) = dashed {
            diagnostic.hint(format!("a name with `-` in it stands in braces: `${{{dashed}}}`"))
        } else if handlers.chain(events).any(|entry| entry.name == name) {
            diagnostic.hint(format!("`${name}` is there in some handlers alone: `on EVENT {{ … }}`"))
        } else {
            suggesting(diagnostic, nearest(name, known.iter().copied()), |near| format!("${near}"))
        };
        self.report(diagnostic);
    }

    /// Checks the fields behind a session's name.
    fn fields(&mut self, variable: &Variable) {
        let number = |text: &str| text == "*" || text.chars().all(|letter| letter.is_ascii_digit());
        let Some(field) = variable.path.iter().find(|segment| !number(&segment.node)) else { return };
        let fields = self.vocabulary.fields();
        if fields.iter().any(|known| known.name == field.node) {
            return;
        }
        let listed: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let near = nearest(&field.node, fields.iter().map(|field| field.name));
        let message = format!("a session has no field `{}`", field.node);
        let diagnostic = Diagnostic::error(message).at(field.span);
        let diagnostic = suggesting(diagnostic, near, str::to_owned);
        self.report(diagnostic.hint(format!("fields are {}", listed.join(", "))));
    }

    /// Checks that a function is there and takes these arguments.
    pub(super) fn call(&mut self, call: &Call, scope: &mut Scope) {
        for (_, value) in &call.arguments {
            self.expr(value, scope);
        }
        let name = call.name.node.as_str();
        if let Some(parameters) = self.definitions.functions.get(name).cloned() {
            self.own_call(call, &parameters);
            return;
        }
        let built_in = self.vocabulary.functions().iter().find(|function| function.name == name);
        let arity = built_in.map(|function| function.arity).or_else(|| self.names.arity(name));
        match arity {
            Some(arity) => self.count(call, arity, built_in.map_or("", |function| function.parameters)),
            None if self.definitions.includes || self.definitions.salvaged.contains(name) => {}
            None => self.unknown_function(call),
        }
    }

    /// Reports a function that is not there.
    fn unknown_function(&mut self, call: &Call) {
        let name = call.name.node.as_str();
        if self.is_full() {
            return;
        }
        let diagnostic = Diagnostic::error(format!("unknown function `{name}`")).at(call.name.span);
        let mut known: Vec<&str> = self.vocabulary.functions().iter().map(|function| function.name).collect();
        let present = self.names.functions();
        known.extend(self.definitions.functions.keys().chain(&present).map(String::as_str));
        known.sort_unstable();
        let is_command = self.vocabulary.commands().iter().any(|command| command.name == name);
        let diagnostic = if is_command {
            diagnostic.hint(format!("`{name}` is a command: its words follow without brackets"))
        } else {
            suggesting(diagnostic, nearest(name, known.into_iter()), |near| format!("{near}()"))
        };
        self.report(diagnostic);
    }

    /// Checks the number of arguments.
    fn count(&mut self, call: &Call, (least, most): (usize, usize), parameters: &str) {
        let given = call.arguments.len();
        if (least..=most).contains(&given) {
            return;
        }
        let wanted = if least == most {
            format!("{least} argument{}", if least == 1 { "" } else { "s" })
        } else if most == usize::MAX {
            format!("at least {least} argument{}", if least == 1 { "" } else { "s" })
        } else {
            format!("{least} to {most} arguments")
        };
        let name = &call.name.node;
        let diagnostic = Diagnostic::error(format!("`{name}` takes {wanted}, not {given}")).at(call.name.span);
        let usage = format!("it is called `{name}({parameters})`");
        self.report(if parameters.is_empty() { diagnostic } else { diagnostic.hint(usage) });
    }

    /// Checks the arguments of a function of this script.
    fn own_call(&mut self, call: &Call, parameters: &[(String, bool)]) {
        let shown: Vec<String> = parameters
            .iter()
            .map(|(name, default)| if *default { format!("{name}=…") } else { name.clone() })
            .collect();
        let positional = call.arguments.iter().filter(|(key, _)| key.is_none()).count();
        for (at, (key, value)) in call.arguments.iter().enumerate() {
            let Some(key) = key else { continue };
            let known = parameters.iter().position(|(name, _)| *name == key.node);
            let twice = call.arguments[..at].iter().any(|(other, _)| other.as_ref() == Some(key));
            if known.is_none() {
                let message = format!("`{}` has no parameter `{}`", call.name.node, key.node);
                let near = nearest(&key.node, parameters.iter().map(|(name, _)| name.as_str()));
                self.report(suggesting(Diagnostic::error(message).at(key.span), near, str::to_owned));
                return;
            }
            if twice || known.is_some_and(|known| known < positional) {
                let message = format!("`{}` is given twice", key.node);
                self.report(Diagnostic::error(message).at(key.span.to(value.span)));
                return;
            }
        }
        let missing = parameters.iter().skip(positional).any(|(name, default)| {
            !default && !call.arguments.iter().any(|(key, _)| key.as_ref().is_some_and(|key| key.node == *name))
        });
        if missing || call.arguments.len() > parameters.len() {
            let least = parameters.iter().filter(|(_, default)| !default).count();
            let most = parameters.len();
            let given = call.arguments.len();
            let wrong = if (least..=most).contains(&given) { usize::MAX } else { least };
            if wrong == usize::MAX {
                let message = format!("a required argument of `{}` is missing", call.name.node);
                let usage = format!("it is called `{}({})`", call.name.node, shown.join(", "));
                self.report(Diagnostic::error(message).at(call.name.span).hint(usage));
            } else {
                self.count(call, (least, most), &shown.join(", "));
            }
        }
    }
}
