//! Documents: the scripts in the fenced blocks of a Markdown file, and what they are said to write.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::quoted::Quoted;
use crate::language::{Diagnostic, Source, Span};

/// A fenced block that is a script.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The line of its opening fence, from 1, and that of its closing one.
    pub(crate) lines: (usize, usize),
    /// The heading it stands under; empty for none.
    pub(crate) heading: String,
    /// What it is marked with.
    pub(crate) mark: Mark,
    /// Whether nothing else runs meanwhile.
    pub(crate) alone: bool,
    /// What it writes to standard output, where the document says so.
    pub(crate) output: Option<Quoted>,
    /// The error that ends it, where the document shows one.
    pub(crate) error: Option<Quoted>,
    /// Where its lines stand in the document.
    text: Vec<Range<usize>>,
}

/// What is done with a block, as the words behind its language say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It runs.
    Run,
    /// `no-run`: it is read and checked.
    Check,
    /// `ignore`: nothing.
    Ignore,
}

/// The language of blocks that are scripts; those of what they write, and of the error that ends them.
const SCRIPT: &str = "nsh";
const OUTPUT: &str = "output";
const ERROR: &str = "error";

impl Block {
    /// The block as a source of its own: everything else of the document is blank, so that places in it are places in the
    /// document.
    pub(crate) fn source(&self, document: &Source) -> Source {
        let text = document.text.as_bytes();
        let mut blank: Vec<u8> = text.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }).collect();
        for range in &self.text {
            blank[range.clone()].copy_from_slice(&text[range.clone()]);
        }
        let text = String::from_utf8(blank).expect("whole characters were copied");
        Source::new(document.name.clone(), text)
    }

    /// What it is called: `Scripts, line 86`.
    pub(crate) fn title(&self) -> String {
        let line = format!("line {}", self.lines.0);
        if self.heading.is_empty() { line } else { format!("{}, {line}", self.heading) }
    }
}

/// The blocks of a document that are scripts. Fails with the words behind `nsh` that mean nothing.
pub(crate) fn blocks(document: &Source) -> Result<Vec<Block>, Vec<Diagnostic>> {
    let mut found =
        Found { document, blocks: Vec::new(), wrong: Vec::new(), heading: String::new(), last: Last::Other };
    let mut events = Parser::new_ext(&document.text, Options::ENABLE_TABLES).into_offset_iter();
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                found.heading.clear();
                let inside = events.by_ref().take_while(|(event, _)| !matches!(event, Event::End(TagEnd::Heading(_))));
                found.heading.extend(inside.filter_map(|(event, _)| match event {
                    Event::Text(text) | Event::Code(text) => Some(text.into_string()),
                    _ => None,
                }));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let inside = events.by_ref().take_while(|(event, _)| !matches!(event, Event::End(TagEnd::CodeBlock)));
                let text =
                    inside.filter_map(|(event, range)| matches!(event, Event::Text(_)).then_some(range)).collect();
                match kind {
                    CodeBlockKind::Fenced(info) => found.fenced(&info, range, text),
                    CodeBlockKind::Indented => found.last = Last::Other,
                }
            }
            _ => {}
        }
    }
    if found.wrong.is_empty() { Ok(found.blocks) } else { Err(found.wrong) }
}

/// What has been found so far.
struct Found<'d> {
    document: &'d Source,
    blocks: Vec<Block>,
    wrong: Vec<Diagnostic>,
    heading: String,
    last: Last,
}

/// What the last block of code was.
#[derive(PartialEq, Eq)]
enum Last {
    /// A script, or what one writes.
    Script,
    Other,
}

impl Found<'_> {
    fn fenced(&mut self, info: &str, range: Range<usize>, text: Vec<Range<usize>>) {
        let mut words = info.split([' ', ',']).filter(|word| !word.is_empty());
        let quoted = || Quoted::new(self.document, range.clone(), &text);
        match (words.next(), self.blocks.last_mut()) {
            (Some(OUTPUT), Some(block)) if self.last == Last::Script => block.output = Some(quoted()),
            (Some(ERROR), Some(block)) if self.last == Last::Script => block.error = Some(quoted()),
            (Some(SCRIPT), _) => {
                self.last = Last::Script;
                self.script(words, &range, text);
            }
            _ => self.last = Last::Other,
        }
    }

    fn script<'w>(&mut self, words: impl Iterator<Item = &'w str>, range: &Range<usize>, text: Vec<Range<usize>>) {
        let line = |offset| self.document.position(offset).0;
        let end = self.document.text[range.clone()].trim_end().len();
        let mut block = Block {
            lines: (line(range.start), line(range.start + end)),
            heading: self.heading.clone(),
            mark: Mark::Run,
            alone: false,
            output: None,
            error: None,
            text,
        };
        for word in words {
            match word {
                "no-run" => block.mark = Mark::Check,
                "ignore" => block.mark = Mark::Ignore,
                "alone" => block.alone = true,
                other => {
                    let fence = self.document.text[range.clone()].lines().next().unwrap_or_default();
                    let at = range.start + fence.find(other).unwrap_or_default();
                    let wrong = Diagnostic::error(format!("`{other}` says nothing of a block"));
                    let wrong = wrong.at(Span::new(at, at + other.len()));
                    self.wrong.push(wrong.hint("behind `nsh` may stand `no-run`, `ignore` and `alone`"));
                }
            }
        }
        self.blocks.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# One\n\ntext é\n\n```nsh\nprint 1\n```\nIt prints\n```output\n1\n```\n\n## Two `x`\n\n- in a list\n  ```nsh no-run\n  listen 1\n\n  wait\n  ```\n\n```sh\nls\n```\n\n```output\nof ls\n```\n";

    #[test]
    fn blocks_stand_where_they_stand_in_the_document() {
        let document = Source::new("a.md", DOCUMENT);
        let blocks = blocks(&document).unwrap();
        let [one, two] = blocks.as_slice() else { panic!("{blocks:?}") };
        assert_eq!((one.title(), two.title()), ("One, line 5".into(), "Two x, line 16".into()));
        assert_eq!((one.lines, two.lines), ((5, 7), (16, 20)));
        assert_eq!(one.output.as_ref().map(|quoted| quoted.text.as_str()), Some("1\n"));
        assert!(two.output.is_none() && two.mark == Mark::Check);
        for (block, text) in [(one, "print 1"), (two, "listen 1\n\n  wait")] {
            let source = block.source(&document);
            assert_eq!(source.text.len(), DOCUMENT.len());
            assert_eq!(source.text.trim(), text);
            assert_eq!(source.text.find(text), DOCUMENT.find(text));
        }
    }

    #[test]
    fn words_that_mean_nothing_are_told() {
        let document = Source::new("a.md", "x\n\n```nsh norun,alone\n```\n");
        let wrong = blocks(&document).unwrap_err();
        assert_eq!(wrong.len(), 1);
        assert_eq!(&document.text[wrong[0].span.unwrap().range()], "norun");
    }
}
