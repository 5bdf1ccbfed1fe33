//! Themes: the colours in which recordings are painted. A registry: a new one is a constant and its place in the list.
//!
//! Every colour of a theme is readable on its page: a contrast of 4.5 to 1 or more (WCAG 2.2, success criterion 1.4.3).

use std::fmt;

use super::screen::Colour;

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rgb(pub(crate) [u8; 3]);

impl fmt::Display for Rgb {
    /// `#rrggbb`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The colour that a number of six digits is in hexadecimal.
const fn rgb(code: u32) -> Rgb {
    let [_, red, green, blue] = code.to_be_bytes();
    Rgb([red, green, blue])
}

/// The colours of a terminal and of the window it is in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is like, in half a line.
    pub(crate) summary: &'static str,
    /// What is behind the text.
    pub(crate) page: Rgb,
    /// Text.
    pub(crate) text: Rgb,
    /// What is behind the window's title.
    pub(crate) bar: Rgb,
    /// The window's title.
    pub(crate) title: Rgb,
    /// The window's edge.
    pub(crate) edge: Rgb,
    /// The sixteen colours that have names.
    pub(crate) named: [Rgb; 16],
}

impl Theme {
    /// What a colour is in it.
    pub(crate) fn paints(&self, colour: Colour) -> Rgb {
        match colour {
            Colour::Text => self.text,
            Colour::Page => self.page,
            Colour::Named(index) => self.named[usize::from(index % 16)],
            Colour::Exact(colour) => Rgb(colour),
        }
    }
}

const LIGHT: Theme = Theme {
    name: "light",
    summary: "dark on white",
    page: rgb(0xff_ffff),
    text: rgb(0x1f_2328),
    bar: rgb(0xf3_f5f7),
    title: rgb(0x57_606a),
    edge: rgb(0xd0_d7de),
    named: [
        rgb(0x24_292f),
        rgb(0xcf_222e),
        rgb(0x11_6329),
        rgb(0x7d_4e00),
        rgb(0x05_50ae),
        rgb(0x82_50df),
        rgb(0x1b_6b72),
        rgb(0x57_606a),
        rgb(0x65_6d76),
        rgb(0xa4_0e26),
        rgb(0x1a_7f37),
        rgb(0x8a_4600),
        rgb(0x09_69da),
        rgb(0xa0_379b),
        rgb(0x0e_7490),
        rgb(0x32_383f),
    ],
};

const DARK: Theme = Theme {
    name: "dark",
    summary: "light on dark grey",
    page: rgb(0x16_1b22),
    text: rgb(0xe6_edf3),
    bar: rgb(0x21_262d),
    title: rgb(0x9d_a7b3),
    edge: rgb(0x3d_444d),
    named: [
        rgb(0x8b_949e),
        rgb(0xff_7b72),
        rgb(0x3f_b950),
        rgb(0xd2_9922),
        rgb(0x58_a6ff),
        rgb(0xbc_8cff),
        rgb(0x39_c5cf),
        rgb(0xb1_bac4),
        rgb(0x8b_949e),
        rgb(0xff_a198),
        rgb(0x56_d364),
        rgb(0xe3_b341),
        rgb(0x79_c0ff),
        rgb(0xd2_a8ff),
        rgb(0x56_d4dd),
        rgb(0xf0_f6fc),
    ],
};

const PAPER: Theme = Theme {
    name: "paper",
    summary: "brown on cream",
    page: rgb(0xfb_f6e9),
    text: rgb(0x3b_3228),
    bar: rgb(0xf1_e9d6),
    title: rgb(0x66_5c4e),
    edge: rgb(0xdd_d2b8),
    named: [
        rgb(0x3b_3228),
        rgb(0xb0_2a1e),
        rgb(0x4d_6300),
        rgb(0x8a_5200),
        rgb(0x20_589c),
        rgb(0x8b_3a8f),
        rgb(0x0d_6a63),
        rgb(0x66_5c4e),
        rgb(0x6f_6455),
        rgb(0x8f_1d14),
        rgb(0x3e_5a00),
        rgb(0x73_4400),
        rgb(0x15_4a86),
        rgb(0x74_2d79),
        rgb(0x07_554f),
        rgb(0x2a_231b),
    ],
};

const NIGHT: Theme = Theme {
    name: "night",
    summary: "light on black",
    page: rgb(0x00_0000),
    text: rgb(0xe8_e8e8),
    bar: rgb(0x1a_1a1a),
    title: rgb(0xa8_a8a8),
    edge: rgb(0x40_4040),
    named: [
        rgb(0x8a_8a8a),
        rgb(0xff_6b6b),
        rgb(0x5f_d787),
        rgb(0xe5_c07b),
        rgb(0x6c_b6ff),
        rgb(0xd6_99ff),
        rgb(0x4f_d6d6),
        rgb(0xc8_c8c8),
        rgb(0x94_9494),
        rgb(0xff_8f8f),
        rgb(0x8a_f0a8),
        rgb(0xff_d88a),
        rgb(0x94_caff),
        rgb(0xe3_bbff),
        rgb(0x86_ebeb),
        rgb(0xff_ffff),
    ],
};

/// All themes, in the order help shows them.
pub(crate) const ALL: &[Theme] = &[LIGHT, DARK, PAPER, NIGHT];

/// The word for [`Scheme::AUTO`].
pub(crate) const AUTO: &str = "auto";

/// What a recording is painted in: one theme, or one by day and another by night, as the reader has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// By day, or always.
    pub(crate) day: &'static Theme,
    /// By night, where that is another.
    pub(crate) night: Option<&'static Theme>,
}

impl Scheme {
    /// Light or dark, as the reader has it.
    pub(crate) const AUTO: Self = Self { day: &LIGHT, night: Some(&DARK) };

    /// That of a theme's name, or of `auto`.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if name == AUTO {
            return Some(Self::AUTO);
        }
        ALL.iter().find(|theme| theme.name == name).map(|day| Self { day, night: None })
    }

    /// The theme that somebody asked for by name.
    pub(crate) const fn chosen(self) -> Option<&'static Theme> {
        if self.night.is_none() { Some(self.day) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(colour: Rgb) -> f64 {
        let [red, green, blue] = colour.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_colour_is_readable() {
        for theme in ALL {
            let on_page = theme.named.iter().enumerate().map(|(index, colour)| (index.to_string(), *colour));
            for (name, colour) in on_page.chain([("text".to_owned(), theme.text)]) {
                let contrast = contrast(colour, theme.page);
                assert!(contrast >= 4.5, "{} {name}: {contrast:.2}", theme.name);
            }
            assert!(contrast(theme.title, theme.bar) >= 4.5, "{} title", theme.name);
        }
    }

    #[test]
    fn colours_are_written_as_css_has_them() {
        assert_eq!(rgb(0x0a_0b0c).to_string(), "#0a0b0c");
    }

    #[test]
    fn schemes_are_found_by_name() {
        assert_eq!(Scheme::find("auto"), Some(Scheme::AUTO));
        let night = Scheme::find("night").and_then(Scheme::chosen);
        assert_eq!(night.map(|theme| theme.name), Some("night"));
        assert!(Scheme::find("pink").is_none() && Scheme::AUTO.chosen().is_none());
    }
}
