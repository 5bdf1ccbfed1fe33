//! The language: text to checked tree and back, without sockets, files, clocks or any command's name.

pub mod ast;
pub mod diagnostic;
pub mod signature;
pub mod source;
pub mod vocabulary;

pub use diagnostic::{Diagnostic, Severity};
pub use source::{Source, Span};
pub use vocabulary::Vocabulary;
