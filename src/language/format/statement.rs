//! Statements as text.

use super::Writer;
use crate::language::ast::{
    Argument, Block, Command, HandlerItem, Handlers, Item, Label, Route, Setting, Spanned, Stage, Statement,
    StatementKind, Term, Word,
};
use crate::language::signature::OptionForm;

impl Writer {
    /// The items of a block, a line each.
    pub(super) fn items(&mut self, block: &Block) {
        for item in &block.items {
            match item {
                Item::Blank => {}
                Item::Comment(text) => {
                    self.push(&self.indent(0));
                    self.comment(text);
                }
                Item::Statement(statement) => {
                    self.push(&self.indent(0));
                    self.statement(statement);
                    self.trailing(statement.comment.as_ref());
                }
            }
            self.push("\n");
        }
    }

    fn comment(&mut self, text: &Word) {
        self.push("#");
        self.push(&text.node);
    }

    fn trailing(&mut self, comment: Option<&Word>) {
        if let Some(comment) = comment {
            self.push("  ");
            self.comment(comment);
        }
    }

    /// `{ … }` behind a space.
    fn block(&mut self, block: &Block) {
        if block.items.is_empty() {
            return self.push(" { }");
        }
        self.push(" {\n");
        self.level += 1;
        self.items(block);
        self.level -= 1;
        self.push(&self.indent(0));
        self.push("}");
    }

    fn label(&mut self, label: &Label) {
        self.session(&label.node);
        self.push(": ");
    }

    fn statement(&mut self, statement: &Statement) {
        statement.label.iter().for_each(|label| self.label(label));
        match &statement.kind {
            StatementKind::Command(command) => self.command(command),
            StatementKind::Call(call) => self.call(call),
            StatementKind::Shell(command) => {
                self.push("!");
                self.push(&command.node);
            }
            StatementKind::Let { name, value } => {
                self.push("let ");
                self.push(&name.node);
                self.push(" = ");
                self.expr(value);
            }
            StatementKind::Return(value) => {
                self.push("return");
                if let Some(value) = value {
                    self.spaced(value);
                }
            }
            StatementKind::Include(path) => {
                self.push("include ");
                self.quoted(&path.node);
            }
            StatementKind::Break => self.push("break"),
            StatementKind::Continue => self.push("continue"),
            with_block => self.compound(with_block),
        }
    }

    /// A statement with a block.
    fn compound(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::If { arms, otherwise } => {
                for (at, (condition, block)) in arms.iter().enumerate() {
                    self.push(if at == 0 { "if" } else { " else if" });
                    self.spaced(condition);
                    self.block(block);
                }
                if let Some(block) = otherwise {
                    self.push(" else");
                    self.block(block);
                }
            }
            StatementKind::While { condition, body } => {
                self.push("while");
                self.spaced(condition);
                self.block(body);
            }
            StatementKind::For { name, list, body } => {
                self.push("for ");
                self.push(&name.node);
                self.push(" in");
                self.spaced(list);
                self.block(body);
            }
            StatementKind::Repeat { count, body } => {
                self.push("repeat");
                self.spaced(count);
                self.block(body);
            }
            StatementKind::Retry { times, every, body } => {
                self.push("retry");
                self.spaced(times);
                if let Some(every) = every {
                    self.push(" every");
                    self.spaced(every);
                }
                self.block(body);
            }
            StatementKind::Test { name, body } => {
                self.push("test ");
                self.quoted(&name.node);
                self.block(body);
            }
            StatementKind::Def { name, parameters, body } => {
                self.push("def ");
                self.push(&name.node);
                self.push("(");
                self.joined(parameters, ", ", |writer, (name, default)| {
                    writer.push(&name.node);
                    if let Some(default) = default {
                        writer.push("=");
                        writer.expr(default);
                    }
                });
                self.push(")");
                self.block(body);
            }
            StatementKind::Par(body) => self.named("par", body),
            StatementKind::Setup(body) => self.named("setup", body),
            StatementKind::Cleanup(body) => self.named("cleanup", body),
            _ => {}
        }
    }

    fn named(&mut self, word: &str, body: &Block) {
        self.push(word);
        self.block(body);
    }

    /// Items with something between them.
    pub(super) fn joined<T>(&mut self, items: &[T], between: &str, write: impl Fn(&mut Self, &T)) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.push(between);
            }
            write(self, item);
        }
    }

    fn command(&mut self, command: &Command) {
        self.push(&command.name.node);
        self.arguments(&command.arguments);
        self.settings(&command.options);
        command.handlers.iter().for_each(|handlers| self.handlers(handlers));
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            if let Some(word) = argument.joined {
                self.push(" ");
                self.push(word);
            }
            self.push(" ");
            self.term(&argument.term);
        }
    }

    fn settings(&mut self, settings: &[Setting]) {
        for setting in settings {
            self.push(" ");
            self.push(&setting.key.node);
            self.push(if setting.form == OptionForm::Assignment { "=" } else { " " });
            self.term(&setting.value);
        }
    }

    fn term(&mut self, term: &Spanned<Term>) {
        match &term.node {
            Term::Word(word) => self.push(word),
            Term::Expr(expr) => self.expr_at(expr, term.span),
            Term::Template(template) => self.template(template, term.span),
            Term::Endpoint(parts) => self.joined(parts, " ", |writer, part| writer.template(&part.node, part.span)),
            Term::Session(session) => self.session(session),
            Term::Sequence(terms) => self.joined(terms, " ", Self::term),
            Term::Pipeline(stages) => self.joined(stages, " -> ", Self::stage),
            Term::Route(route) => self.route(route),
        }
    }

    fn route(&mut self, route: &Route) {
        for stage in &route.stages {
            self.push("-> ");
            self.stage(stage);
            self.push(" ");
        }
        self.push("-> ");
        self.joined(&route.targets, ",", |writer, target| writer.template(&target.node, target.span));
    }

    fn stage(&mut self, stage: &Stage) {
        self.push(&stage.name.node);
        self.arguments(&stage.arguments);
        self.settings(&stage.options);
    }

    fn handlers(&mut self, handlers: &Handlers) {
        if handlers.items.is_empty() {
            return self.push(" { }");
        }
        self.push(" {\n");
        self.level += 1;
        for item in &handlers.items {
            match item {
                HandlerItem::Blank => {}
                HandlerItem::Comment(text) => {
                    self.push(&self.indent(0));
                    self.comment(text);
                }
                HandlerItem::On(handler) => {
                    self.push(&self.indent(0));
                    self.push("on ");
                    self.push(&handler.event.node);
                    self.arguments(&handler.arguments);
                    self.block(&handler.body);
                    self.trailing(handler.comment.as_ref());
                }
            }
            self.push("\n");
        }
        self.level -= 1;
        self.push(&self.indent(0));
        self.push("}");
    }
}
