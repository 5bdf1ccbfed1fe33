//! Commands: words read as their signature says, then options in any order, then perhaps handlers.

use super::handler::handlers;
use super::report::alternatives;
use super::shape::{Place, is_bare, term};
use super::terminal::{at_end, gap, keyword, name, name_length, plain, skip, space, take};
use super::{Ahead, Expected, Input, Parse, Problem, miss, refuse};
use crate::language::ast::{Argument, Command, Setting, Stage, Term};
use crate::language::carried::transports;
use crate::language::diagnostic::Diagnostic;
use crate::language::distance::nearest;
use crate::language::lexeme::LexemeKind;
use crate::language::signature::{Arity, OptionForm, OptionSpec, Parameter, Shape, Signature};
use crate::language::source::Span;

/// The command of that signature, whose name stands here.
pub(super) fn command<'a>(input: Input<'a>, signature: &'static Signature) -> Parse<'a, Command> {
    let (rest, name) = name(input, Expected::Statement, LexemeKind::Command)?;
    let place = Place { signatures: &[signature], arrows: false, protocol: None };
    let (rest, arguments) = parameters(rest, signature.parameters, place)?;
    let protocol = arguments.iter().find_map(|argument| last_protocol(argument, signature.parameters));
    let (rest, options) = options(rest, signature, Place { protocol: protocol.as_deref(), ..place })?;
    unknown_option(rest, signature, &arguments)?;
    let mut command = Command { name, arguments, options, handlers: None };
    let here = skip(rest);
    if signature.handlers && here.starts_with('{') {
        let (rest, found) = handlers(here)?;
        command.handlers = Some(found);
        return Ok((rest, command));
    }
    if signature.handlers {
        here.extra.expect(here.location_offset(), Expected::Sign("{"));
        if !here.extra.covers(signature) {
            here.extra.ahead(here.location_offset(), Ahead::Handlers);
        }
    }
    Ok((rest, command))
}

/// The words of these parameters.
pub(super) fn parameters<'a>(
    input: Input<'a>,
    parameters: &'static [Parameter],
    place: Place<'_>,
) -> Parse<'a, Vec<Argument>> {
    let mut arguments: Vec<Argument> = Vec::new();
    let mut rest = input;
    for (at, parameter) in parameters.iter().enumerate() {
        let protocol = arguments.last().and_then(|last| last_protocol(last, parameters));
        let place = Place { protocol: protocol.as_deref(), ..place };
        let first = announced(rest, place, parameters, (at, false), || match parameter.arity {
            Arity::One | Arity::Joined(_) => argument(rest, parameter, place).map(Some),
            Arity::Optional if gives_way(rest, parameter, parameters.get(at + 1)) => Ok(None),
            Arity::Optional | Arity::Many => optional_argument(rest, parameter, place),
        })?;
        let Some((after, found)) = first else { continue };
        arguments.push(found);
        rest = after;
        loop {
            let next = match parameter.arity {
                Arity::Joined(word) => {
                    announced(rest, place, parameters, (at, true), || joined_argument(rest, word, parameter, place))?
                }
                Arity::Many => {
                    announced(rest, place, parameters, (at, true), || optional_argument(rest, parameter, place))?
                }
                Arity::One | Arity::Optional => None,
            };
            let Some((after, found)) = next else { break };
            arguments.push(found);
            rest = after;
        }
    }
    Ok((rest, fitted(arguments)))
}

/// Reads a parameter, and remembers it for the prompt if the text ends before it or inside it.
fn announced<'a>(
    input: Input<'a>,
    place: Place<'_>,
    parameters: &'static [Parameter],
    (at, again): (usize, bool),
    read: impl FnOnce() -> Maybe<'a>,
) -> Maybe<'a> {
    let context = input.extra;
    let of = place.signatures.first().filter(|signature| std::ptr::eq(signature.parameters, parameters));
    let Some(of) = of.filter(|_| context.is_completing()) else { return read() };
    context.ahead(skip(input).location_offset(), Ahead::Parameter { of, at, again });
    let mark = context.ahead_mark();
    let found = read();
    if context.covers(of) {
        context.ahead_back(mark);
    } else if context.ahead_mark() > mark && !matches!(found, Ok(Some(_))) {
        // The text ends inside it: what follows it follows then.
        context.ahead(context.text.len(), Ahead::Parameter { of, at: at + 1, again: false });
    }
    found
}

