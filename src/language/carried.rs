//! What carries a statement: the transports that it names.

use super::ast::{Argument, Template, Term};
use super::signature::{Shape, Signature};
use super::vocabulary::Vocabulary;

/// The transports that a statement of that signature uses, as far as its text says; `None` when only running it can
/// tell, and when it uses none.
pub(crate) fn transports(
    vocabulary: &dyn Vocabulary,
    signature: &Signature,
    arguments: &[Argument],
) -> Option<Vec<String>> {
    if signature.parameters.iter().all(|parameter| parameter.shape != Shape::Protocol) {
        return None;
    }
    let shape = |name: &str| signature.parameters.iter().find(|own| own.name == name).map(|own| own.shape);
    let named = arguments.iter().find_map(|argument| match &argument.term.node {
        Term::Word(word) if shape(argument.parameter) == Some(Shape::Protocol) => Some(word.clone()),
        _ => None,
    });
    let mut transports = Vec::new();
    let mut add = |template: &Template| {
        let transport = match (template.literal(), &named) {
            (Some(text), _) => vocabulary.protocol_of(text).or_else(|| named.clone()),
            (None, Some(named)) => Some(named.clone()),
            (None, None) => return false,
        };
        let transport = transport.unwrap_or_else(|| vocabulary.default_protocol().to_owned());
        if !transports.contains(&transport) {
            transports.push(transport);
        }
        true
    };
    let known = arguments.iter().all(|argument| match (&argument.term.node, shape(argument.parameter)) {
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
