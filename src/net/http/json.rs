//! JSON (RFC 8259), as far as listings and logs write it.

/// `text` as a JSON string with its quotes.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            // Not all readers take the line separators (ECMA-262 before 2019), and DEL is best seen.
            '\0'..=' ' | '\u{7f}' | '\u{2028}' | '\u{2029}' if character != ' ' => {
                quoted.extend(format!("\\u{:04x}", u32::from(character)).chars());
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #[test]
    fn strings_are_quoted() {
        assert_eq!(super::string("a b\"\\\n\u{1b}é"), "\"a b\\\"\\\\\\u000a\\u001bé\"");
    }
}
