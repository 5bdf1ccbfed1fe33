//! Templates as text: bare words, and paths that were quoted.

use super::Writer;
use crate::language::ast::{Expr, Piece, Spanned, Template, Variable};
use crate::language::source::Span;

impl Writer {
    /// A bare word, or a path that stood at `span` in quotes and keeps them.
    pub(super) fn template(&mut self, template: &Template, span: Span) {
        let written = span.end.saturating_sub(span.start);
        if written > bare_length(template) || !is_bare(template) {
            return self.quoted(template);
        }
        for (at, piece) in template.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(bytes) => self.push(&String::from_utf8_lossy(bytes)),
                Piece::Variable(variable) => self.embedded(&variable.node, template.pieces.get(at + 1)),
                Piece::Expr(expr) => self.inserted(expr),
            }
        }
    }

    /// `$name` inside a text or word; in braces when what follows would be taken for a part of it.
    pub(super) fn embedded(&mut self, variable: &Variable, next: Option<&Piece>) {
        let glued = match next {
            Some(Piece::Literal(bytes)) => continues(bytes),
            _ => false,
        };
        let name = variable.name.node.as_str();
        if glued || name.contains('-') || matches!(name, "#" | "*") {
            self.braced(variable);
        } else {
            self.bare_variable(variable);
        }
    }

    /// `${expression}`
    pub(super) fn inserted(&mut self, expr: &Spanned<Expr>) {
        self.inside += 1;
        self.push("${");
        self.expr(expr);
        self.push("}");
        self.inside -= 1;
    }

    /// `${name.field}`
    pub(super) fn braced(&mut self, variable: &Variable) {
        self.push("${");
        self.path(variable);
        self.push("}");
    }

    /// `$name.field`
    pub(super) fn bare_variable(&mut self, variable: &Variable) {
        self.push("$");
        self.path(variable);
    }

    fn path(&mut self, variable: &Variable) {
        self.push(&variable.name.node);
        for segment in &variable.path {
            self.push(".");
            self.push(&segment.node);
        }
    }
}

/// Whether a literal, behind a variable, begins with what would be taken for a part of its name.
fn continues(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('.').unwrap_or(&text);
    text.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '*')
}

/// How long a template was, if it was not quoted.
fn bare_length(template: &Template) -> usize {
    let length = |span: Span| span.end - span.start;
    let piece = |piece: &Piece| match piece {
        Piece::Literal(bytes) => bytes.len(),
        Piece::Variable(variable) => length(variable.span),
        Piece::Expr(expr) => length(expr.span),
    };
    template.pieces.iter().map(piece).sum()
}

/// Whether a template can stand without quotes.
fn is_bare(template: &Template) -> bool {
    let bare = |piece: &Piece| match piece {
        Piece::Literal(bytes) => std::str::from_utf8(bytes).is_ok_and(|text| {
            !text.contains("->")
                && !text.contains(|l: char| l.is_whitespace() || l.is_control() || ";{}\"'".contains(l))
        }),
        _ => true,
    };
    !template.pieces.is_empty()
        && template.pieces.iter().all(bare)
        && !matches!(template.pieces.last(), Some(Piece::Literal(bytes)) if bytes.ends_with(b"\\"))
        && !matches!(template.pieces.first(), Some(Piece::Literal(bytes)) if bytes.starts_with(b"#"))
}
