//! The template of the prompt: what `set prompt` takes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fault::Problem;
use crate::language;

/// The placeholders, as they are written between braces.
const PLACEHOLDERS: [(&str, Part); 4] =
    [("session", Part::Session), ("state", Part::State), ("live", Part::Live), ("result", Part::Result)];

/// A part of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// The name of the current session.
    Session,
    /// The state of the current session.
    State,
    /// How many sessions are open.
    Live,
    /// The exit code of the last entry.
    Result,
}

/// A prompt with places for what changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(Vec<Part>);

impl From<Template> for String {
    /// The text that it is read from.
    fn from(template: Template) -> Self {
        template.to_string()
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|problem| problem.diagnostic.message)
    }
}

impl Default for Template {
    /// `nsh {session}> `
    fn default() -> Self {
        Self(vec![Part::Text("nsh ".to_owned()), Part::Session, Part::Text("> ".to_owned())])
    }
}

impl Template {
    /// Reads a template: `{session}`, `{state}`, `{live}` and `{result}` stand for what they name, `{{` and `}}` for
    /// braces. An empty text is the default.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain += &rest[..at];
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix(brace) {
                plain += brace;
                rest = behind;
                continue;
            }
            let end = rest.find('}').filter(|_| brace == "{");
            let end = end.ok_or_else(|| {
                Problem::usage(format!("a lone `{brace}` in a prompt"))
                    .hint(format!("write `{brace}{brace}` for a brace, or one of {}", placeholders()))
            })?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(placeholder(&rest[..end])?);
            rest = &rest[end + 1..];
        }
        plain += rest;
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// Its parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

impl fmt::Display for Template {
    /// As `set prompt` takes it.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => to.write_str(&text.replace('{', "{{").replace('}', "}}")),
            part => {
                let name = PLACEHOLDERS.iter().find(|(_, known)| known == part).map_or("", |(name, _)| name);
                write!(to, "{{{name}}}")
            }
        })
    }
}

fn placeholder(word: &str) -> Result<Part, Problem> {
    if let Some((_, part)) = PLACEHOLDERS.iter().find(|(name, _)| *name == word) {
        return Ok(part.clone());
    }
    let problem = Problem::usage(format!("`{{{word}}}` is no placeholder: expected one of {}", placeholders()));
    Err(match language::nearest(word, PLACEHOLDERS.iter().map(|(name, _)| *name)) {
        Some(near) => problem.hint(format!("did you mean `{{{near}}}`?")),
        None => problem.hint("write `{{` for a brace"),
    })
}

fn placeholders() -> String {
    PLACEHOLDERS.map(|(name, _)| format!("`{{{name}}}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_placeholders() {
        let template = Template::parse("{{{session}}} [{live}] {state} {result}$ ").unwrap();
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            template.parts(),
            [
                text("{"),
                Part::Session,
                text("} ["),
                Part::Live,
                text("] "),
                Part::State,
                text(" "),
                Part::Result,
                text("$ ")
            ]
        );
        assert_eq!(Template::parse(&template.to_string()).unwrap(), template);
        assert_eq!(Template::default().to_string(), "nsh {session}> ");
        assert_eq!(Template::parse("").unwrap(), Template::default());
        assert_eq!(Template::parse("nsh {session}> ").unwrap(), Template::default());
    }

    #[test]
    fn what_is_no_placeholder_is_named() {
        let problem = |text| Template::parse(text).unwrap_err().diagnostic;
        let wrong = problem("{sesion}> ");
        assert_eq!(
            wrong.message,
            "`{sesion}` is no placeholder: expected one of `{session}`, `{state}`, `{live}`, `{result}`"
        );
        assert_eq!(wrong.hints, ["did you mean `{session}`?"]);
        assert_eq!(problem("{session").message, "a lone `{` in a prompt");
        assert_eq!(problem("}> ").message, "a lone `}` in a prompt");
    }
}
