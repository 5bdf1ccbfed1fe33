//! The names that are there now, looked up where they live.

use std::sync::Arc;

use super::command::sessions::{kind, place};
use super::lock;
use super::shared::Shared;
use crate::language::vocabulary::Names;

/// What the running shell has at the moment it is asked.
pub(super) struct Present(pub(super) Arc<Shared>);

impl Names for Present {
    fn has_session(&self, name: &str) -> bool {
        lock(&self.0.table).get(name).is_some()
    }

    fn has_variable(&self, name: &str) -> bool {
        self.0.globals.has(name)
    }

    fn arity(&self, function: &str) -> Option<(usize, usize)> {
        let definitions = lock(&self.0.definitions);
        let parameters = &definitions.get(function)?.parameters;
        let fewest = parameters.iter().filter(|(_, default)| default.is_none()).count();
        Some((fewest, parameters.len()))
    }

    fn sessions(&self, prefix: &str, most: usize) -> Vec<String> {
        lock(&self.0.table).names(prefix, most)
    }

    fn variables(&self) -> Vec<String> {
        self.0.globals.names()
    }

    fn functions(&self) -> Vec<String> {
        lock(&self.0.definitions).keys().cloned().collect()
    }

    fn session_summary(&self, name: &str) -> String {
        let table = lock(&self.0.table);
        table.get(name).map_or_else(String::new, |session| {
            let state = if session.is_open() { String::new() } else { format!(", {}", session.state()) };
            format!("{} {}{state}", kind(session), place(session))
        })
    }
}
