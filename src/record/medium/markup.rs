//! Markup: texts as XML and HTML have them, and the fonts that they are set in.

use data_encoding::BASE64;

/// Fonts of terminals, the first that a reader has. The first of all has three symbols that few fonts have.
pub(super) const FONTS: &str = "nsh,ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',\
                                'Liberation Mono',monospace";
/// The symbols of line ends and tabs.
const SYMBOLS: [char; 3] = ['␉', '␊', '␍'];
/// A font that has them, and nothing else.
const SYMBOL_FONT: &[u8] = include_bytes!("font/symbols.woff2");

/// Whether a text has symbols that few fonts have.
pub(super) fn has_symbols(text: &str) -> bool {
    text.contains(SYMBOLS)
}

/// The rule of CSS that brings their font.
pub(super) fn symbol_font() -> String {
    let font = BASE64.encode(SYMBOL_FONT);
    format!(
        "@font-face{{font-family:nsh;src:url(data:font/woff2;base64,{font})format(\"woff2\");\
         unicode-range:U+2409,U+240A,U+240D}}\n"
    )
}

/// A text whose characters mean themselves, in XML 1.0 as in HTML. What is no character of XML is replaced.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' | '\t' => out.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(super::text("a<b> & \"c\"\u{1b}\u{ffff}\n"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}\u{fffd}\n");
    }
}
