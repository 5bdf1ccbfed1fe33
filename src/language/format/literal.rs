//! Literals as text: each in the quotes that it was written in.

use std::fmt::Write as _;

use super::Writer;
use crate::language::ast::{Piece, Quote, Template};
use crate::language::base64;

/// `bytes` as a literal that stands for them: a text where they are one, otherwise `x"…"`.
pub fn quote(bytes: &[u8]) -> String {
    let is_text = std::str::from_utf8(bytes).is_ok_and(|text| {
        !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\x1b'))
    });
    quote_as(if is_text { Quote::Double } else { Quote::Hex }, bytes)
}

/// `bytes` as a literal in those quotes.
pub fn quote_as(quote: Quote, bytes: &[u8]) -> String {
    let mut writer = Writer::default();
    writer.literal(quote, &Template { pieces: vec![Piece::Literal(bytes.to_vec())] });
    writer.text
}

impl Writer {
    /// A text or bytes.
    pub(super) fn literal(&mut self, quote: Quote, template: &Template) {
        match (quote, template.pieces.as_slice()) {
            (Quote::Single, [] | [Piece::Literal(_)]) => {
                self.push("'");
                self.push(&String::from_utf8_lossy(bytes(template)));
                self.push("'");
            }
            (Quote::Hex, [] | [Piece::Literal(_)]) => {
                let digits: Vec<String> = bytes(template).iter().map(|byte| format!("{byte:02x}")).collect();
                self.push(&format!("x\"{}\"", digits.join(" ")));
            }
            (Quote::Base64, [] | [Piece::Literal(_)]) => {
                self.push(&format!("b64\"{}\"", base64::encode(bytes(template))));
            }
            (Quote::Block, _) => self.text_block(template),
            _ => self.quoted(template),
        }
    }

    /// `"…"`
    pub(super) fn quoted(&mut self, template: &Template) {
        self.push("\"");
        self.pieces(template, Quote::Double);
        self.push("\"");
    }

    /// `"""…"""`, over several lines if the text has some and nothing around it has to stay on one.
    fn text_block(&mut self, template: &Template) {
        let mut body = Self { inside: self.inside + 1, ..Self::default() };
        let several = self.inside == 0
            && template.pieces.iter().any(|piece| matches!(piece, Piece::Literal(bytes) if bytes.contains(&b'\n')));
        if !several {
            body.pieces(template, Quote::Block);
            return self.push(&format!("\"\"\"{}\"\"\"", body.text.replace('\n', "\\n")));
        }
        body.pieces(template, Quote::Block);
        let indentation = self.indent(1);
        self.push("\"\"\"");
        let mut lines = body.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            self.push("\n");
            let last = lines.peek().is_none();
            if line.is_empty() && !last {
                continue;
            }
            self.push(&indentation);
            // What would be taken for indentation is written as an escape.
            let blank = line.chars().all(|letter| letter == ' ');
            if line.starts_with(' ') && (last || blank) {
                self.push("\\x20");
                self.push(&line[1..]);
            } else {
                self.push(line);
            }
        }
        self.push("\"\"\"");
    }

    /// The pieces of a text with what is special in it escaped.
    fn pieces(&mut self, template: &Template, quote: Quote) {
        for (at, piece) in template.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(bytes) => escape(bytes, quote, &mut self.text),
                Piece::Variable(variable) => self.embedded(&variable.node, template.pieces.get(at + 1)),
                Piece::Expr(expr) => self.inserted(expr),
            }
        }
    }
}

/// The bytes of a template without variables.
fn bytes(template: &Template) -> &[u8] {
    match template.pieces.first() {
        Some(Piece::Literal(bytes)) => bytes,
        _ => &[],
    }
}

/// Adds bytes to `text`, escaped; in a block, line ends stay as they are.
fn escape(bytes: &[u8], quote: Quote, text: &mut String) {
    for chunk in bytes.utf8_chunks() {
        let mut letters = chunk.valid().chars().peekable();
        while let Some(letter) = letters.next() {
            let next = letters.peek().copied();
            match letter {
                '\n' if quote == Quote::Block => text.push('\n'),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\0' => text.push_str("\\0"),
                '\u{1b}' => text.push_str("\\e"),
                '\\' => text.push_str("\\\\"),
                '"' if quote == Quote::Block && next.is_some_and(|next| next != '"') => text.push('"'),
                '"' => text.push_str("\\\""),
                '$' if next.is_some_and(|next| next.is_alphanumeric() || next == '_' || next == '{') => {
                    text.push_str("\\$");
                }
                letter if letter.is_control() => _ = write!(text, "\\u{{{:x}}}", u32::from(letter)),
                letter => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            _ = write!(text, "\\x{byte:02x}");
        }
    }
}
