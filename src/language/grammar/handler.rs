//! Handlers: `{ on EVENT { … } … }`.

use super::block::{Line, block, enclosed, line, recover, trailing_comment};
use super::command::parameters;
use super::shape::Place;
use super::terminal::{end, keyword, skip, word_of};
use super::{Expected, Input, Parse, refuse};
use crate::language::ast::{Handler, HandlerItem, Handlers};
use crate::language::diagnostic::Diagnostic;
use crate::language::lexeme::LexemeKind;
use crate::language::source::Span;

/// `{ on EVENT { … } … }`
pub(super) fn handlers(input: Input<'_>) -> Parse<'_, Handlers> {
    enclosed(input, |rest| {
        let mut handlers = Handlers::default();
        let rest = items(rest, &mut handlers.items);
        if matches!(handlers.items.last(), Some(HandlerItem::Blank)) {
            handlers.items.pop();
        }
        (rest, handlers)
    })
}

/// Items up to a `}` or the end of the text.
fn items<'a>(input: Input<'a>, items: &mut Vec<HandlerItem>) -> Input<'a> {
    let mut rest = input;
    let mut used = true;
    loop {
        let (here, next) = line(rest, &mut used);
        rest = here;
        match next {
            Line::End => {
                rest.extra.expect_line(Expected::Keyword("on"));
                return rest;
            }
            Line::Close => return rest,
            Line::Blank if matches!(items.last(), None | Some(HandlerItem::Blank)) => {}
            Line::Blank => items.push(HandlerItem::Blank),
            Line::Comment(text) => items.push(HandlerItem::Comment(text)),
            Line::Statement => {
                rest.extra.begin(rest.location_offset());
                let read = handler(rest).and_then(|(after, found)| end(skip(after)).map(|_| (after, found)));
                match read {
                    Ok((after, mut found)) => {
                        let (after, text) = trailing_comment(after);
                        found.comment = text;
                        items.push(HandlerItem::On(found));
                        rest = after;
                    }
                    Err(problem) => rest = recover(rest, problem),
                }
            }
        }
    }
}

/// `on EVENT … { … }`
fn handler(input: Input<'_>) -> Parse<'_, Handler> {
    let Ok((rest, _)) = keyword(input, "on", LexemeKind::Keyword) else {
        let start = input.location_offset();
        let end = start + super::terminal::plain(input).len().max(input.chars().next().map_or(0, char::len_utf8));
        let expected = Diagnostic::error("expected `on EVENT { … }` or `}`").at(Span::new(start, end));
        return refuse(expected.labelled("no handler").hint("statements stand inside a handler: `on open { … }`"));
    };
    let rest = if super::terminal::at_end(rest) { rest } else { super::terminal::gap(rest)?.0 };
    let known = |context: &super::Context<'_>, word: &str| {
        context.vocabulary.events().iter().any(|event| event.signature.name == word)
    };
    let (rest, event) = word_of(rest, Expected::Event, LexemeKind::Event, known)?;
    let events = input.extra.vocabulary.events();
    let parameters_of = events.iter().find(|known| known.signature.name == event.node);
    let place = Place { signatures: &[], arrows: false, protocol: None };
    let (rest, arguments) = parameters(rest, parameters_of.map_or(&[], |event| event.signature.parameters), place)?;
    let (rest, body) = block(skip(rest))?;
    Ok((rest, Handler { event, arguments, body, comment: None }))
}
