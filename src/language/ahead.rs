//! What is ahead: the words of a signature that may or must still follow, as the prompt shows them behind the cursor.

use super::grammar::{Ahead, parse_completing};
use super::signature::{Arity, Parameter, Shape, Signature};
use super::usage::{handlers, option, parameter, value};
use super::vocabulary::Vocabulary;

/// What may or must follow a text that a person is typing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rest {
    /// The words, as usage lines write them; none where the text is no command or makes no sense.
    pub words: Vec<String>,
    /// Whether the statement is not complete without some of them.
    pub required: bool,
}

/// What follows `text`; its last word counts as finished, unless it is the key of an option, whose value follows.
pub fn rest(text: &str, vocabulary: &dyn Vocabulary) -> Rest {
    let finished = format!("{text}{}", if text.ends_with('=') { "" } else { " " });
    let (_, _, recorded) = parse_completing(&finished, vocabulary);
    let mut rest = Rest::default();
    for ahead in recorded.ahead {
        rest.add(ahead);
    }
    rest
}

impl Rest {
    fn add(&mut self, ahead: Ahead) {
        match ahead {
            Ahead::Parameter { of, at, again } => self.parameters(of, at, again),
            Ahead::Option(spec) => self.words.push(option(spec)),
            Ahead::Handlers => self.words.push(handlers()),
            Ahead::Value(shape) => self.require(value(shape)),
            Ahead::Shapes(shapes) => {
                self.require(shapes.iter().map(|shape| value(*shape)).collect::<Vec<_>>().join(" "));
            }
            Ahead::Word(word) => self.require(word.to_owned()),
            Ahead::Optional(word) => self.words.push(word.to_owned()),
        }
    }

    fn require(&mut self, word: String) {
        match self.words.as_mut_slice() {
            // What several alternatives ask for at the same place.
            [only] if self.required => *only = format!("{only}|{word}"),
            _ => self.words.push(word),
        }
        self.required = true;
    }

    /// The parameters of a signature from one on, and its options.
    fn parameters(&mut self, of: &'static Signature, at: usize, again: bool) {
        for (index, parameter) in of.parameters.iter().enumerate().skip(at) {
            self.required |= !(again && index == at) && matches!(parameter.arity, Arity::One | Arity::Joined(_));
            self.words.push(shown(parameter, again && index == at));
        }
        self.words.extend(of.options.iter().filter(|option| option.of.is_empty()).map(option));
        if of.handlers {
            self.words.push(handlers());
        }
    }
}

/// A parameter; `again` if it stands once already.
fn shown(of: &Parameter, again: bool) -> String {
    match of.arity {
        Arity::Joined(joint) if again => format!("[{joint} {}]…", of.name),
        Arity::One if of.shape == Shape::Endpoint => "HOST PORT".to_owned(),
        _ => parameter(of),
    }
}
