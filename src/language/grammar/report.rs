//! From what was expected to an error that says so.

use super::context::Context;
use super::expected::Expected;
use crate::language::diagnostic::Diagnostic;
use crate::language::distance::nearest;
use crate::language::signature::{Effect, Shape};
use crate::language::source::Span;

/// Most things that an error lists.
const MOST_LISTED: usize = 8;

/// The error for the furthest place that `context` reached.
pub(super) fn furthest(context: &Context<'_>) -> Diagnostic {
    let (offset, expected, complaint) = context.reached();
    if let Some(complaint) = complaint {
        return complaint;
    }
    let found = Found::at(context.text, offset);
    let diagnostic = Diagnostic::error(message(&expected, &found, context)).at(found.span);
    let diagnostic = diagnostic.labelled(found.label(&expected));
    hints(&expected, &found, context).into_iter().fold(diagnostic, Diagnostic::hint)
}

/// What stands where something else was expected.
struct Found<'a> {
    word: &'a str,
    span: Span,
}

impl<'a> Found<'a> {
    fn at(text: &'a str, offset: usize) -> Self {
        let rest = &text[offset..];
        let stop = |letter: char| letter.is_whitespace() || letter.is_control() || ";{}\"'(),=[]".contains(letter);
        let length = match rest.find(stop) {
            Some(0) => rest.chars().next().filter(|letter| *letter != '\n').map_or(0, char::len_utf8),
            Some(length) => length,
            None => rest.len(),
        };
        let length = rest.char_indices().map(|(at, letter)| at + letter.len_utf8()).take_while(|end| *end <= length);
        let length = length.take(40).last().unwrap_or(0);
        Self { word: &rest[..length], span: Span::new(offset, offset + length) }
    }

    fn ends(&self) -> bool {
        self.word.is_empty() || self.word == "\r"
    }

    fn is_word(&self) -> bool {
        self.word.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter)) && !self.ends()
    }

    fn label(&self, expected: &[Expected]) -> String {
        if self.ends() {
            return "the line ends here".to_owned();
        }
        let noun = expected.iter().filter(|one| !matches!(one, Expected::EndOfLine | Expected::Key(_)));
        let mut nouns = noun.map(Expected::noun);
        let first = nouns.next().flatten();
        match first {
            Some("command") if self.is_word() => String::new(),
            Some(noun)
                if self.is_word()
                    && !self.word.starts_with(|l: char| l.is_ascii_digit())
                    && nouns.all(|other| other == first) =>
            {
                format!("unknown {noun} `{}`", self.word)
            }
            _ => format!("found {}", self.shown()),
        }
    }

    /// The word in backticks, or the number of a character that would not show.
    fn shown(&self) -> String {
        match self.word.chars().next() {
            Some(letter) if letter.is_control() || letter.is_whitespace() || is_invisible(letter) => {
                format!("the character U+{:04X}", u32::from(letter))
            }
            _ => format!("`{}`", self.word),
        }
    }
}

/// Whether a character takes no room on the screen.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// The sentence: what was expected.
fn message(expected: &[Expected], found: &Found<'_>, context: &Context<'_>) -> String {
    if expected == [Expected::Statement] && found.is_word() {
        return format!("unknown command `{}`", found.word);
    }
    let mut spelled: Vec<String> = Vec::new();
    let mut named: Vec<String> = Vec::new();
    for one in expected.iter().filter(|one| **one != Expected::EndOfLine) {
        let words = if matches!(one, Expected::Statement | Expected::Operator | Expected::Function) {
            Vec::new()
        } else {
            one.words(context.vocabulary)
        };
        match one {
            Expected::Key(_) => spelled.push(one.describe()),
            _ if words.is_empty() => spelled.push(one.describe()),
            _ => spelled.extend(words.iter().map(|word| format!("`{word}`"))),
        }
        let name = if matches!(one, Expected::Key(_)) { "an option".to_owned() } else { one.describe() };
        if !named.contains(&name) {
            named.push(name);
        }
    }
    let mut listed = if spelled.len() <= MOST_LISTED { spelled } else { named };
    if listed.len() > MOST_LISTED {
        listed.truncate(MOST_LISTED);
        listed.push("…".to_owned());
    }
    if expected.contains(&Expected::EndOfLine) {
        listed.push("end of line".to_owned());
    }
    format!("expected {}", alternatives(&listed))
}

