//! Options of transports: whether a statement's transport has those that it is given.

use super::Checker;
use crate::language::ast::Command;
use crate::language::carried::transports;
use crate::language::diagnostic::Diagnostic;
use crate::language::misplaced;
use crate::language::signature::Signature;

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
        transports(self.vocabulary, signature, &command.arguments)
    }
}
