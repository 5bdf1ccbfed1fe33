//! Nesting: the blocks that stand in a statement.

use super::ast::{Block, Handlers, Statement, StatementKind};

impl Statement {
    /// The blocks in it, one level down, handlers' included.
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.kind {
            StatementKind::If { arms, otherwise } => arms.iter().map(|(_, body)| body).chain(otherwise).collect(),
            StatementKind::While { body, .. }
            | StatementKind::For { body, .. }
            | StatementKind::Repeat { body, .. }
            | StatementKind::Def { body, .. }
            | StatementKind::Retry { body, .. }
            | StatementKind::Test { body, .. }
            | StatementKind::Par(body)
            | StatementKind::Setup(body)
            | StatementKind::Cleanup(body) => vec![body],
            StatementKind::Command(command) => {
                command.handlers.iter().flat_map(Handlers::iter).map(|handler| &handler.body).collect()
            }
            _ => Vec::new(),
        }
    }
}
