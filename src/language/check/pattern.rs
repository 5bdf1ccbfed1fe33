//! Regular expressions of a script: whether they are some, and the variables that their groups become.

use super::Checker;
use super::scope::Scope;
use crate::language::ast::Regex;
use crate::language::diagnostic::Diagnostic;
use crate::language::source::Span;
use crate::language::{compile_regex, regex_reason};

/// A regular expression seen before: its named groups, or what is wrong and at which byte of the pattern.
pub(super) type Pattern = Result<Vec<String>, (String, Option<usize>)>;

impl Checker<'_> {
    /// Checks a regular expression; its named groups become variables.
    pub(super) fn regex(&mut self, regex: &Regex, span: Span, scope: &mut Scope) {
        if !self.patterns.contains_key(regex) {
            self.patterns.insert(regex.clone(), compile(regex));
        }
        match &self.patterns[regex] {
            Ok(groups) => groups.iter().for_each(|group| scope.define(group)),
            Err((message, at)) => {
                let place = at.map_or(span, |at| {
                    let start = span.start + 1 + at;
                    let size = regex.pattern[at..].chars().next().map_or(1, char::len_utf8);
                    Span::new(start, start + size)
                });
                let message = message.clone();
                self.report(Diagnostic::error("invalid regular expression").at(place).labelled(message));
            }
        }
    }
}

/// The named groups of a regular expression, or what is wrong with it.
fn compile(regex: &Regex) -> Pattern {
    match compile_regex(regex) {
        Ok(compiled) => Ok(compiled.capture_names().flatten().map(str::to_owned).collect()),
        Err(message) => Err(located(&message, &regex.pattern)),
    }
}

/// What is wrong in a line, and the byte that its `^` points at.
fn located(message: &str, pattern: &str) -> (String, Option<usize>) {
    let caret = message.lines().find(|line| line.trim_start().starts_with('^'));
    // The library indents by four; `\/` was one character to it. Without flags it may not be a pointer at all.
    let column = caret.map(|line| line.len() - line.trim_start().len()).and_then(|column| column.checked_sub(4));
    let place = column.and_then(|column| {
        let mut letters =
            pattern.char_indices().filter(|(at, letter)| !(*letter == '\\' && pattern[at + 1..].starts_with('/')));
        letters.nth(column).map(|(at, _)| at)
    });
    (regex_reason(message).to_owned(), place)
}