/// The transport that an argument names, if that is what it is.
fn last_protocol(argument: &Argument, parameters: &[Parameter]) -> Option<String> {
    let of = parameters.iter().find(|parameter| parameter.name == argument.parameter)?;
    match &argument.term.node {
        Term::Word(word) if of.shape == Shape::Protocol => Some(word.clone()),
        _ => None,
    }
}

/// The argument for a parameter that must stand.
fn argument<'a>(input: Input<'a>, parameter: &'static Parameter, place: Place<'_>) -> Parse<'a, Argument> {
    let (here, spaced) = space(input);
    let arrow = here.starts_with("->");
    if !spaced && !at_end(here) && !arrow {
        return miss(here, Expected::Space);
    }
    let (rest, term) = term(here, parameter.shape, place)?;
    Ok((rest, Argument { parameter: parameter.name, joined: None, term }))
}

/// An argument and what follows it, if it is there.
type Maybe<'a> = Result<Option<(Input<'a>, Argument)>, nom::Err<Problem>>;

/// The argument for a parameter that may be missing.
fn optional_argument<'a>(input: Input<'a>, parameter: &'static Parameter, place: Place<'_>) -> Maybe<'a> {
    let here = skip(input);
    if is_bare(parameter.shape) && place.ends(here) {
        here.extra.expect(here.location_offset(), Expected::Shape(parameter.shape));
        return Ok(None);
    }
    match argument(input, parameter, place) {
        Ok((rest, argument)) => Ok(Some((rest, argument))),
        Err(nom::Err::Error(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whether what stands here is a word of the parameter behind one that may be left out and could be any word.
fn gives_way(input: Input<'_>, parameter: &Parameter, behind: Option<&Parameter>) -> bool {
    let word = plain(skip(input));
    is_bare(parameter.shape) && behind.is_some_and(|behind| behind.shape.keywords().contains(&word))
}

/// One more argument behind the word that joins them.
fn joined_argument<'a>(
    input: Input<'a>,
    word: &'static str,
    parameter: &'static Parameter,
    place: Place<'_>,
) -> Maybe<'a> {
    let here = skip(input);
    match keyword(here, word, LexemeKind::Keyword) {
        Ok((rest, _)) => {
            rest.extra.ahead(skip(rest).location_offset(), Ahead::Word(parameter.name));
            argument(rest, parameter, place).map(|(rest, found)| Some((rest, Argument { joined: Some(word), ..found })))
        }
        Err(_) => Ok(None),
    }
}

/// The same without spare room: a tree lives long, and most statements have few words.
fn fitted<T>(mut items: Vec<T>) -> Vec<T> {
    items.shrink_to_fit();
    items
}

/// Trailing options of that signature, in any order.
pub(super) fn options<'a>(
    input: Input<'a>,
    signature: &'static Signature,
    place: Place<'_>,
) -> Parse<'a, Vec<Setting>> {
    let mut settings: Vec<Setting> = Vec::new();
    let mut rest = input;
    loop {
        let (here, spaced) = space(rest);
        if !spaced && !at_end(here) {
            return Ok((rest, fitted(settings)));
        }
        let given = |option: &OptionSpec| settings.iter().any(|setting| setting.key.node == option.key);
        let fits = |option: &OptionSpec| {
            option.of.is_empty() || place.protocol.is_some_and(|protocol| option.of.contains(&protocol))
        };
        for option in signature.options.iter().filter(|option| fits(option) && (option.repeats || !given(option))) {
            here.extra.expect(here.location_offset(), Expected::Key(option));
            if !here.extra.covers(signature) {
                here.extra.ahead(here.location_offset(), Ahead::Option(option));
            }
        }
        let length = name_length(&here, true);
        let (word, tail) = here.split_at(length);
        let Some(option) = signature.option(word) else { return Ok((rest, fitted(settings))) };
        if here.extra.touches(here.location_offset() + length) {
            return Ok((rest, fitted(settings)));
        }
        let span = Span::new(here.location_offset(), here.location_offset() + length);
        check_form(option, tail, span)?;
        if !option.repeats && given(option) {
            return refuse(Diagnostic::error(format!("`{word}` is given twice")).at(span));
        }
        let mark = here.extra.ahead_mark();
        let read = setting(here, option, place);
        if read.is_err() && here.extra.ahead_mark() > mark {
            let left = signature.options.iter().filter(|other| !given(other) && other.key != option.key);
            left.for_each(|other| here.extra.ahead(here.extra.text.len(), Ahead::Option(other)));
        }
        let (after, setting) = read?;
        settings.push(setting);
        rest = after;
    }
}

