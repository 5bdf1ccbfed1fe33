//! Regular expressions: how a literal of the language is compiled.

use regex::bytes::{Regex, RegexBuilder};

use super::ast;

/// Largest compiled program, in bytes: enough for any pattern a person writes, too little for a hostile one.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles a literal for matching bytes. A pattern of ASCII letters matches single bytes (`.` is any byte);
/// one with other letters, or with the flag `u`, matches characters. Fails with what the pattern does wrong.
pub fn compile_regex(literal: &ast::Regex) -> Result<Regex, String> {
    let flag = |letter| literal.flags.contains(letter);
    let pattern = literal.pattern.replace("\\/", "/");
    RegexBuilder::new(&pattern)
        .unicode(flag('u') || !pattern.is_ascii())
        .case_insensitive(flag('i'))
        .multi_line(flag('m'))
        .dot_matches_new_line(flag('s'))
        .ignore_whitespace(flag('x'))
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(2 * SIZE_LIMIT)
        .nest_limit(50)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too big".to_owned(),
            other => other.to_string(),
        })
}

/// What is wrong with a pattern, in a line: the last one of the library's message.
pub fn regex_reason(message: &str) -> &str {
    let reason = message.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(message);
    reason.trim_end_matches('.')
}
