//! Expressions as text.

use super::Writer;
use crate::language::ast::{BinaryOp, Call, Expr, SessionRef, Spanned, UnaryOp, Variable};
use crate::language::source::Span;

impl Writer {
    /// An expression behind a space.
    pub(super) fn spaced(&mut self, expr: &Spanned<Expr>) {
        self.push(" ");
        self.expr(expr);
    }

    /// An expression.
    pub(super) fn expr(&mut self, expr: &Spanned<Expr>) {
        self.expr_at(&expr.node, expr.span);
    }

    /// An expression that stood at `span`.
    pub(super) fn expr_at(&mut self, expr: &Expr, span: Span) {
        match expr {
            Expr::Text(quote, template) => self.literal(*quote, template),
            Expr::File(template) => {
                self.push("@");
                self.template(template, Span::new(span.start.saturating_add(1), span.end));
            }
            Expr::Regex(regex) => self.push(&format!("/{}/{}", regex.pattern, regex.flags)),
            Expr::Integer(number) => self.push(&number.to_string()),
            Expr::Float(number) => self.push(&float(*number)),
            Expr::Duration(_, text) | Expr::Size(_, text) | Expr::Rate(_, text) | Expr::Percent(_, text) => {
                self.push(text);
            }
            Expr::Boolean(value) => self.push(if *value { "true" } else { "false" }),
            Expr::Variable(variable) => self.variable(variable),
            Expr::Sessions(session) => self.session(session),
            Expr::List(items) => {
                self.push("[");
                self.joined(items, ", ", Self::expr);
                self.push("]");
            }
            Expr::Range(from, to) => {
                self.expr(from);
                // Behind a bare path dots would belong to the path.
                let tight = matches!(from.node, Expr::Integer(_) | Expr::Variable(_) | Expr::Group(_) | Expr::Call(_));
                self.push(if tight { ".." } else { " .. " });
                self.expr(to);
            }
            Expr::Call(call) => self.call(call),
            Expr::Index(list, index) => {
                self.expr(list);
                self.push("[");
                self.expr(index);
                self.push("]");
            }
            Expr::Unary(operator, operand) => {
                self.push(if *operator == UnaryOp::Not { "not " } else { "-" });
                self.expr(operand);
            }
            Expr::Binary(operator, left, right) => {
                self.expr(left);
                self.push(sign(*operator));
                self.expr(right);
            }
            Expr::Group(inner) => {
                self.push("(");
                self.expr(inner);
                self.push(")");
            }
        }
    }

    /// `name(a, b=1)`
    pub(super) fn call(&mut self, call: &Call) {
        self.push(&call.name.node);
        self.push("(");
        self.joined(&call.arguments, ", ", |writer, (key, value)| {
            if let Some(key) = key {
                writer.push(&key.node);
                writer.push("=");
            }
            writer.expr(value);
        });
        self.push(")");
    }

    /// `$name.field`; a name with `-` in it stands in braces.
    pub(super) fn variable(&mut self, variable: &Variable) {
        if variable.name.node.contains('-') { self.braced(variable) } else { self.bare_variable(variable) }
    }

    /// `srv`, `srv.*`, `$x`
    pub(super) fn session(&mut self, session: &SessionRef) {
        match session {
            SessionRef::Name(name) => self.push(name),
            SessionRef::All(name) => {
                self.push(name);
                self.push(".*");
            }
            SessionRef::Variable(variable) => self.bare_variable(variable),
        }
    }
}

/// A number with a decimal point.
fn float(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

/// An operator with its spaces.
fn sign(operator: BinaryOp) -> &'static str {
    match operator {
        BinaryOp::Or => " or ",
        BinaryOp::And => " and ",
        BinaryOp::Equal => " == ",
        BinaryOp::NotEqual => " != ",
        BinaryOp::Less => " < ",
        BinaryOp::LessEqual => " <= ",
        BinaryOp::Greater => " > ",
        BinaryOp::GreaterEqual => " >= ",
        BinaryOp::Contains => " contains ",
        BinaryOp::Starts => " starts ",
        BinaryOp::Ends => " ends ",
        BinaryOp::Matches => " ~ ",
        BinaryOp::Add => " + ",
        BinaryOp::Subtract => " - ",
        BinaryOp::Multiply => " * ",
        BinaryOp::Divide => " / ",
        BinaryOp::Remainder => " % ",
    }
}
