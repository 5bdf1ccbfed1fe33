//! Usage: a signature as the one line that help shows.

use super::signature::{Arity, OptionForm, OptionSpec, Parameter, Shape, Signature};

/// `listen PROTO ADDR [HANDLER] [as NAME] [max=N]`, without the options of transports
pub fn usage(signature: &Signature) -> String {
    let mut words = vec![signature.name.to_owned()];
    words.extend(signature.parameters.iter().map(parameter));
    words.extend(signature.options.iter().filter(|option| option.of.is_empty()).map(option));
    if signature.handlers {
        words.push(handlers());
    }
    words.join(" ")
}

/// The block of handlers.
pub(super) fn handlers() -> String {
    "[{ on EVENT { … } }]".to_owned()
}

/// How many alternatives stand in the line themselves instead of their parameter's name.
const FEW: usize = 4;

/// A parameter as often as it may stand.
pub(super) fn parameter(parameter: &Parameter) -> String {
    let word = match parameter.shape {
        Shape::Keyword(word) => word.to_owned(),
        Shape::Choice(alternatives) if alternatives.len() <= FEW => value(parameter.shape),
        Shape::Route => "-> [STAGE ->]… TARGET[,TARGET]…".to_owned(),
        _ => parameter.name.to_owned(),
    };
    match parameter.arity {
        Arity::One => word,
        Arity::Optional => format!("[{word}]"),
        Arity::Joined(joint) => format!("{word} [{joint} {word}]…"),
        Arity::Many => format!("[{word}]…"),
    }
}

/// An option with what its value may be.
pub(super) fn option(option: &OptionSpec) -> String {
    let key = option.key;
    let value = value(option.shape);
    let more = if option.repeats { "…" } else { "" };
    match option.form {
        OptionForm::Word => format!("[{key} {value}]{more}"),
        OptionForm::Assignment => format!("[{key}={value}]{more}"),
    }
}

/// What stands for a value of that shape.
pub(super) fn value(shape: Shape) -> String {
    let word = match shape {
        Shape::Keyword(word) => word,
        Shape::Choice(alternatives) => {
            let alternative =
                |shapes: &&[Shape]| shapes.iter().map(|shape| value(*shape)).collect::<Vec<_>>().join(" ");
            return alternatives.iter().map(alternative).collect::<Vec<_>>().join("|");
        }
        Shape::Text => "PAYLOAD",
        Shape::Value => "VALUE",
        Shape::Integer => "N",
        Shape::Duration => "D",
        Shape::Size => "SIZE",
        Shape::Rate => "RATE",
        Shape::Percent => "P",
        Shape::Boolean => "yes|no",
        Shape::Regex => "/RE/",
        Shape::Protocol => "PROTO",
        Shape::Address | Shape::Endpoint => "ADDR",
        Shape::Url => "URL",
        Shape::Hosts => "HOST,…",
        Shape::Host => "HOST",
        Shape::Ports => "PORT,…",
        Shape::Path | Shape::Pattern => "PATH",
        Shape::Session | Shape::NewSession => "NAME",
        Shape::NewVariable | Shape::VariableName => "VAR",
        Shape::Label | Shape::Word | Shape::Topic => "WORD",
        Shape::Pipeline | Shape::Route => "STAGE",
    };
    word.to_owned()
}
