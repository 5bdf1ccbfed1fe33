//! `replace`: what matches a regular expression, line by line in a stream, in each datagram as a whole.

use bytes::{Bytes, BytesMut};
use regex::bytes::Regex;

use super::lines::{Lines, split_ending};
use super::{Argument, Build, Call, Kind, Maker, Output, Parameter, Spec, Transform};
use crate::net::socket::Framing;

pub(super) static SPEC: Spec = Spec {
    name: "replace",
    summary: "replaces what matches, line by line",
    parameters: &[
        Parameter { name: "PATTERN", kind: Kind::Regex, optional: false, summary: "what to replace" },
        Parameter {
            name: "TEXT",
            kind: Kind::Text,
            optional: false,
            summary: "what with; `$1` and `${name}` are groups",
        },
    ],
    options: &[],
    ends: false,
    build: Build::Transform(|call| {
        let Some(Argument::Regex(pattern)) = call.arguments.first() else { return Err("PATTERN is missing".into()) };
        Ok(maker(pattern.clone(), call.text(1)))
    }),
};

fn maker(pattern: Regex, text: Bytes) -> Maker {
    Box::new(move |framing| {
        Box::new(Replace { pattern: pattern.clone(), text: text.clone(), framing, lines: Lines::default() })
    })
}

struct Replace {
    pattern: Regex,
    text: Bytes,
    framing: Framing,
    lines: Lines,
}

impl Replace {
    /// Appends the line with its matches replaced; the ending stays out of the pattern's reach.
    fn replace(&self, line: &[u8], into: &mut BytesMut) {
        let (content, ending) = split_ending(line);
        into.extend_from_slice(&self.pattern.replace_all(content, &self.text[..]));
        into.extend_from_slice(ending);
    }
}

impl Transform for Replace {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        if self.framing == Framing::Datagram {
            return output.emit(BytesMut::from(&*self.pattern.replace_all(&piece, &self.text[..])));
        }
        let mut replaced = BytesMut::with_capacity(piece.len());
        self.lines.push(piece);
        while let Some(line) = self.lines.pop() {
            self.replace(&line, &mut replaced);
        }
        self.lines.settle();
        output.emit_some(replaced);
    }

    fn end(&mut self, output: &mut Output) {
        if let Some(line) = self.lines.rest() {
            let mut replaced = BytesMut::with_capacity(line.len());
            self.replace(&line, &mut replaced);
            output.emit_some(replaced);
        }
    }

    fn change(&mut self, call: &Call, _: &mut Output) {
        if let Some(Argument::Regex(pattern)) = call.arguments.first() {
            (self.pattern, self.text) = (pattern.clone(), call.text(1));
        }
    }
}
