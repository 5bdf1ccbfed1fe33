//! Palettes: the colours that a GIF may have, and the nearest of them to any other.
//!
//! The edges of letters are mixed of their own colour and of what is behind them. There is room for all mixtures with the
//! page, and those with another ground take the nearest.

use std::collections::HashMap;

use crate::record::theme::{Rgb, Theme};

/// How many steps there are from the ground to a letter.
pub(super) const STEPS: u16 = 14;

/// The colour that lies `part` of `whole` on the way from one to another.
pub(super) fn mixed(from: Rgb, to: Rgb, part: u16, whole: u16) -> Rgb {
    let mixed = |from: u8, to: u8| {
        let sum = u32::from(from) * u32::from(whole - part) + u32::from(to) * u32::from(part);
        u8::try_from((sum + u32::from(whole) / 2) / u32::from(whole)).unwrap_or(u8::MAX)
    };
    Rgb(std::array::from_fn(|index| mixed(from.0[index], to.0[index])))
}

/// The colours of a theme, mixed.
#[derive(Debug)]
pub(super) struct Palette {
    colours: Vec<Rgb>,
    /// The number of each that was asked for.
    known: HashMap<Rgb, u8>,
}

impl Palette {
    /// That of a theme.
    pub(super) fn of(theme: &Theme) -> Self {
        let mut palette = Self { colours: Vec::new(), known: HashMap::new() };
        palette.add(theme.page);
        palette.add(theme.bar);
        palette.add(theme.edge);
        for front in theme.named.iter().chain([&theme.text]) {
            for step in (1..=STEPS).rev() {
                palette.add(mixed(theme.page, *front, step, STEPS));
            }
        }
        for step in 1..=STEPS {
            palette.add(mixed(theme.bar, theme.title, step, STEPS));
        }
        palette
    }

    fn add(&mut self, colour: Rgb) {
        if let Ok(number) = u8::try_from(self.colours.len())
            && !self.known.contains_key(&colour)
        {
            self.colours.push(colour);
            self.known.insert(colour, number);
        }
    }

    /// The number of the nearest colour.
    pub(super) fn nearest(&mut self, colour: Rgb) -> u8 {
        if let Some(&known) = self.known.get(&colour) {
            return known;
        }
        let distance = |other: &Rgb| -> u32 {
            let parts = colour.0.iter().zip(other.0);
            parts.map(|(&one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
        };
        let nearest = (0_u8..=u8::MAX).zip(&self.colours).min_by_key(|(_, other)| distance(other));
        let number = nearest.map_or(0, |(number, _)| number);
        // What is asked for is as many as the colours that a film has.
        self.known.insert(colour, number);
        number
    }

    /// All colours: red, green, blue of each.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.iter().flat_map(|colour| colour.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::theme;

    #[test]
    fn every_theme_has_its_colours() {
        for theme in theme::ALL {
            let mut palette = Palette::of(theme);
            let all = theme.named.iter().chain([&theme.page, &theme.text, &theme.bar, &theme.edge, &theme.title]);
            for colour in all.copied() {
                let number = usize::from(palette.nearest(colour));
                assert_eq!(palette.colours[number], colour, "{}", theme.name);
            }
            assert!(palette.bytes().len() <= 3 * 256);
        }
    }

    #[test]
    fn colours_are_mixed_to_the_nearest() {
        let [black, grey, white] = [0, 0x80, 0xff].map(|part| Rgb([part; 3]));
        assert_eq!([0, 1, 2].map(|part| mixed(black, white, part, 2)), [black, grey, white]);
    }

    #[test]
    fn another_colour_is_the_nearest() {
        let mut palette = Palette::of(&theme::ALL[0]);
        let nearly_white = palette.nearest(Rgb([0xfe, 0xff, 0xff]));
        assert_eq!(palette.colours[usize::from(nearly_white)], Rgb([0xff; 3]));
    }
}
