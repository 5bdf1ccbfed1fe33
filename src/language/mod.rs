//! The language: text to checked tree and back, without sockets, files, clocks or any command's name.

mod ahead;
mod arguments;
pub mod ast;
pub(crate) mod base64;
mod carried;
mod check;
mod complete;
pub mod diagnostic;
mod distance;
mod format;
mod grammar;
mod lexeme;
mod nesting;
pub mod pattern;
mod regex;
pub mod signature;
pub mod source;
mod usage;
pub mod vocabulary;
mod words;

pub use ahead::{Rest, rest};
pub use arguments::join_arguments;
pub use check::{Checked, Rejected, check};
pub use complete::{Candidate, CandidateKind, Completion, PathForm, PlaceForm, complete};
pub use diagnostic::{Diagnostic, Severity};
pub use distance::nearest;
pub use format::{format, quote, quote_as};
pub use grammar::{Mode, Parsed, duration, parse};
pub use lexeme::{Lexeme, LexemeKind, lexemes};
pub use regex::{compile_regex, regex_reason};
pub use source::{Source, Span};
pub use usage::usage;
pub use vocabulary::Vocabulary;
pub use words::misplaced;
