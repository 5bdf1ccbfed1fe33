//! Options of transports: whether a statement's transport has those that it is given.

use super::Checker;
use super::collect::parameter_shape;
use crate::language::ast::{Command, Template, Term};
use crate::language::diagnostic::Diagnostic;
use crate::language::misplaced;
use crate::language::signature::{Shape, Signature};

impl Checker<'_> {
    /// Reports options that none of the statement's transports has, as far as the text says which those are.
    pub(super) fn transport_options(&mut self, signature: &'static Signature, command: &Command) {
        let of_transports = command.options.iter().filter_map(|setting| {
            let option = signature.option(&setting.key.node)?;
            (!option.of.is_empty()).then_some((setting, option))
        });
        let mut given = of_transports.peekable();
        if given.peek().is_none() {
            return;
        }
        let Some(transports) = self.transports(signature, command) else { return };
        for (setting, option) in given {
            if !transports.iter().any(|transport| option.of.contains(&transport.as_str())) {
                let given: Vec<&str> = transports.iter().map(String::as_str).collect();
                let message = misplaced(option.key, option.of, &given);
                self.report(Diagnostic::error(message).at(setting.key.span));
            }
        }
    }

    /// The transports that a statement uses; `None` when only running it can tell.
    pub(super) fn transports(&self, signature: &Signature, command: &Command) -> Option<Vec<String>> {
        if signature.parameters.iter().all(|parameter| parameter.shape != Shape::Protocol) {
            return None;
        }
        let shape = |parameter| parameter_shape(signature.parameters, parameter);
        let named = command.arguments.iter().find_map(|argument| match &argument.term.node {
            Term::Word(word) if shape(argument.parameter) == Some(Shape::Protocol) => Some(word.clone()),
            _ => None,
        });
        let mut transports = Vec::new();
        let mut add = |template: &Template| {
            let transport = match (template.literal(), &named) {
                (Some(text), _) => self.vocabulary.protocol_of(text).or_else(|| named.clone()),
                (None, Some(named)) => Some(named.clone()),
                (None, None) => return false,
            };
            let transport = transport.unwrap_or_else(|| self.vocabulary.default_protocol().to_owned());
            if !transports.contains(&transport) {
                transports.push(transport);
            }
            true
        };
        let known = command.arguments.iter().all(|argument| match (&argument.term.node, shape(argument.parameter)) {
            (Term::Template(address), Some(Shape::Address | Shape::Url)) => add(address),
            (Term::Endpoint(words), _) => match words.as_slice() {
                [address] => add(&address.node),
                _ => add(&Template::default()),
            },
            (_, Some(Shape::Endpoint)) => add(&Template::default()),
            (Term::Route(route), _) => route.targets.iter().all(|target| add(&target.node)),
            _ => true,
        });
        known.then_some(transports)
    }
}
