//! Scopes: which variables are there, and what may stand where the statement stands.

use std::collections::HashSet;

/// What a block is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Script,
    Function,
    Handler,
}

/// The variables of a script, function or handler, and how deep in it a statement stands.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) kind: Kind,
    pub(super) variables: HashSet<String>,
    /// How many loops are around.
    pub(super) loops: usize,
    /// How many blocks of any kind are around, those of test cases excepted.
    pub(super) blocks: usize,
    /// Whether a test case is around.
    pub(super) in_test: bool,
    /// Whether a setup or cleanup is around.
    pub(super) in_setup: bool,
}

impl Scope {
    /// The scope of a script.
    pub(super) fn script() -> Self {
        Self { kind: Kind::Script, variables: HashSet::new(), loops: 0, blocks: 0, in_test: false, in_setup: false }
    }

    /// The scope of a function or handler inside this one.
    pub(super) fn inner(&self, kind: Kind) -> Self {
        let variables = if self.kind == Kind::Script { HashSet::new() } else { self.variables.clone() };
        Self { kind, variables, ..Self::script() }
    }

    /// Whether statements run in the order in which they stand, each once.
    pub(super) fn is_straight(&self) -> bool {
        self.kind == Kind::Script && self.blocks == 0 && !self.in_setup
    }

    /// Adds a variable.
    pub(super) fn define(&mut self, name: &str) {
        if !self.variables.contains(name) {
            self.variables.insert(name.to_owned());
        }
    }
}
