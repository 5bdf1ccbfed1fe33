//! The plots of a report: when sessions lived, how much passed, how long answers took.

use std::time::Duration;

use maud::{Markup, html};

use super::diagram::{Lanes, colour};
use super::story::{Life, Passed, Story};
use super::tongue::Words;
use crate::look::amount;

/// How wide plots are.
const WIDTH: u64 = 960;
/// Left of the axis.
const MARGIN: u64 = 120;
/// Right of the last moment.
const END: u64 = 24;
/// A row of the timeline.
const ROW: u64 = 24;
/// How high the other plots are, without what stands below.
const HEIGHT: u64 = 140;

/// A moment of the run: `22.7 ms`, `1.250 s`.
pub(super) fn moment(at: u64) -> String {
    match at {
        0..1_000_000 => format!("{}.{} ms", at / 1000, at % 1000 / 100),
        _ => format!("{}.{:03} s", at / 1_000_000, at / 1000 % 1000),
    }
}

/// Where a moment lies between the axis and the right side.
fn place(at: u64, length: u64) -> u64 {
    let share = u128::from(at) * u128::from(WIDTH - MARGIN - END) / u128::from(length.max(1));
    MARGIN + u64::try_from(share).unwrap_or(0)
}

/// The moments below a plot.
fn axis(length: u64, y: u64) -> Markup {
    html! {
        line.axis x1=(MARGIN) x2=(WIDTH - END) y1=(y) y2=(y) {}
        @for quarter in 0..=4 {
            @let at = length * quarter / 4;
            @let x = place(at, length);
            line.axis x1=(x) x2=(x) y1=(y) y2=(y + 4) {}
            text.tick x=(x) y=(y + 18) { (moment(at)) }
        }
    }
}

fn frame(height: u64, label: &str, content: &Markup) -> Markup {
    html! {
        div.wide {
            svg.plot viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) role="img" aria-label=(label) { (content) }
        }
    }
}

/// When each session lived, with a mark for each message.
pub(super) fn timeline(story: &Story, lanes: &Lanes, words: &Words) -> Markup {
    let height = story.lives.len() as u64 * ROW + 8;
    let content = html! {
        @for statement in story.statements.all.iter().filter(|statement| statement.depth == 0).take(60) {
            @let x = place(statement.at, story.length);
            line.step x1=(x) x2=(x) y1="0" y2=(height) { title { (statement.place()) ": " (statement.step.text) } }
        }
        @for (row, life) in story.lives.iter().enumerate() { (bar(story, lanes, life, row as u64 * ROW + 4, words)) }
        (axis(story.length, height))
    };
    frame(height + 28, words.timeline, &content)
}

fn bar(story: &Story, lanes: &Lanes, life: &Life, y: u64, words: &Words) -> Markup {
    let (from, to) = (place(life.from, story.length), place(life.to.unwrap_or(story.length), story.length));
    let of_it = || story.messages.iter().enumerate().filter(|(_, one)| one.session == life.name);
    let lane = life.actor.map_or(0, |actor| lanes.lane(story, actor));
    let counts = format!(
        "{}: {} {}, {} {}",
        life.name,
        amount::bytes(life.sent),
        words.sent,
        amount::bytes(life.received),
        words.received
    );
    html! {
        g class=(colour(lane)) {
            text.row x=(MARGIN - 10) y=(y + 13) { (super::diagram::cut(&life.name, 16)) }
            rect class=(if life.broken { "life broken" } else { "life" }) x=(from) y=(y + 2) width=((to - from).max(2)) height="14" rx="4" {
                title { (counts) }
            }
            @for (number, message) in of_it().filter(|(_, one)| one.passed == Passed::Data) {
                a href={ "#m" (number + 1) } {
                    rect.mark x=(place(message.at, story.length)) y=(y + 2) width="2" height="14" {
                        title { (moment(message.at)) ", " (amount::bytes(message.size)) }
                    }
                }
            }
        }
    }
}

/// Bytes a second over time.
pub(super) fn throughput(story: &Story, words: &Words) -> Markup {
    let series = &story.series;
    let most = series.sums.iter().copied().max().unwrap_or(0).max(1);
    let rate = u64::try_from(u128::from(most) * 1_000_000 / u128::from(series.every)).unwrap_or(u64::MAX);
    let bar = |place_in: usize, sum: u64| {
        let at = place_in as u64 * series.every;
        let (from, to) = (place(at, story.length), place((at + series.every).min(story.length), story.length));
        let tall = u64::try_from(u128::from(sum) * u128::from(HEIGHT - 16) / u128::from(most)).unwrap_or(0);
        html! {
            rect.amount x=(from) y=(HEIGHT - tall.max(1)) width=((to.saturating_sub(from)).max(2) - 1) height=(tall.max(1)) {
                title { (moment(at)) ": " (amount::bytes(sum)) }
            }
        }
    };
    let content = html! {
        (level(16, &amount::rate(rate)))
        (level(16 + (HEIGHT - 16) / 2, &amount::rate(rate / 2)))
        @for (number, sum) in series.sums.iter().enumerate().filter(|(_, sum)| **sum > 0) { (bar(number, *sum)) }
        (axis(story.length, HEIGHT))
    };
    frame(HEIGHT + 28, words.throughput, &content)
}

/// How long answers took, by when they were asked for.
pub(super) fn latency(story: &Story, words: &Words) -> Markup {
    let most = story.latencies.quantile(1.0).max(1);
    let content = html! {
        (level(16, &took(most)))
        (level(16 + (HEIGHT - 16) / 2, &took(most / 2)))
        @for (since, lasted) in &story.latencies.each {
            @let tall = u64::try_from(u128::from(*lasted.min(&most)) * u128::from(HEIGHT - 16) / u128::from(most)).unwrap_or(0);
            circle.answer cx=(place(*since, story.length)) cy=(HEIGHT - tall) r="3.5" {
                title { (moment(*since)) ": " (took(*lasted)) }
            }
        }
        (axis(story.length, HEIGHT))
    };
    frame(HEIGHT + 28, words.latency, &content)
}

/// A length of time that was measured.
pub(super) fn took(microseconds: u64) -> String {
    amount::took(Duration::from_micros(microseconds))
}

fn level(y: u64, text: &str) -> Markup {
    html! {
        line.level x1=(MARGIN) x2=(WIDTH - END) y1=(y) y2=(y) {}
        text.row x=(MARGIN - 10) y=(y + 4) { (text) }
    }
}
