//! The diagram of a report: who said what to whom and when, from above to below, in pieces that fit a sheet of paper.

use std::collections::HashMap;

use maud::{Markup, html};

use super::actors::MOST;
use super::plots::moment;
use super::statements::Statement;
use super::story::{Message, Passed, Story};
use super::tongue::Words;
use crate::look::{amount, escape};

/// Between two actors: at least, and at most.
const NARROWEST: usize = 124;
const WIDEST: usize = 190;
/// How wide the diagram is where that is enough.
const WIDTH: usize = 1024;
/// Left of the first actor: the times.
const MARGIN: usize = 92;
/// Above the first row: the names.
const HEADER: usize = 56;
/// A row with an arrow.
const ARROW: usize = 34;
/// A row with a statement.
const CAPTION: usize = 30;
/// How high a piece may be.
const SHEET: usize = 860;
/// How wide a letter of a label is, in tenths.
const LETTER: usize = 66;

/// Which lane each actor has, in the order in which they speak.
pub(super) struct Lanes {
    of: HashMap<usize, usize>,
    /// The actors of the lanes; nothing for those that share the last one.
    pub(super) actors: Vec<Option<usize>>,
}

impl Lanes {
    /// The lanes of all who said something.
    pub(super) fn of(story: &Story) -> Self {
        let mut lanes = Self { of: HashMap::new(), actors: Vec::new() };
        for message in &story.messages {
            for actor in [message.from, message.to] {
                lanes.add(story.actors.resolve(actor));
            }
        }
        lanes
    }

    fn add(&mut self, actor: usize) {
        if self.of.contains_key(&actor) {
            return;
        }
        if self.actors.len() + 1 < MOST {
            self.of.insert(actor, self.actors.len());
            self.actors.push(Some(actor));
        } else {
            self.of.insert(actor, MOST - 1);
            if self.actors.len() < MOST {
                self.actors.push(None);
            }
        }
    }

    /// The lane of an actor.
    pub(super) fn lane(&self, story: &Story, actor: usize) -> usize {
        self.of.get(&story.actors.resolve(actor)).copied().unwrap_or(0)
    }

    /// What a lane is called, and where that is.
    pub(super) fn name<'s>(&self, story: &'s Story, lane: usize, words: &Words) -> (&'s str, &'s str) {
        match self.actors.get(lane).copied().flatten() {
            Some(actor) => {
                let actor = story.actors.get(actor);
                (&actor.name, if actor.inside { &actor.place } else { words.outside })
            }
            None => (words.others, ""),
        }
    }

    /// How far the lanes are from each other.
    fn gap(&self) -> usize {
        ((WIDTH - MARGIN) / self.actors.len().max(1)).clamp(NARROWEST, WIDEST)
    }

    fn width(&self) -> usize {
        MARGIN + self.actors.len() * self.gap()
    }

    fn middle(&self, lane: usize) -> usize {
        MARGIN + self.gap() / 2 + lane * self.gap()
    }
}

/// A row of the diagram.
enum Row<'s> {
    Statement(&'s Statement),
    Message(usize, &'s Message),
}

impl Row<'_> {
    const fn height(&self) -> usize {
        match self {
            Self::Statement(_) => CAPTION,
            Self::Message(..) => ARROW,
        }
    }
}

/// The whole diagram.
pub(super) fn diagram(story: &Story, lanes: &Lanes, words: &Words) -> Markup {
    let rows = rows(story);
    let mut sheets: Vec<Vec<Row<'_>>> = Vec::new();
    let mut height = SHEET;
    for row in rows {
        // A statement stands above what it did.
        let needed = row.height() + if matches!(row, Row::Statement(_)) { ARROW } else { 0 };
        if height + needed > SHEET {
            sheets.push(Vec::new());
            height = HEADER;
        }
        height += row.height();
        if let Some(sheet) = sheets.last_mut() {
            sheet.push(row);
        }
    }
    html! { @for sheet in &sheets { div.wide { (piece(story, lanes, sheet, words)) } } }
}

/// Messages, and above those of a statement the statement.
fn rows(story: &Story) -> Vec<Row<'_>> {
    let statements: HashMap<u64, &Statement> = story.statements.all.iter().map(|one| (one.step.number, one)).collect();
    let mut rows = Vec::new();
    let mut during = 0;
    for (number, message) in story.messages.iter().enumerate() {
        if message.during != during {
            during = message.during;
            rows.extend(statements.get(&during).map(|statement| Row::Statement(statement)));
        }
        rows.push(Row::Message(number + 1, message));
    }
    rows
}

fn piece(story: &Story, lanes: &Lanes, rows: &[Row<'_>], words: &Words) -> Markup {
    let width = lanes.width();
    let height = HEADER + rows.iter().map(Row::height).sum::<usize>() + 14;
    let mut y = HEADER;
    let placed = rows.iter().map(|row| {
        let top = y;
        y += row.height();
        (top, row)
    });
    let drawn = placed.map(|(top, row)| match row {
        Row::Statement(statement) => caption(statement, top, width),
        Row::Message(number, message) => arrow(story, lanes, *number, message, top, words),
    });
    let drawn: Vec<Markup> = drawn.collect();
    html! {
        svg.sequence viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" aria-label=(words.sequence) {
            @for lane in 0..lanes.actors.len() { (head(story, lanes, lane, height, words)) }
            @for row in drawn { (row) }
        }
    }
}

