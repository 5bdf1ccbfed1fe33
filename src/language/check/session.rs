//! Sessions: whether those that a script names are opened, and which one an unlabelled statement means.

use super::scope::Scope;
use super::{Checker, suggesting};
use crate::language::ast::{Command, SessionRef, Spanned, Statement, Term};
use crate::language::diagnostic::Diagnostic;
use crate::language::distance::nearest;
use crate::language::signature::{Effect, Signature};
use crate::language::source::Span;

impl Checker<'_> {
    /// Whether a session of that name is or will be there; the name of its listener is enough.
    pub(super) fn is_session(&self, name: &str) -> bool {
        let base = name.split('.').next().unwrap_or(name);
        let known = &self.definitions.sessions;
        known.contains(name)
            || known.contains(base)
            || self.is_given_name(base)
            || self.names.has_session(name)
            || self.names.has_session(base)
    }

    /// Whether a name is one that sessions without `as` get: a kind and a number.
    fn is_given_name(&self, name: &str) -> bool {
        let kind = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if kind.len() == name.len() || kind.is_empty() {
            return false;
        }
        let opens = |signature: &&Signature| matches!(signature.effect, Effect::Opens { prefix, .. } | Effect::Asks { prefix } if prefix == kind);
        self.vocabulary.commands().iter().copied().any(|signature| opens(&signature))
            || self.vocabulary.protocols().iter().any(|protocol| protocol.name == kind)
    }

    /// The name that a session without `as` gets: its transport's and a number where `prefix` is a transport's, too.
    fn given_name(&mut self, prefix: &str, signature: &'static Signature, command: &Command) -> String {
        let by_transport = self.vocabulary.protocols().iter().any(|protocol| protocol.name == prefix);
        let transports = if by_transport { self.transports(signature, command) } else { None };
        let prefix = transports.and_then(|found| found.into_iter().next()).unwrap_or_else(|| prefix.to_owned());
        let number = self.numbers.entry(prefix.clone()).or_default();
        *number += 1;
        format!("{prefix}{number}")
    }

    /// Checks that a session is opened somewhere.
    pub(super) fn session(&mut self, session: &SessionRef, span: Span, scope: &Scope) {
        self.session_or(session, span, scope, &[]);
    }

    /// Checks that a session is opened somewhere, where one of `words` may have been meant instead.
    pub(super) fn session_or(&mut self, session: &SessionRef, span: Span, scope: &Scope, words: &[&str]) {
        let name = match session {
            SessionRef::Variable(variable) => return self.variable(variable, scope),
            SessionRef::Name(name) | SessionRef::All(name) => name.as_str(),
        };
        if self.is_session(name) || self.definitions.includes || self.is_full() {
            return;
        }
        let diagnostic = Diagnostic::error(format!("unknown session `{name}`")).at(span);
        let base = name.split('.').next().unwrap_or(name);
        if self.is_variable(base, scope) {
            let hint = format!("`${name}` is the session that the variable holds");
            self.report(diagnostic.hint(hint));
            return;
        }
        let present = self.names.sessions("", usize::MAX);
        let mut known: Vec<&str> = self.definitions.sessions.iter().chain(&present).map(String::as_str).collect();
        known.sort_unstable();
        let near = nearest(base, known.iter().chain(words).copied());
        let diagnostic = suggesting(diagnostic, near, |near| near.to_owned() + &name[base.len()..]);
        self.report(if near.is_none() && known.is_empty() {
            diagnostic.hint(format!("a session gets its name where it is opened: `as {base}`"))
        } else {
            diagnostic
        });
    }

    /// Follows which sessions compete for being current, and warns where it is not clear which one is meant.
    pub(super) fn effect(&mut self, statement: &Statement, command: &Command, signature: &'static Signature) {
        let label = statement.label.as_ref().map(|label| &label.node);
        let arguments = command.arguments.iter().flat_map(|argument| sessions(&argument.term));
        let named: Vec<&SessionRef> = label.into_iter().chain(arguments).collect();
        match signature.effect {
            Effect::Opens { prefix, current } => {
                let option = command.options.iter().find(|option| option.key.node == "as");
                let name = option.and_then(|option| match &option.value.node {
                    Term::Word(name) => Some(name.clone()),
                    _ => None,
                });
                let name = name.unwrap_or_else(|| self.given_name(prefix, signature, command));
                if !current {
                    return;
                }
                self.open.retain(|open| *open != name);
                self.open.push(name);
                self.switched = false;
            }
            Effect::Ends => self.end(&named),
            Effect::Switches | Effect::Asks { .. } => self.switched = true,
            Effect::Uses if named.is_empty() && self.open.len() > 1 && !self.switched => {
                let last = self.open.last().cloned().unwrap_or_default();
                let open: Vec<String> = self.open.iter().map(|name| format!("`{name}`")).collect();
                let warning = Diagnostic::warning(format!("{} sessions are open: {}", open.len(), open.join(", ")))
                    .at(command.name.span)
                    .labelled(format!("`{last}` is meant"))
                    .hint(format!("say so: `{last}: {} …`", command.name.node));
                self.report(warning);
            }
            _ => {}
        }
    }

    /// Forgets the sessions that end: those named, or the current one.
    fn end(&mut self, named: &[&SessionRef]) {
        if named.is_empty() {
            self.open.pop();
        }
        for session in named {
            match session {
                SessionRef::Name(name) | SessionRef::All(name) => self.open.retain(|open| open != name),
                SessionRef::Variable(_) => self.open.clear(),
            }
        }
    }
}

/// The sessions that a term names.
fn sessions(term: &Spanned<Term>) -> Vec<&SessionRef> {
    match &term.node {
        Term::Session(session) => vec![session],
        Term::Sequence(terms) => terms.iter().flat_map(sessions).collect(),
        _ => Vec::new(),
    }
}
