//! The formatter: a tree as canonical text, which reads as the same tree again.

mod expression;
mod literal;
mod statement;
mod template;

use super::ast::Block;
pub use literal::{quote, quote_as};

/// Canonical text of a script: a statement a line, four spaces a level, comments and single blank lines kept.
pub fn format(block: &Block) -> String {
    let mut writer = Writer::default();
    writer.items(block);
    writer.text
}

/// Text that grows.
#[derive(Default)]
struct Writer {
    text: String,
    /// How many blocks are around.
    level: usize,
    /// How many `${…}` are around: inside, everything stands on one line.
    inside: usize,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Spaces for the current level and `more`.
    fn indent(&self, more: usize) -> String {
        "    ".repeat(self.level + more)
    }
}
