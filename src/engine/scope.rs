//! Scopes: where variables live.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::lock;
use super::value::Value;

/// The variables of a script, of one call, or of one connection's handlers; what is not found here is looked for
/// in the parent. Assignments always stay here.
#[derive(Debug, Default)]
pub struct Scope {
    variables: Mutex<HashMap<String, Value>>,
    parent: Option<Arc<Scope>>,
}

impl Scope {
    /// A scope inside `parent`.
    pub fn within(parent: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { variables: Mutex::default(), parent: Some(Arc::clone(parent)) })
    }

    /// The variable's value.
    pub fn get(&self, name: &str) -> Option<Value> {
        let own = lock(&self.variables).get(name).cloned();
        own.or_else(|| self.parent.as_ref()?.get(name))
    }

    /// Whether the variable has a value.
    pub fn has(&self, name: &str) -> bool {
        self.own(name) || self.parent.as_ref().is_some_and(|parent| parent.has(name))
    }

    /// Whether the variable has a value here, parents aside.
    pub fn own(&self, name: &str) -> bool {
        lock(&self.variables).contains_key(name)
    }

    /// Gives the variable a value, here.
    pub fn set(&self, name: impl Into<String>, value: Value) {
        lock(&self.variables).insert(name.into(), value);
    }

    /// The names of all variables seen from here, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.parent.as_ref().map_or_else(Vec::new, |parent| parent.names());
        names.extend(lock(&self.variables).keys().cloned());
        names.sort();
        names.dedup();
        names
    }
}