/// `a, b or c`
pub(super) fn alternatives(listed: &[String]) -> String {
    match listed {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [most @ .., last] if last == "…" => format!("{}, …", most.join(", ")),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// What would help.
fn hints(expected: &[Expected], found: &Found<'_>, context: &Context<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    let word = found.word;
    let begins = expected.contains(&Expected::Statement);
    if begins && matches!(word, "else" | "elif") {
        hints.push("`else { … }` and `else if … { … }` stand on the line of the `}` before them".to_owned());
        return hints;
    }
    if word == "elif" {
        hints.push("write `else if`".to_owned());
        return hints;
    }
    if begins && word == "on" {
        hints.push("handlers stand in the block of what they serve: `… { on EVENT { … } }`".to_owned());
        return hints;
    }
    // A name, perhaps with a lost colon, before something that is a statement.
    let next = context.text[found.span.end..].trim_start_matches([' ', '\t', ':']);
    let next = next.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    if begins && found.is_word() && context.vocabulary.commands().iter().any(|command| command.name == next) {
        hints.push(format!("to address a session, put a colon behind its name: `{word}: {next} …`"));
        return hints;
    }
    if found.is_word() {
        let words: Vec<&str> = expected.iter().flat_map(|one| one.words(context.vocabulary)).collect();
        if let Some(near) = nearest(word, words.iter().copied()) {
            hints.push(format!("did you mean `{near}`?"));
            return hints;
        }
    }
    let rest = &context.text[found.span.start..];
    let wants = |shape| expected.contains(&Expected::Shape(shape));
    if wants(Shape::Text) && found.is_word() {
        hints.push(format!("payloads are quoted: `\"{word}\"`"));
    } else if wants(Shape::Address) && found.is_word() {
        hints.push(format!("an address has a port: `{word}:80`"));
    } else if wants(Shape::Protocol)
        && let [first, ..] = context.vocabulary.protocols()
        && context.vocabulary.check_address(word).is_ok()
    {
        hints.push(format!("the transport stands before the address: `{} {word}`", first.name));
    } else if wants(Shape::Duration) && word.parse::<f64>().is_ok() {
        hints.push(format!("a duration has a unit: `{word}s`, `{word}ms`"));
    } else if wants(Shape::Rate) && word.starts_with(|letter: char| letter.is_ascii_digit()) {
        hints.push("a rate is a size in a second: `10kB/s`".to_owned());
    } else if expected.contains(&Expected::Operator) {
        let better = [("&&", "and"), ("||", "or"), ("=", "==")].into_iter();
        hints.extend(
            better
                .filter(|(wrong, _)| rest.starts_with(wrong))
                .map(|(wrong, right)| format!("write `{right}` instead of `{wrong}`")),
        );
    } else if (wants(Shape::NewVariable) || wants(Shape::NewSession)) && word.starts_with('$') {
        hints.push(format!("the name stands without `$`: `{}`", &word[1..]));
    } else if begins && let Some((label, _)) = word.split_once(':').filter(|(label, _)| !label.is_empty()) {
        hints.push(format!("a space follows a label: `{label}: …`"));
    } else if wants(Shape::Value) && found.is_word() && !word.starts_with(|l: char| l.is_ascii_digit()) {
        hints.push(format!("a variable is written `${word}`, a text `\"{word}\"`"));
    } else if begins && rest[word.len()..].trim_start().starts_with('=') {
        hints.push(format!("a variable is set with `let {word} = …`"));
    } else if begins && found.is_word() {
        hints.push(format!("a program of the system is run with `!` before it: `!{word} …`"));
    }
    if hints.is_empty() && expected.contains(&Expected::EndOfLine) && found.is_word() {
        hints.extend(misplaced(found, context));
    }
    hints
}

/// Where a word belongs that stands too far back: a word of the command, or the name of a session.
fn misplaced(found: &Found<'_>, context: &Context<'_>) -> Option<String> {
    let before = &context.text[..found.span.start];
    let statement = before.rsplit(['\n', ';', '{']).next()?.trim();
    let (name, rest) = statement.split_once(' ').unwrap_or((statement, ""));
    let command = context.vocabulary.commands().iter().find(|command| command.name == name)?;
    let word = found.word;
    let takes = |shape: &Shape| match shape {
        Shape::Keyword(keyword) => *keyword == word,
        Shape::Choice(choices) => {
            choices.iter().any(|shapes| matches!(shapes, [Shape::Keyword(keyword)] if *keyword == word))
        }
        _ => false,
    };
    if rest.is_empty() {
        let uses = matches!(command.effect, Effect::Uses | Effect::Ends)
            && context.vocabulary.commands().iter().all(|other| other.name != word);
        return uses.then(|| format!("a session is named in front of the statement: `{word}: {name}`"));
    }
    match command.parameters.iter().position(|parameter| takes(&parameter.shape))? {
        0 => Some(format!("`{word}` stands right behind `{name}`: `{name} {word} …`")),
        _ => Some(format!("`{word}` stands before the options")),
    }
}