/// An actor's name with the line below it.
fn head(story: &Story, lanes: &Lanes, lane: usize, height: usize, words: &Words) -> Markup {
    let (name, place) = lanes.name(story, lane, words);
    let x = lanes.middle(lane);
    html! {
        line.lane x1=(x) x2=(x) y1="44" y2=(height - 4) {}
        g class=(colour(lane)) {
            rect.actor x=(x - lanes.gap() / 2 + 6) y="4" width=(lanes.gap() - 12) height="40" rx="7" {}
            text.name x=(x) y=(if place.is_empty() { 29 } else { 21 }) { (cut(name, lanes.gap() / 9)) }
            text.place x=(x) y="36" { (cut(place, lanes.gap() / 6)) }
            title { (name) " " (place) }
        }
    }
}

/// A statement, above what passed since it began.
fn caption(statement: &Statement, top: usize, width: usize) -> Markup {
    let text = statement.step.text.lines().next().unwrap_or_default();
    let room = (width - MARGIN) * 10 / 73;
    html! {
        a href={ "#s" (statement.step.number) } {
            rect.caption x="0" y=(top + 5) width=(width) height="21" rx="4" {}
            text.line x=(MARGIN - 14) y=(top + 20) { (statement.place()) }
            text.statement x=(MARGIN) y=(top + 20) { (cut(text, room)) }
        }
    }
}

/// An arrow with what stands on it.
fn arrow(story: &Story, lanes: &Lanes, number: usize, message: &Message, top: usize, words: &Words) -> Markup {
    let (from, to) = (lanes.lane(story, message.from), lanes.lane(story, message.to));
    let (start, end, y) = (lanes.middle(from), lanes.middle(to), top + ARROW - 8);
    let room = (start.abs_diff(end).max(lanes.gap()) - 24) * 10 / LETTER;
    let label = label(message, room, words);
    let middle = if start == end { start + lanes.gap() / 4 } else { usize::midpoint(start, end) };
    html! {
        a href={ "#m" (number) } class={ "arrow " (colour(from)) " " (class(message.passed)) } {
            title { (title(story, lanes, message, words)) }
            rect.touch x="0" y=(top) width=(lanes.width()) height=(ARROW) {}
            text.time x=(MARGIN - 14) y=(y + 3) { (moment(message.at)) }
            (stroke(start, end, y, message.passed))
            text.label x=(middle) y=(y - 6) { (label) }
        }
    }
}

/// The line of an arrow and its head; what a lane says to itself turns back.
fn stroke(start: usize, end: usize, y: usize, passed: Passed) -> Markup {
    let path = if start == end { format!("M{start} {} h34 v12 h-34", y - 8) } else { format!("M{start} {y} H{end}") };
    let (tip, y) = if start == end { (end, y + 4) } else { (end, y) };
    let back = if start < end { tip - 9 } else { tip + 9 };
    html! {
        path.stroke d=(path) {}
        @if passed == Passed::Break {
            path.stroke d={ "M" (back) " " (y - 5) " L" (tip) " " (y + 5) " M" (back) " " (y + 5) " L" (tip) " " (y - 5) } {}
        } @else if passed == Passed::Data {
            path.tip d={ "M" (tip) " " (y) " L" (back) " " (y - 4) " V" (y + 4) " Z" } {}
        } @else {
            path.stroke d={ "M" (back) " " (y - 4) " L" (tip) " " (y) " L" (back) " " (y + 4) } {}
        }
    }
}

fn label(message: &Message, room: usize, words: &Words) -> String {
    match message.passed {
        Passed::Data => {
            let size = amount::bytes(message.size);
            let text = escape::one_line(&message.bytes[..message.bytes.len().min(200)]);
            let room = room.saturating_sub(size.chars().count() + 2);
            format!("{}  {size}", cut(&text, room))
        }
        other => what(other, words).to_owned(),
    }
}

fn title(story: &Story, lanes: &Lanes, message: &Message, words: &Words) -> String {
    let name = |actor| lanes.name(story, lanes.lane(story, actor), words).0;
    let text = escape::lines(&message.bytes[..message.bytes.len().min(400)]);
    format!("{} → {}, {} {}\n{text}", name(message.from), name(message.to), words.session, message.session)
}

/// What passed, in a word.
pub(super) const fn what(passed: Passed, words: &Words) -> &'static str {
    match passed {
        Passed::Data => words.message,
        Passed::Opening => words.opens,
        Passed::End => words.ends,
        Passed::Close => words.closes,
        Passed::Break => words.breaks,
    }
}

const fn class(passed: Passed) -> &'static str {
    match passed {
        Passed::Data => "data",
        Passed::Opening => "opening",
        Passed::End | Passed::Close => "ending",
        Passed::Break => "break",
    }
}

/// The class of a lane's colour.
pub(super) const fn colour(lane: usize) -> &'static str {
    ["c0", "c1", "c2", "c3", "c4", "c5"][lane % 6]
}

/// At most so many letters.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
