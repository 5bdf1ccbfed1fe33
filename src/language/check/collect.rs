//! Definitions: the sessions, variables and functions that a script brings into being anywhere.

use std::collections::{HashMap, HashSet};

use crate::language::ast::{
    Argument, Block, Command, Expr, Handlers, Item, Piece, Setting, Spanned, Statement, StatementKind, Template, Term,
};
use crate::language::compile_regex;
use crate::language::pattern;
use crate::language::signature::{Parameter, Shape, Signature};
use crate::language::source::Span;
use crate::language::vocabulary::Vocabulary;

/// What a script defines, wherever it does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Definitions {
    /// Names of sessions.
    pub(crate) sessions: HashSet<String>,
    /// Names of variables, those of functions and handlers excepted.
    pub(crate) variables: HashSet<String>,
    /// Functions with their parameters, each with whether it has a default.
    pub(crate) functions: HashMap<String, Vec<(String, bool)>>,
    /// Whether another script is included, so that a name may come from there.
    pub(crate) includes: bool,
    /// Names from statements that could not be read.
    pub(crate) salvaged: HashSet<String>,
}

impl Definitions {
    /// What `block` defines.
    pub(crate) fn of(block: &Block, vocabulary: &dyn Vocabulary) -> Self {
        let mut collector = Collector { vocabulary, found: Self::default(), outside: true };
        collector.block(block);
        collector.found
    }

    /// Takes the names that the line at `place` would have defined if it could be read.
    pub(crate) fn salvage(&mut self, text: &str, place: Span) {
        let start = text[..text.floor_char_boundary(place.start)].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or("");
        let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-');
        while let Some(word) = words.next() {
            if !matches!(word, "as" | "let" | "for" | "def") {
                continue;
            }
            let Some(name) = words.find(|word| !word.is_empty()) else { return };
            self.salvaged.insert(name.to_owned());
        }
    }
}

/// Calls `found` with every word of `term` and the shape it stands for, those inside a `Choice` included.
pub(crate) fn words<'t>(shape: Shape, term: &'t Spanned<Term>, found: &mut dyn FnMut(Shape, &'t Spanned<Term>)) {
    let (Shape::Choice(alternatives), Term::Sequence(terms)) = (shape, &term.node) else {
        found(shape, term);
        return;
    };
    let fits = |alternative: &&&[Shape]| {
        alternative.len() == terms.len()
            && alternative.iter().zip(terms).all(|(shape, term)| match (shape, &term.node) {
                (Shape::Keyword(word), Term::Word(written)) => word == written,
                (Shape::Keyword(_), _) => false,
                (shape, node) => holds(*shape, node),
            })
    };
    if let Some(alternative) = alternatives.iter().find(fits) {
        for (shape, term) in alternative.iter().zip(terms) {
            words(*shape, term, found);
        }
    }
}

/// Whether a node may stand for a shape.
fn holds(shape: Shape, node: &Term) -> bool {
    match node {
        Term::Word(_) => matches!(
            shape,
            Shape::Word
                | Shape::Protocol
                | Shape::NewSession
                | Shape::NewVariable
                | Shape::VariableName
                | Shape::Boolean
        ),
        Term::Expr(_) => matches!(
            shape,
            Shape::Text
                | Shape::Value
                | Shape::Integer
                | Shape::Duration
                | Shape::Size
                | Shape::Rate
                | Shape::Percent
                | Shape::Regex
        ),
        Term::Template(_) => {
            matches!(
                shape,
                Shape::Address
                    | Shape::Url
                    | Shape::Host
                    | Shape::Hosts
                    | Shape::Ports
                    | Shape::Path
                    | Shape::Pattern
                    | Shape::Label
            )
        }
        Term::Endpoint(_) => shape == Shape::Endpoint,
        Term::Session(_) => shape == Shape::Session,
        Term::Sequence(_) => matches!(shape, Shape::Choice(_)),
        Term::Pipeline(_) => shape == Shape::Pipeline,
        Term::Route(_) => shape == Shape::Route,
    }
}

/// The shape of the parameter of that name.
pub(crate) fn parameter_shape(parameters: &[Parameter], name: &str) -> Option<Shape> {
    parameters.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.shape)
}

