//! What could have stood somewhere: as a phrase of an error, and as words to choose from.

use std::borrow::Cow;

use crate::language::signature::{OptionForm, OptionSpec, Shape};
use crate::language::vocabulary::Vocabulary;

/// One thing that could have stood at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expected {
    /// This sign: `->`, `{`.
    Sign(&'static str),
    /// This word of a signature or of the control syntax.
    Keyword(&'static str),
    /// This option.
    Key(&'static OptionSpec),
    /// What a shape asks for.
    Shape(Shape),
    /// The start of a statement: a command, a word of the control syntax, a label.
    Statement,
    Stage,
    Event,
    Function,
    /// A variable's name, behind `$`.
    Variable,
    /// A field of the session of that name, behind its dot.
    Field(String),
    /// A port behind a host.
    Port,
    /// A path between quotes.
    QuotedPath,
    Operator,
    Space,
    EndOfLine,
    /// Anything else, as a phrase: `a port from 0 to 65535`.
    Phrase(Cow<'static, str>),
}

impl Expected {
    /// A phrase.
    pub(crate) const fn phrase(text: &'static str) -> Self {
        Self::Phrase(Cow::Borrowed(text))
    }

    /// What it is in an error.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Sign(word) | Self::Keyword(word) => format!("`{word}`"),
            Self::Key(option) => match option.form {
                OptionForm::Word => format!("`{}`", option.key),
                OptionForm::Assignment => format!("`{}=`", option.key),
            },
            Self::Shape(shape) => describe(*shape).to_owned(),
            Self::Statement => "a statement".to_owned(),
            Self::Stage => "a stage".to_owned(),
            Self::Event => "an event".to_owned(),
            Self::Function => "a function".to_owned(),
            Self::Variable => "a variable".to_owned(),
            Self::Field(_) => "a field".to_owned(),
            Self::Port => "a port from 0 to 65535".to_owned(),
            Self::QuotedPath => "a quoted path".to_owned(),
            Self::Operator => "an operator".to_owned(),
            Self::Space => "a space".to_owned(),
            Self::EndOfLine => "end of line".to_owned(),
            Self::Phrase(text) => text.clone().into_owned(),
        }
    }

    /// The words it stands for, if it stands for words.
    pub(crate) fn words(&self, vocabulary: &dyn Vocabulary) -> Vec<&'static str> {
        match self {
            Self::Keyword(word) => vec![word],
            Self::Key(option) => vec![option.key],
            Self::Shape(Shape::Protocol) => vocabulary.protocols().iter().map(|entry| entry.name).collect(),
            Self::Shape(Shape::Boolean) => vec!["yes", "no"],
            Self::Statement => {
                let commands = vocabulary.commands().iter().map(|signature| signature.name);
                commands.chain(super::control::KEYWORDS.iter().map(|entry| entry.name)).collect()
            }
            Self::Stage => vocabulary.stages().iter().map(|signature| signature.name).collect(),
            Self::Event => vocabulary.events().iter().map(|event| event.signature.name).collect(),
            Self::Operator => vec!["and", "or", "contains", "starts", "ends"],
            Self::Function => vocabulary.functions().iter().map(|function| function.name).collect(),
            _ => Vec::new(),
        }
    }

    /// What a word that is none of its words is called: `unknown stage`.
    pub(crate) fn noun(&self) -> Option<&'static str> {
        match self {
            Self::Statement => Some("command"),
            Self::Stage => Some("stage"),
            Self::Event => Some("event"),
            Self::Shape(Shape::Protocol) => Some("transport"),
            _ => None,
        }
    }
}

/// What a shape asks for, as a phrase.
pub(crate) fn describe(shape: Shape) -> &'static str {
    match shape {
        Shape::Keyword(word) => word,
        Shape::Choice(_) => "one of several words",
        Shape::Text => "a payload",
        Shape::Value => "an expression",
        Shape::Integer => "a whole number",
        Shape::Duration => "a duration",
        Shape::Size => "a size",
        Shape::Rate => "a rate",
        Shape::Percent => "a percentage",
        Shape::Boolean => "`yes` or `no`",
        Shape::Regex => "a regular expression",
        Shape::Protocol => "a transport",
        Shape::Address => "an address",
        Shape::Endpoint => "a host and a port, or an address",
        Shape::Url => "a URL",
        Shape::Hosts => "addresses joined by `,`",
        Shape::Host => "a host",
        Shape::Ports => "ports joined by `,`",
        Shape::Path => "a path",
        Shape::Pattern => "a path such as `/api/:id`",
        Shape::Label => "a word or a quoted text",
        Shape::Session => "a session",
        Shape::NewSession => "a name for the session",
        Shape::NewVariable => "a name for the variable",
        Shape::VariableName => "the name of a variable",
        Shape::Word | Shape::Topic => "a word",
        Shape::Pipeline => "a stage",
        Shape::Route => "`->`",
    }
}
