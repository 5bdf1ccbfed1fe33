//! Papers: rows of a terminal as elements of SVG, and the rules of CSS that paint them.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use crate::record::medium::markup::{self, FONTS};
use crate::record::screen::{Colour, Ink, Run, Weight};
use crate::record::theme::{Scheme, Theme};

/// What a column and a row measure, in tenths of a pixel: letters of 14 pixels, most of which are 0.6 as wide.
pub(super) const COLUMN: usize = 84;
pub(super) const ROW: usize = 185;
/// Where in its row a letter stands.
const BASELINE: usize = 139;

/// A length in tenths of a pixel, as pixels: `8.4`, `84`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tenths(pub(super) usize);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            tenth => write!(f, "{}.{tenth}", self.0 / 10),
        }
    }
}

/// The block that a cursor at that column and row is.
pub(super) fn cursor((column, row): (usize, usize)) -> String {
    let (x, y) = (Tenths(column * COLUMN), Tenths(row * ROW));
    format!("<rect class=\"k\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\"/>\n", Tenths(COLUMN), Tenths(ROW))
}

/// Draws rows and takes note of the colours that it needs for them.
#[derive(Debug, Default)]
pub(super) struct Paper {
    /// Whether something behind letters is painted, and in which named colour; `None` for those of the page.
    used: BTreeSet<(bool, Option<u8>)>,
    /// Whether there are symbols that need a font of their own.
    symbols: bool,
}

impl Paper {
    /// The elements of a row.
    pub(super) fn row(&mut self, runs: &[Run], row: usize) -> String {
        let mut out = String::new();
        for run in runs {
            self.run(run, row, &mut out);
        }
        out
    }

    fn run(&mut self, run: &Run, row: usize, out: &mut String) {
        let (x, width) = (run.column * COLUMN, run.width * COLUMN);
        if run.ink.back != Colour::Page {
            let paint = self.paint(run.ink.back, true);
            let (x, y, width, height) = (Tenths(x), Tenths(row * ROW), Tenths(width), Tenths(ROW));
            let _ = write!(out, "<rect{paint} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
        }
        let paint = self.classes(run.ink);
        let place = if x == 0 { String::new() } else { format!(" x=\"{}\"", Tenths(x)) };
        // Where a font has other widths, letters move apart, and what adjoins grows.
        let stretch = if run.is_plain() { "" } else { " lengthAdjust=\"spacingAndGlyphs\"" };
        let (y, width) = (Tenths(row * ROW + BASELINE), Tenths(width));
        self.symbols |= markup::has_symbols(&run.text);
        let text = markup::text(&run.text);
        let _ = writeln!(out, "<text{paint}{place} y=\"{y}\" textLength=\"{width}\"{stretch}>{text}</text>");
    }

    /// What paints letters.
    fn classes(&mut self, ink: Ink) -> String {
        let front = self.paint(ink.front, false);
        let marks = [
            (ink.weight == Weight::Bold, 'b'),
            (ink.weight == Weight::Faint, 'o'),
            (ink.italic, 'i'),
            (ink.underlined, 'l'),
            (ink.struck, 's'),
        ];
        let marks: Vec<String> = marks.into_iter().filter(|mark| mark.0).map(|mark| mark.1.to_string()).collect();
        match (front.strip_suffix('"'), marks.join(" ")) {
            (_, marks) if marks.is_empty() => front,
            (Some(front), marks) if front.starts_with(" class") => format!("{front} {marks}\""),
            (_, marks) => format!("{front} class=\"{marks}\""),
        }
    }

    /// The attribute that paints something: a class where the colour is the theme's.
    fn paint(&mut self, colour: Colour, behind: bool) -> String {
        let (prefix, own) = if behind { ('g', Colour::Page) } else { ('f', Colour::Text) };
        match colour {
            Colour::Exact([red, green, blue]) => format!(" fill=\"#{red:02x}{green:02x}{blue:02x}\""),
            colour if colour == own => String::new(),
            Colour::Named(index) => {
                self.used.insert((behind, Some(index)));
                format!(" class=\"{prefix}{index}\"")
            }
            Colour::Text | Colour::Page => {
                self.used.insert((behind, None));
                format!(" class=\"{prefix}\"")
            }
        }
    }

    /// The rules that paint what was drawn.
    pub(super) fn rules(&self, scheme: Scheme) -> String {
        let by_day = self.paints(scheme.day);
        let night =
            scheme.night.map(|night| format!("@media (prefers-color-scheme:dark){{\n{}}}\n", self.paints(night)));
        let font = if self.symbols { markup::symbol_font() } else { String::new() };
        let text = format!("text{{font:14px {FONTS};font-variant-ligatures:none;white-space:pre}}\n");
        font + &text + MARKS + &by_day + &night.unwrap_or_default()
    }

    fn paints(&self, theme: &Theme) -> String {
        let Theme { page, text, bar, title, edge, .. } = theme;
        let mut rules = format!(
            "text{{fill:{text}}}\n.w{{fill:{page};stroke:{edge}}}\n.h{{fill:{bar}}}\n.e{{stroke:{edge}}}\n\
             .d{{fill:{edge}}}\n.t{{fill:{title}}}\n.q{{fill:{page}}}\n.k{{fill:{text}}}\n"
        );
        for &(behind, index) in &self.used {
            let (prefix, other) = if behind { ('g', text) } else { ('f', page) };
            let colour = index.map_or(*other, |index| theme.paints(Colour::Named(index)));
            let name = index.map(|index| index.to_string()).unwrap_or_default();
            let _ = writeln!(rules, ".{prefix}{name}{{fill:{colour}}}");
        }
        rules
    }
}

/// What is the same in all themes.
const MARKS: &str = "\
.b{font-weight:700}
.o{opacity:.7}
.i{font-style:italic}
.l{text-decoration:underline}
.s{text-decoration:line-through}
.t{font:13px system-ui,-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif;text-anchor:middle}
";

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(ink: Ink, text: &str) -> String {
        let width = unicode_width::UnicodeWidthStr::width(text);
        Paper::default().row(&[Run { column: 1, width, text: text.to_owned(), ink }], 2)
    }

    #[test]
    fn a_run_has_its_place_and_its_length() {
        assert_eq!(drawn(Ink::PLAIN, "a<b"), "<text x=\"8.4\" y=\"50.9\" textLength=\"25.2\">a&lt;b</text>\n");
        let bold = Ink { front: Colour::Named(2), weight: Weight::Bold, ..Ink::PLAIN };
        assert_eq!(
            drawn(bold, "你"),
            "<text class=\"f2 b\" x=\"8.4\" y=\"50.9\" textLength=\"16.8\" lengthAdjust=\"spacingAndGlyphs\">你</text>\n"
        );
        let other = Ink { front: Colour::Exact([1, 2, 3]), back: Colour::Text, italic: true, ..Ink::PLAIN };
        assert_eq!(
            drawn(other, "x"),
            "<rect class=\"g\" x=\"8.4\" y=\"37\" width=\"8.4\" height=\"18.5\"/>\
             <text fill=\"#010203\" class=\"i\" x=\"8.4\" y=\"50.9\" textLength=\"8.4\">x</text>\n"
        );
    }
}
