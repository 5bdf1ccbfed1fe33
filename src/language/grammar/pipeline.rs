//! Pipelines: stages joined by arrows, and the targets that a route leads to.

use super::address::address;
use super::command::{options, parameters};
use super::shape::Place;
use super::terminal::{optional_sign, plain, skip, take, word_of};
use super::{Ahead, Expected, Input, Parse, miss};
use crate::language::ast::{Route, Spanned, Stage, Template};
use crate::language::lexeme::LexemeKind;
use crate::language::signature::Signature;

/// `stage -> stage`
pub(super) fn pipeline<'a>(input: Input<'a>, place: Place<'_>) -> Parse<'a, Vec<Stage>> {
    let mut stages = Vec::new();
    let mut rest = input;
    loop {
        rest.extra.ahead(rest.location_offset(), Ahead::Word("STAGE"));
        let (after, found) = stage(rest, place)?;
        stages.push(found);
        after.extra.ahead(skip(after).location_offset(), Ahead::Optional("[-> STAGE]…"));
        match arrow(skip(after)) {
            Ok((next, ())) => rest = skip(next),
            Err(_) => return Ok((after, stages)),
        }
    }
}

/// `-> stage -> target,target`
pub(super) fn route<'a>(input: Input<'a>, place: Place<'_>) -> Parse<'a, Route> {
    let mut stages = Vec::new();
    let mut rest = input;
    loop {
        rest.extra.ahead(rest.location_offset(), Ahead::Word("-> [STAGE ->]… TARGET[,TARGET]…"));
        let (after, ()) = arrow(rest)?;
        let here = skip(after);
        here.extra.ahead(here.location_offset(), Ahead::Word("[STAGE ->]… TARGET[,TARGET]…"));
        if !is_stage(here) {
            here.extra.expect(here.location_offset(), Expected::Stage);
            let (rest, targets) = targets(here)?;
            return Ok((rest, Route { stages, targets }));
        }
        let (after, found) = stage(here, place)?;
        stages.push(found);
        rest = skip(after);
    }
}

/// `->` or `to`
fn arrow(input: Input<'_>) -> Parse<'_, ()> {
    if let Some(rest) = optional_sign(input, "->", LexemeKind::Operator) {
        return Ok((rest, ()));
    }
    let word = plain(input);
    if word == "to" && input[2..].starts_with([' ', '\t', '\\']) && !input.extra.touches(input.location_offset() + 2) {
        return Ok((take(input, 2, LexemeKind::Operator).0, ()));
    }
    miss(input, Expected::Sign("->"))
}

/// The stage of that name.
fn signature(input: Input<'_>, name: &str) -> Option<&'static Signature> {
    input.extra.vocabulary.stages().iter().copied().find(|stage| stage.name == name)
}

/// Whether the hop that begins here is a stage: the first word is one, and no list of targets goes on behind it.
fn is_stage(input: Input<'_>) -> bool {
    let word = plain(input);
    let whole = !input[word.len()..].starts_with([',', '=']);
    whole && !input.extra.touches(input.location_offset() + word.len()) && signature(input, word).is_some()
}

/// A stage with its words and options.
fn stage<'a>(input: Input<'a>, place: Place<'_>) -> Parse<'a, Stage> {
    let known = |_: &_, word: &str| signature(input, word).is_some();
    let (rest, name) = word_of(input, Expected::Stage, LexemeKind::Stage, known)?;
    let Some(own) = signature(input, &name.node) else { return miss(input, Expected::Stage) };
    let mut signatures = vec![own];
    signatures.extend(place.signatures);
    let inner = Place { signatures: &signatures, arrows: true, protocol: None };
    let (rest, arguments) = parameters(rest, own.parameters, inner)?;
    let (rest, options) = options(rest, own, inner)?;
    Ok((rest, Stage { name, arguments, options }))
}

/// `a,b,c`, spaces around the commas allowed.
fn targets(input: Input<'_>) -> Parse<'_, Vec<Spanned<Template>>> {
    let mut targets = Vec::new();
    let mut rest = input;
    loop {
        let (after, target) = address(rest, None)?;
        targets.push(target);
        let here = skip(after);
        let Some(next) = optional_sign(here, ",", LexemeKind::Punctuation) else {
            here.extra.expect(here.location_offset(), Expected::Sign(","));
            return Ok((after, targets));
        };
        rest = skip(next);
    }
}
