//! Reports as Markdown, with the diagram as Mermaid has it, for tickets and repositories.

use std::fmt::Write;

use super::Kind;
use super::diagram::{self, Lanes, cut};
use super::page;
use super::plots::{moment, took};
use super::statements::Verdict;
use super::story::{Message, Passed, Story};
use super::tongue::{Tongue, Words};
use crate::look::{amount, escape};
use crate::net::clock;

/// `.md`
pub(super) static KIND: Kind = Kind {
    extension: "md",
    summary: "Markdown, with the diagram for Mermaid",
    render: |story, tongue| render(story, tongue).unwrap_or_default(),
};

/// How many letters of a message stand on its arrow.
const LABEL: usize = 40;

fn render(story: &Story, tongue: Tongue) -> Result<String, std::fmt::Error> {
    let words = tongue.words();
    let mut out = String::new();
    let title = plain(&page::title(story, words));
    writeln!(out, "# {}: {title} – {}\n", words.report, page::verdict(story, words))?;
    summary(&mut out, story, words)?;
    statements(&mut out, story, words)?;
    sequence(&mut out, story, words)?;
    environment(&mut out, story, words)?;
    writeln!(out, "\n{}", words.made)?;
    Ok(out)
}

fn summary(out: &mut String, story: &Story, words: &Words) -> std::fmt::Result {
    let (held, failed) = story.statements.tally;
    writeln!(out, "| | |\n| --- | --- |")?;
    writeln!(out, "| {} | {} |", words.statements, page::fraction(held, held + failed))?;
    let (held, failed) = story.statements.tests;
    if held + failed > 0 {
        writeln!(out, "| {} | {} |", words.tests, page::fraction(held, held + failed))?;
    }
    writeln!(out, "| {} | {} |", words.messages, story.moved.0)?;
    writeln!(out, "| {} | {} |", words.bytes, amount::bytes(story.moved.1))?;
    if story.latencies.count() > 0 {
        let (median, longest) = (took(story.latencies.quantile(0.5)), took(story.latencies.quantile(1.0)));
        writeln!(out, "| {} | {} {median}, {} {longest} |", words.latency, words.median, words.longest)?;
    }
    writeln!(out, "| {} | {} |", words.duration, amount::took(story.took()))
}

fn statements(out: &mut String, story: &Story, words: &Words) -> std::fmt::Result {
    writeln!(out, "\n## {}\n", words.statements)?;
    let heads = [words.line, words.statement, words.at, words.took, words.result];
    writeln!(out, "| {} |\n| ---: | --- | ---: | ---: | --- |", heads.join(" | "))?;
    for statement in &story.statements.all {
        let verdict = match statement.verdict {
            Verdict::Held => words.held,
            Verdict::Failed => words.failed,
            Verdict::Broken => words.broken,
            Verdict::Interrupted => words.interrupted,
            Verdict::Unended => words.unended,
        };
        let text = statement.step.text.lines().next().unwrap_or_default();
        let text = if statement.step.text.contains('\n') { format!("{text} …") } else { text.to_owned() };
        let lasted = statement.took.map(took).unwrap_or_default();
        let line = statement.place();
        writeln!(out, "| {line} | {} | {} | {lasted} | {verdict} |", code(&text), moment(statement.at))?;
    }
    more(out, story.statements.more, words.more_statements)?;
    for statement in story.statements.all.iter().filter(|statement| statement.verdict == Verdict::Failed) {
        writeln!(out)?;
        for line in statement.results.iter().flat_map(|result| result.lines()) {
            // An indented block ends at nothing that stands in it.
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn sequence(out: &mut String, story: &Story, words: &Words) -> std::fmt::Result {
    writeln!(out, "\n## {}\n", words.sequence)?;
    if story.messages.is_empty() {
        return writeln!(out, "{}", words.nothing);
    }
    let lanes = Lanes::of(story);
    writeln!(out, "```mermaid\nsequenceDiagram")?;
    for lane in 0..lanes.actors.len() {
        let (name, place) = lanes.name(story, lane, words);
        let place = if place.is_empty() { String::new() } else { format!("<br/>{}", mermaid(place)) };
        writeln!(out, "    participant P{lane} as {}{place}", mermaid(name))?;
    }
    for message in &story.messages {
        let (from, to) = (lanes.lane(story, message.from), lanes.lane(story, message.to));
        let (arrow, label) = arrow(message, words);
        writeln!(out, "    P{from}{arrow}P{to}: {} {}", moment(message.at), mermaid(&label))?;
    }
    writeln!(out, "```")?;
    more(out, story.messages_more, words.more_messages)
}

fn arrow(message: &Message, words: &Words) -> (&'static str, String) {
    match message.passed {
        Passed::Data => {
            let text = escape::one_line(&message.bytes[..message.bytes.len().min(200)]);
            ("->>", format!("{} ({})", cut(&text, LABEL), amount::bytes(message.size)))
        }
        Passed::Break => ("-x", words.breaks.to_owned()),
        other => ("-->>", diagram::what(other, words).to_owned()),
    }
}

fn environment(out: &mut String, story: &Story, words: &Words) -> std::fmt::Result {
    let head = &story.head;
    writeln!(out, "\n## {}\n", words.environment)?;
    writeln!(out, "- nsh {}", plain(&head.nsh))?;
    writeln!(out, "- {}: {}", words.system, plain(&escape::one_line(head.system.as_bytes())))?;
    if !head.script.is_empty() {
        writeln!(out, "- {}: {}", words.script, plain(&escape::one_line(head.script.as_bytes())))?;
    }
    writeln!(out, "- {}: {}", words.began, clock::iso(head.began / 1_000_000))
}

fn more(out: &mut String, count: u64, words: &str) -> std::fmt::Result {
    if count > 0 { writeln!(out, "\n{count} {words}") } else { Ok(()) }
}

/// Code in a cell of a table, whatever stands in it.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// Text in which no letter means anything to Markdown.
fn plain(text: &str) -> String {
    let escaped = |letter: char| letter.is_ascii_punctuation() && !matches!(letter, '.' | '-' | '/' | ',' | ':');
    text.chars().flat_map(|letter| escaped(letter).then_some('\\').into_iter().chain([letter])).collect()
}

/// Text in which no letter means anything to Mermaid: others are numbers of Unicode.
fn mermaid(text: &str) -> String {
    let usual = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, ' ' | '.' | ',' | '/' | '(' | ')' | '=' | '→' | '…' | '␊' | '␍')
    };
    let mut out = String::new();
    for letter in text.chars() {
        if usual(letter) {
            out.push(letter);
        } else {
            let _ = write!(out, "#{};", u32::from(letter));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_acts() {
        assert_eq!(mermaid("a;b <i>#\n"), "a#59;b #60;i#62;#35;#10;");
        assert_eq!(code("a ` b | c"), "``a ` b \\| c``");
        assert_eq!(plain("*a*_b_<c>"), "\\*a\\*\\_b\\_\\<c\\>");
    }
}
