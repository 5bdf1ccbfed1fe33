//! Reports as a page: one file that needs nothing from outside and no scripts, for light and dark, screen and paper.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Kind;
use super::diagram::{self, Lanes, colour, cut};
use super::plots::{self, moment, took};
use super::statements::{Statement, Verdict};
use super::story::{Message, Passed, Story};
use super::tongue::{Tongue, Words};
use crate::look::{amount, escape, table};
use crate::net::clock;

/// `.html`
pub(super) static KIND: Kind = Kind { extension: "html", summary: "a page for browsers and for paper", render };

const STYLE: &str = include_str!("page.css");

fn render(story: &Story, tongue: Tongue) -> String {
    let words = tongue.words();
    let lanes = Lanes::of(story);
    let title = title(story, words);
    let page = html! {
        (DOCTYPE)
        html lang=(words.code) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Nothing that a peer sent could load or run anything even if it were not escaped.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (words.report) " – " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(story, &title, words))
                main {
                    (failures(story, words))
                    section { h2 { (words.statements) } (statements(story, words)) }
                    section {
                        h2 { (words.sequence) }
                        @if story.messages.is_empty() { p.hint { (words.nothing) } } @else {
                            p.hint { (words.sequence_hint) }
                            (diagram::diagram(story, &lanes, words))
                            (more(story.messages_more, words.more_messages))
                        }
                    }
                    (plots(story, &lanes, words))
                    @if !story.messages.is_empty() {
                        section { h2 { (words.messages) } (messages(story, &lanes, words)) }
                    }
                    section { h2 { (words.environment) } (environment(story, words)) }
                }
                footer { p { (words.made) } }
            }
        }
    };
    page.into_string()
}

/// What the run was of.
pub(super) fn title(story: &Story, words: &Words) -> String {
    match story.head.script.as_str() {
        "" => words.typed.to_owned(),
        script => escape::one_line(script.rsplit('/').next().unwrap_or(script).as_bytes()),
    }
}

/// How the run ended: in a word, and its exit code.
pub(super) fn verdict(story: &Story, words: &Words) -> String {
    match story.exit {
        Some(0) => words.held.to_owned(),
        Some(code) => format!("{}, {} {code}", words.failed, words.exit_code),
        None => words.unended.to_owned(),
    }
}

fn header(story: &Story, title: &str, words: &Words) -> Markup {
    let (held, failed) = story.statements.tally;
    let (tests_held, tests_failed) = story.statements.tests;
    let sessions = story.lives.len() as u64 + story.lives_more;
    html! {
        header {
            p.kind { (words.report) }
            h1 { (title) " " span class=(if story.held() { "badge good" } else { "badge bad" }) { (verdict(story, words)) } }
            p.when { (clock::iso(story.head.began / 1_000_000)) }
            dl.cards {
                (card(words.statements, &fraction(held, held + failed)))
                @if tests_held + tests_failed > 0 { (card(words.tests, &fraction(tests_held, tests_held + tests_failed))) }
                (card(words.sessions, &sessions.to_string()))
                (card(words.messages, &story.moved.0.to_string()))
                (card(words.bytes, &amount::bytes(story.moved.1)))
                (card(words.duration, &amount::took(story.took())))
            }
        }
    }
}

