//! Displays: the screen of a film in the terminal, of which only letters and their colours get there.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use crate::look::{Paint, Role, escape};
use crate::record::screen::{Colour, Ink, Row, Screen, Weight};

/// Beginning and end of what a terminal shows at once (contour-terminal.org, synchronized output).
const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";
/// The other screen, which leaves what the terminal has shown before as it is; what is pasted are keys.
const ENTER: &str = "\x1b[?1049h\x1b[?2004l\x1b[2J";
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";

/// Draws a film.
#[derive(Debug)]
pub(super) struct Display {
    paint: Paint,
    /// Columns and rows of the terminal.
    size: (usize, usize),
    /// The rows that are there, as they were drawn.
    drawn: Vec<String>,
}

impl Display {
    /// One that has drawn nothing.
    pub(super) const fn new(paint: Paint) -> Self {
        Self { paint, size: (0, 0), drawn: Vec::new() }
    }

    /// What brings the terminal to it.
    pub(super) fn enter(&mut self) -> &'static str {
        self.size = (0, 0);
        ENTER
    }

    /// What brings the terminal back, with what was shown last.
    pub(super) fn leave(&self, screen: &Screen) -> String {
        let rows: Vec<Row> = screen.rows().collect();
        let used = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        let mut out = LEAVE.to_owned();
        for row in &rows[..used] {
            let _ = writeln!(out, "{}", self.row(row, screen, self.size.0));
        }
        out
    }

    /// What draws a screen where it differs from what is there, above a line that tells of it.
    pub(super) fn draw(&mut self, screen: &Screen, told: &str, size: (usize, usize)) -> String {
        let mut out = BEGIN.to_owned();
        if self.size != size {
            out += "\x1b[0m\x1b[2J";
            (self.size, self.drawn) = (size, vec![String::new(); size.1]);
        }
        let (columns, rows) = size;
        let room = rows.saturating_sub(1);
        // Of a screen that is taller the part is shown in which the cursor stands.
        let above = screen.cursor().map_or(0, |(_, row)| (row + 1).saturating_sub(room));
        let mut lines: Vec<String> =
            screen.rows().skip(above).take(room).map(|row| self.row(&row, screen, columns)).collect();
        lines.resize(room, String::new());
        lines.push(self.paint.apply(Role::Faint, &cut(told, columns.saturating_sub(1))));
        for (number, line) in lines.into_iter().enumerate() {
            if self.drawn.get(number) != Some(&line) {
                let _ = write!(out, "\x1b[{};1H{line}\x1b[K", number + 1);
                self.drawn[number] = line;
            }
        }
        match screen.cursor() {
            Some((column, row)) => {
                let column = (column + 1).min(columns);
                let _ = write!(out, "\x1b[{};{column}H\x1b[?25h", row - above + 1);
            }
            None => out += "\x1b[?25l",
        }
        out + END
    }

    /// A row in so many columns.
    fn row(&self, row: &Row, screen: &Screen, columns: usize) -> String {
        let mut out = String::new();
        let (mut ink, mut sure) = (Ink::PLAIN, true);
        for (column, letter) in row.letters().filter(|(column, letter)| column + letter.width <= columns) {
            if letter.ink != ink && self.paint.is_on() {
                ink = letter.ink;
                out += &style(ink);
            }
            if !sure {
                // Terminals differ in how wide some letters are.
                let _ = write!(out, "\x1b[{}G", column + 1);
            }
            let mut spelled = screen.spell(letter.char);
            out.push(spelled.next().filter(|base| is_harmless(*base)).unwrap_or(char::REPLACEMENT_CHARACTER));
            out.extend(spelled.filter(|mark| is_harmless(*mark)));
            sure = letter.char.is_ascii();
        }
        if ink == Ink::PLAIN { out } else { out + "\x1b[0m" }
    }
}

/// Whether a letter only shows itself.
fn is_harmless(letter: char) -> bool {
    !letter.is_control() && !escape::is_treacherous(letter)
}

/// As much of a text as there are columns for.
fn cut(text: &str, columns: usize) -> String {
    let mut taken = 0;
    text.chars()
        .take_while(|letter| {
            taken += letter.width().unwrap_or(0);
            taken <= columns
        })
        .collect()
}

/// What has a terminal draw in that ink (ECMA-48, SGR).
fn style(ink: Ink) -> String {
    let inverse = ink.front == Colour::Page || ink.back == Colour::Text;
    let (front, back) = if inverse { (ink.back, ink.front) } else { (ink.front, ink.back) };
    let marks = [
        (ink.weight == Weight::Bold, ";1"),
        (ink.weight == Weight::Faint, ";2"),
        (ink.italic, ";3"),
        (ink.underlined, ";4"),
        (inverse, ";7"),
        (ink.struck, ";9"),
    ];
    let marks: String = marks.into_iter().filter(|mark| mark.0).map(|mark| mark.1).collect();
    format!("\x1b[0{marks}{}{}m", colour(front, 30), colour(back, 40))
}

/// The parameters of a colour; those of letters begin at 30, those behind them at 40.
fn colour(colour: Colour, base: u8) -> String {
    match colour {
        Colour::Text | Colour::Page => String::new(),
        Colour::Named(index @ ..8) => format!(";{}", base + index),
        Colour::Named(index) => format!(";{}", base + 60 + index % 8),
        Colour::Exact([red, green, blue]) => format!(";{};2;{red};{green};{blue}", base + 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(text: &str) -> Screen {
        let mut screen = Screen::new(8, 3).unwrap();
        screen.feed(text);
        screen
    }

    fn row(text: &str, paint: bool) -> String {
        let screen = screen(text);
        let row = screen.rows().next().unwrap();
        Display::new(Paint::new(paint)).row(&row, &screen, 6)
    }

    #[test]
    fn letters_keep_their_colours_and_places() {
        let text = "\x1b[1;31ma\x1b[0;7mb\x1b[0;38;2;1;2;3;104mc\x1b[0m你de";
        assert_eq!(row(text, true), "\x1b[0;1;31ma\x1b[0;7mb\x1b[0;38;2;1;2;3;104mc\x1b[0m你\x1b[6Gd");
        assert_eq!(row(text, false), "abc你\x1b[6Gd");
    }

    #[test]
    fn nothing_but_letters_gets_to_the_terminal() {
        assert_eq!(row("\x1b]0;title\x07a\x1b[5n\u{202e}\u{9b}c\x7f", true), "a\x1b[2G\u{fffd}");
        assert_eq!(row("a\u{2028}b", false).replace('\u{fffd}', ""), "a\x1b[3Gb");
    }

    #[test]
    fn only_what_differs_is_drawn() {
        let mut display = Display::new(Paint::PLAIN);
        let first = display.draw(&screen("one\r\ntwo"), "told", (8, 4));
        assert_eq!(
            first,
            "\x1b[?2026h\x1b[0m\x1b[2J\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K\x1b[4;1Htold\x1b[K\x1b[2;4H\x1b[?25h\x1b[?2026l"
        );
        let next = display.draw(&screen("one\r\ntow\x1b[?25l"), "told", (8, 4));
        assert_eq!(next, "\x1b[?2026h\x1b[2;1Htow\x1b[K\x1b[?25l\x1b[?2026l");
        let small = display.draw(&screen("one\r\ntwo\r\nthree"), "told", (4, 2));
        assert!(small.contains("\x1b[1;1Hthre\x1b[K\x1b[2;1Htol\x1b[K"), "{small:?}");
    }
}
