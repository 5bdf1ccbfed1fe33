//! Arguments: the words of a Unix command line as the text of a statement.

use std::fmt::Write as _;

/// The text for [`super::Mode::Arguments`]: one argument is a whole statement as it stands, several are its words,
/// in double quotes where the Unix shell took quotes away.
pub fn join_arguments(args: &[String]) -> String {
    match args {
        [statement] => statement.clone(),
        words => words.iter().map(|word| argument(word)).collect::<Vec<_>>().join(" "),
    }
}

/// One argument as a word of the language.
fn argument(word: &str) -> String {
    if is_plain(word) || is_literal(word) {
        return word.to_owned();
    }
    match word.split_once('=') {
        Some((key, value)) if is_key(key) => format!("{key}={}", argument(value)),
        _ => quoted(word),
    }
}

/// Whether a word says the same in the language as on the command line.
fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('#')
        && !word.contains(|letter: char| letter.is_whitespace() || letter.is_control() || ";{}\"'\\".contains(letter))
}

/// Whether a word is a literal, block or bracketed expression that the user quoted for the language.
fn is_literal(word: &str) -> bool {
    let opened = ["\"", "'", "x\"", "b64\"", "@\""].iter().any(|start| word.starts_with(start));
    let quote = word.chars().last().filter(|last| matches!(last, '"' | '\''));
    let text = opened && quote.is_some() && word.len() > 1 && !word.contains('\n');
    let regex = word.len() > 2
        && word.starts_with('/')
        && word[1..].rsplit_once('/').is_some_and(|(_, flags)| flags.chars().all(|flag| "imsxu".contains(flag)));
    let expression = (word.starts_with('(') && word.ends_with(')')) || (word.starts_with('{') && word.ends_with('}'));
    text || (regex && !word.contains('\n')) || expression
}

/// Whether a word may be the key of an option.
fn is_key(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && word.chars().all(|l| l.is_alphanumeric() || l == '-' || l == '_')
}

/// A word in quotes, in which escapes and variables mean what they mean in the language.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' => text.push_str("\\\""),
            '\\' => match letters.next_if(|next| "nrt0e\\\"$xu".contains(*next)) {
                Some(escaped) => text.extend(['\\', escaped]),
                None => text.push_str("\\\\"),
            },
            letter if letter.is_control() => _ = write!(text, "\\u{{{:x}}}", u32::from(letter)),
            letter => text.push(letter),
        }
    }
    text + "\""
}