fn card(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// `12`, or `11 / 12` where not all did.
pub(super) fn fraction(part: u64, whole: u64) -> String {
    if part == whole { whole.to_string() } else { format!("{part} / {whole}") }
}

/// How many more of something there were, if there were.
fn more(count: u64, words: &str) -> Markup {
    html! { @if count > 0 { p.hint { (count) " " (words) } } }
}

/// What failed, before all else.
fn failures(story: &Story, words: &Words) -> Markup {
    let failed = story.statements.all.iter().filter(|statement| statement.verdict == Verdict::Failed);
    html! {
        @for statement in failed {
            section.failure {
                h2 { (words.failed) ": " a href={ "#s" (statement.step.number) } { (place(statement, words)) } }
                @if let Some(result) = statement.results.last() { pre { (result) } }
            }
        }
    }
}

/// Where a statement stands, in a heading: `Line 12`, `#3`.
fn place(statement: &Statement, words: &Words) -> String {
    let place = statement.place();
    if place.starts_with('#') { place } else { format!("{} {place}", words.line) }
}

fn statements(story: &Story, words: &Words) -> Markup {
    html! {
        table.statements {
            thead { tr { th.number { (words.line) } th { (words.statement) } th.number { (words.at) } th.number { (words.took) } th { (words.result) } } }
            tbody { @for statement in &story.statements.all { (row(statement, words)) } }
        }
        (more(story.statements.more, words.more_statements))
    }
}

fn row(statement: &Statement, words: &Words) -> Markup {
    let (class, word) = match statement.verdict {
        Verdict::Held => ("good", words.held),
        Verdict::Failed => ("bad", words.failed),
        Verdict::Broken => ("bad", words.broken),
        Verdict::Interrupted => ("open", words.interrupted),
        Verdict::Unended => ("open", words.unended),
    };
    html! {
        tr id={ "s" (statement.step.number) } {
            td.number { (statement.place()) }
            td.code {
                pre style={ "--depth:" (statement.depth.min(8)) } { (statement.step.text) }
                @if !statement.results.is_empty() { pre.results { (statement.results.join("\n")) } }
            }
            td.number { (moment(statement.at)) }
            td.number { @if let Some(lasted) = statement.took { (took(lasted)) } }
            td class={ "verdict " (class) } { (word) }
        }
    }
}

fn plots(story: &Story, lanes: &Lanes, words: &Words) -> Markup {
    html! {
        @if !story.lives.is_empty() {
            section {
                h2 { (words.timeline) }
                (plots::timeline(story, lanes, words))
                (more(story.lives_more, words.more_sessions))
            }
        }
        @if story.moved.1 > 0 {
            section { h2 { (words.throughput) } (plots::throughput(story, words)) }
        }
        @if story.latencies.count() > 0 {
            section {
                h2 { (words.latency) }
                p.hint {
                    (words.latency_hint) ": " (words.median) " " (took(story.latencies.quantile(0.5))) ", 95 % "
                    (took(story.latencies.quantile(0.95))) ", " (words.longest) " " (took(story.latencies.quantile(1.0)))
                    " (" (story.latencies.count()) ")"
                }
                (plots::latency(story, words))
            }
        }
    }
}

fn messages(story: &Story, lanes: &Lanes, words: &Words) -> Markup {
    html! {
        @for (number, message) in story.messages.iter().enumerate() {
            @if message.passed == Passed::Data || !message.bytes.is_empty() {
                (entry(story, lanes, number + 1, message, words))
            } @else {
                p.event id={ "m" (number + 1) } { (summary(story, lanes, number + 1, message, words)) }
            }
        }
        (more(story.messages_more, words.more_messages))
    }
}

/// A message with its bytes, which are seen when it is opened or led to.
fn entry(story: &Story, lanes: &Lanes, number: usize, message: &Message, words: &Words) -> Markup {
    let hidden = message.size.saturating_sub(message.bytes.len() as u64);
    html! {
        details {
            summary { (summary(story, lanes, number, message, words)) }
            // A link to what stands in it opens it.
            div.bytes id={ "m" (number) } {
                figure { figcaption { (words.text) } pre { (escape::lines(&message.bytes)) } }
                @if message.passed == Passed::Data {
                    figure { figcaption { (words.hex) } pre { (table::dump(&message.bytes)) } }
                }
            }
            (more(hidden, words.more_bytes))
        }
    }
}

fn summary(story: &Story, lanes: &Lanes, number: usize, message: &Message, words: &Words) -> Markup {
    let name = |actor| lanes.name(story, lanes.lane(story, actor), words).0;
    let text = escape::one_line(&message.bytes[..message.bytes.len().min(200)]);
    html! {
        span.number { (number) } " "
        span.time { (moment(message.at)) } " "
        span class={ "way " (colour(lanes.lane(story, message.from))) } { (name(message.from)) " → " (name(message.to)) } " "
        @if message.passed == Passed::Data {
            span.size { (amount::bytes(message.size)) } " "
            code { (cut(&text, 90)) }
        } @else {
            span.what { (diagram::what(message.passed, words)) } " "
            span.hint { "(" (message.session) ")" }
        }
    }
}

fn environment(story: &Story, words: &Words) -> Markup {
    let head = &story.head;
    html! {
        dl.environment {
            dt { "nsh" } dd { (head.nsh) }
            dt { (words.system) } dd { (escape::one_line(head.system.as_bytes())) }
            dt { (words.script) } dd { (if head.script.is_empty() { words.typed.to_owned() } else { escape::one_line(head.script.as_bytes()) }) }
            // What they are may be a secret before the script has said so.
            @if head.arguments > 0 { dt { (words.arguments) } dd { (head.arguments) } }
            dt { (words.began) } dd { (clock::iso(head.began / 1_000_000)) }
        }
    }
}