/// Calls `found` with every argument and option of a signature and its shape.
pub(crate) fn terms<'t>(
    signature: &'static Signature,
    arguments: &'t [Argument],
    options: &'t [Setting],
    found: &mut dyn FnMut(Shape, &'t Spanned<Term>),
) {
    for argument in arguments {
        if let Some(shape) = parameter_shape(signature.parameters, argument.parameter) {
            words(shape, &argument.term, found);
        }
    }
    for setting in options {
        if let Some(option) = signature.option(&setting.key.node) {
            words(option.shape, &setting.value, found);
        }
    }
}

/// The command of that name.
pub(crate) fn signature_of(vocabulary: &dyn Vocabulary, name: &str) -> Option<&'static Signature> {
    vocabulary.commands().iter().copied().find(|signature| signature.name == name)
}

/// A walk over a tree.
struct Collector<'a> {
    vocabulary: &'a dyn Vocabulary,
    found: Definitions,
    /// Whether variables belong to the script, not to a function or handler.
    outside: bool,
}

impl Collector<'_> {
    fn block(&mut self, block: &Block) {
        for item in &block.items {
            if let Item::Statement(statement) = item {
                self.statement(statement);
            }
        }
    }

    fn variable(&mut self, name: &str) {
        if self.outside {
            self.found.variables.insert(name.to_owned());
        }
    }

    fn inside(&mut self, block: &Block) {
        let outside = std::mem::replace(&mut self.outside, false);
        self.block(block);
        self.outside = outside;
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Command(command) => self.command(command),
            StatementKind::Let { name, value } => {
                self.variable(&name.node);
                self.expr(&value.node);
            }
            StatementKind::If { arms, otherwise } => {
                for (condition, block) in arms {
                    self.expr(&condition.node);
                    self.block(block);
                }
                if let Some(block) = otherwise {
                    self.block(block);
                }
            }
            StatementKind::For { name, body, .. } => {
                self.variable(&name.node);
                self.block(body);
            }
            StatementKind::While { condition, body } => {
                self.expr(&condition.node);
                self.block(body);
            }
            StatementKind::Repeat { body, .. }
            | StatementKind::Retry { body, .. }
            | StatementKind::Test { body, .. }
            | StatementKind::Par(body)
            | StatementKind::Setup(body)
            | StatementKind::Cleanup(body) => self.block(body),
            StatementKind::Def { name, parameters, body } => {
                let parameters = parameters.iter().map(|(name, default)| (name.node.clone(), default.is_some()));
                self.found.functions.entry(name.node.clone()).or_insert_with(|| parameters.collect());
                self.inside(body);
            }
            StatementKind::Include(_) => self.found.includes = true,
            StatementKind::Shell(_)
            | StatementKind::Call(_)
            | StatementKind::Return(_)
            | StatementKind::Break
            | StatementKind::Continue => {}
        }
    }

    fn command(&mut self, command: &Command) {
        if let Some(signature) = signature_of(self.vocabulary, &command.name.node) {
            terms(signature, &command.arguments, &command.options, &mut |shape, term| match (shape, &term.node) {
                (Shape::NewSession, Term::Word(name)) => {
                    self.found.sessions.insert(name.clone());
                }
                (Shape::NewVariable, Term::Word(name)) => self.variable(name),
                (Shape::Pattern, Term::Template(path)) => {
                    path.literal().into_iter().flat_map(pattern::names).for_each(|name| self.variable(name));
                }
                (_, Term::Expr(expr)) => self.expr(expr),
                _ => {}
            });
        }
        for handler in command.handlers.iter().flat_map(Handlers::iter) {
            self.inside(&handler.body);
        }
    }

    /// Named groups of regular expressions become variables.
    fn expr(&mut self, expr: &Expr) {
        if !self.outside {
            return;
        }
        match expr {
            Expr::Regex(regex) if regex.pattern.contains("(?") => {
                let compiled = compile_regex(regex);
                let names = compiled.iter().flat_map(|compiled| compiled.capture_names().flatten());
                for name in names {
                    self.variable(name);
                }
            }
            Expr::Binary(_, left, right) => {
                self.expr(&left.node);
                self.expr(&right.node);
            }
            Expr::Group(inner) | Expr::Unary(_, inner) => self.expr(&inner.node),
            _ => {}
        }
    }
}

/// Calls `found` with every expression and variable of a template.
pub(super) fn pieces<'t>(template: &'t Template, found: &mut dyn FnMut(&'t Piece)) {
    for piece in &template.pieces {
        if !matches!(piece, Piece::Literal(_)) {
            found(piece);
        }
    }
}
