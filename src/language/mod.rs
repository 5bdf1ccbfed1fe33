//! The language: text to checked tree and back, without sockets, files, clocks or any command's name.

pub mod ast;
mod base64;
mod check;
pub mod diagnostic;
mod distance;
mod grammar;
mod lexeme;
mod regex;
pub mod signature;
pub mod source;
pub mod vocabulary;

pub use check::{Checked, Rejected, check};
pub use diagnostic::{Diagnostic, Severity};
pub use distance::nearest;
pub use grammar::{Mode, Parsed, parse};
pub use lexeme::{Lexeme, LexemeKind, lexemes};
pub use regex::compile_regex;
pub use source::{Source, Span};
pub use vocabulary::Vocabulary;
