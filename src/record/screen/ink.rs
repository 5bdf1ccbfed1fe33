//! Inks: the colours and the weight of a letter, as a theme will paint them.

use avt::{Color, Pen};

/// A colour of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Colour {
    /// That of text.
    Text,
    /// That of the page behind it.
    Page,
    /// One of the sixteen that a theme has.
    Named(u8),
    /// This one: red, green, blue.
    Exact([u8; 3]),
}

/// How heavy a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Weight {
    /// As others.
    Plain,
    /// Heavier.
    Bold,
    /// Paler.
    Faint,
}

/// How a letter is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ink {
    /// The letter's colour.
    pub(crate) front: Colour,
    /// What is behind it.
    pub(crate) back: Colour,
    /// How heavy it is.
    pub(crate) weight: Weight,
    /// Whether it is slanted.
    pub(crate) italic: bool,
    /// Whether there is a line below it.
    pub(crate) underlined: bool,
    /// Whether there is a line through it.
    pub(crate) struck: bool,
}

impl Ink {
    /// That of plain text.
    pub(crate) const PLAIN: Self = Self {
        front: Colour::Text,
        back: Colour::Page,
        weight: Weight::Plain,
        italic: false,
        underlined: false,
        struck: false,
    };

    /// That of a terminal's pen.
    pub(super) fn of(pen: &Pen) -> Self {
        let (mut front, mut back) =
            (pen.foreground().map_or(Colour::Text, colour), pen.background().map_or(Colour::Page, colour));
        if pen.is_inverse() {
            std::mem::swap(&mut front, &mut back);
        }
        let weight = match (pen.is_bold(), pen.is_faint()) {
            (true, _) => Weight::Bold,
            (_, true) => Weight::Faint,
            _ => Weight::Plain,
        };
        Self {
            front,
            back,
            weight,
            italic: pen.is_italic(),
            underlined: pen.is_underline(),
            struck: pen.is_strikethrough(),
        }
    }

    /// Whether a blank in it is seen.
    pub(crate) fn shows_blanks(self) -> bool {
        self.back != Colour::Page || self.underlined || self.struck
    }
}

fn colour(colour: Color) -> Colour {
    match colour {
        Color::Indexed(index @ 0..16) => Colour::Named(index),
        Color::Indexed(index @ 16..232) => {
            // A cube of six steps each, as xterm has it.
            let step = |place: u8| match (index - 16) / place % 6 {
                0 => 0,
                level => 55 + 40 * level,
            };
            Colour::Exact([step(36), step(6), step(1)])
        }
        Color::Indexed(index) => Colour::Exact([8 + 10 * (index - 232); 3]),
        Color::RGB(colour) => Colour::Exact([colour.r, colour.g, colour.b]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_colours_are_those_of_xterm() {
        let shown = [16, 21, 46, 196, 231, 232, 255].map(|index| colour(Color::Indexed(index)));
        let expected = [[0, 0, 0], [0, 0, 255], [0, 255, 0], [255, 0, 0], [255; 3], [8; 3], [238; 3]];
        assert_eq!(shown, expected.map(Colour::Exact));
        assert_eq!(colour(Color::Indexed(9)), Colour::Named(9));
    }
}