/// One option with its value.
fn setting<'a>(input: Input<'a>, option: &'static OptionSpec, place: Place<'_>) -> Parse<'a, Setting> {
    let (rest, key) = name(input, Expected::Key(option), LexemeKind::Option)?;
    let rest = match option.form {
        OptionForm::Assignment => take(rest, 1, LexemeKind::Operator).0,
        OptionForm::Word if at_end(rest) => rest,
        OptionForm::Word => gap(rest)?.0,
    };
    let place = Place { protocol: None, ..place };
    rest.extra.ahead(rest.location_offset(), Ahead::Value(option.shape));
    let (rest, value) = term(rest, option.shape, place)?;
    Ok((rest, Setting { key, form: option.form, value }))
}

/// Fails when an option is written in the other form.
fn check_form(option: &OptionSpec, tail: &str, span: Span) -> Result<(), nom::Err<Problem>> {
    let assigned = tail.starts_with('=');
    let key = option.key;
    let hint = match (option.form, assigned) {
        (OptionForm::Word, true) => format!("write `{key} {}`", tail[1..].split_whitespace().next().unwrap_or("…")),
        (OptionForm::Assignment, false) => {
            let value = tail.split_whitespace().next().unwrap_or("…");
            format!("write `{key}={}`", value.trim_start_matches('='))
        }
        _ => return Ok(()),
    };
    let message =
        if assigned { format!("`{key}` takes no `=`") } else { format!("`{key}` takes a `=` right behind it") };
    refuse::<()>(Diagnostic::error(message).at(span).hint(hint)).map(|_| ())
}

/// Fails when what follows is an option that neither the command has nor what its arguments name.
fn unknown_option<'a>(input: Input<'a>, signature: &'static Signature, arguments: &[Argument]) -> Parse<'a, ()> {
    let (here, spaced) = space(input);
    let length = name_length(&here, true);
    let (word, tail) = here.split_at(length);
    if !spaced || length == 0 || !tail.starts_with('=') || tail.starts_with("==") {
        return Ok((input, ()));
    }
    let vocabulary = input.extra.vocabulary;
    let carried = transports(vocabulary, signature, arguments).unwrap_or_default();
    // Where no parameter names a transport, the command has one of its own.
    let own = signature.parameters.iter().all(|parameter| parameter.shape != Shape::Protocol);
    let fits = |option: &&OptionSpec| {
        own || option.of.is_empty() || option.of.iter().any(|of| carried.iter().any(|transport| transport == of))
    };
    let stage = arguments.iter().find_map(|argument| last_stage(&argument.term.node));
    let stage = vocabulary.stages().iter().find(|known| stage.is_some_and(|stage| known.name == stage.name.node));
    let stages = stage.map_or(&[][..], |stage| stage.options);
    let known: Vec<&'static OptionSpec> = stages.iter().chain(signature.options.iter().filter(fits)).collect();
    let start = here.location_offset();
    let message = format!("`{}` has no option `{word}`", signature.name);
    let diagnostic = Diagnostic::error(message).at(Span::new(start, start + length));
    let elsewhere = || signature.options.iter().map(|option| option.key);
    let near = nearest(word, known.iter().map(|option| option.key)).or_else(|| nearest(word, elsewhere()));
    let listed: Vec<String> = known.iter().map(|option| Expected::Key(option).describe()).collect();
    refuse(match near {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic,
        None => diagnostic.labelled(format!("expected {}", alternatives(&listed))),
    })
}

/// The stage whose options may stand behind an argument.
fn last_stage(term: &Term) -> Option<&Stage> {
    match term {
        Term::Pipeline(stages) => stages.last(),
        _ => None,
    }
}
