//! Fonts: letters as pixels, each of which they cover more or less.
//!
//! The font is `JetBrains` Mono, cut to the letters of Europe, signs, arrows, boxes and the pictures of control characters.
//! Of other letters only the outline of their cell is drawn.

use std::collections::HashMap;
use std::io;

use ab_glyph::{Font as _, FontRef, OutlinedGlyph, PxScale, point};

use super::palette::STEPS;

const REGULAR: &[u8] = include_bytes!("../font/regular.ttf");
const BOLD: &[u8] = include_bytes!("../font/bold.ttf");

/// What a column and a row of a terminal measure, in pixels.
pub(super) const COLUMN: u16 = 12;
pub(super) const ROW: u16 = 26;
/// Where letters stand in their row.
pub(super) const BASELINE: u16 = 20;
/// The height of letters from one line to the next, in pixels: what the font wants for a width of [`COLUMN`].
const HEIGHT: f32 = 26.4;

/// By how much the pictures of control characters grow at most, and how far above the baseline their middle stands.
const LARGEST: f32 = 1.6;
const MIDDLE: f32 = 7.5;

/// A letter in pixels: how much of each it covers, from 0 to [`STEPS`], row by row.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) width: u16,
    pub(super) pixels: Vec<u16>,
}

/// The letters of a font.
pub(super) struct Font {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
    known: HashMap<(String, u16, bool), Shape>,
}

impl Font {
    /// The font that is built in.
    pub(super) fn new() -> io::Result<Self> {
        let load = |bytes| FontRef::try_from_slice(bytes).map_err(io::Error::other);
        Ok(Self { regular: load(REGULAR)?, bold: load(BOLD)?, known: HashMap::new() })
    }

    /// A letter with its marks, of so many columns.
    pub(super) fn shape(&mut self, letter: &str, columns: u16, bold: bool) -> &Shape {
        let Self { regular, bold: heavy, known } = self;
        known
            .entry((letter.to_owned(), columns, bold))
            .or_insert_with(|| draw(if bold { heavy } else { regular }, letter, columns))
    }
}

/// Draws a letter and the marks on it.
fn draw(font: &FontRef<'static>, letter: &str, columns: u16) -> Shape {
    let width = columns * COLUMN;
    let mut shape = Shape { width, pixels: vec![0; usize::from(width) * usize::from(ROW)] };
    let mut letters = letter.chars();
    let base = letters.next().unwrap_or(' ');
    if font.glyph_id(base).0 == 0 {
        shape.outline();
        return shape;
    }
    for letter in std::iter::once(base).chain(letters) {
        shape.add(font, letter);
    }
    shape
}

/// The outline of a letter at its place in a cell; `None` where nothing is seen of it.
fn outline(font: &FontRef<'static>, letter: char) -> Option<OutlinedGlyph> {
    let at = |scale: f32, x: f32, y: f32| {
        let glyph = font.glyph_id(letter).with_scale_and_position(PxScale::from(scale), point(x, y));
        font.outline_glyph(glyph)
    };
    let (column, baseline) = (f32::from(COLUMN), f32::from(BASELINE));
    if ('\u{2400}'..='\u{2426}').contains(&letter) {
        // The pictures of control characters are too small to be read: they fill their cell.
        let bounds = at(HEIGHT, 0.0, 0.0)?.px_bounds();
        let grown = HEIGHT * (column / bounds.width()).min(LARGEST);
        let bounds = at(grown, 0.0, 0.0)?.px_bounds();
        let (x, y) = (f32::from(COLUMN) / 2.0, baseline - MIDDLE);
        let (left, top) = (f32::midpoint(bounds.min.x, bounds.max.x), f32::midpoint(bounds.min.y, bounds.max.y));
        return at(grown, x - left, y - top);
    }
    // Marks stand over the letter before.
    let is_mark = font.h_advance_unscaled(font.glyph_id(letter)) == 0.0;
    at(HEIGHT, if is_mark { column } else { 0.0 }, baseline)
}

impl Shape {
    /// Adds a letter; what its cell has no room for is left out.
    fn add(&mut self, font: &FontRef<'static>, letter: char) {
        let Some(outline) = outline(font, letter) else { return };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, cover| {
            #[expect(clippy::cast_possible_truncation, reason = "a cell has few pixels")]
            let (x, y) = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
            if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y))
                && x < self.width
                && y < ROW
            {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1")]
                let cover = (cover.clamp(0.0, 1.0) * f32::from(STEPS)).round() as u16;
                let pixel = &mut self.pixels[usize::from(y) * usize::from(self.width) + usize::from(x)];
                *pixel = (*pixel).max(cover);
            }
        });
    }

    /// Draws the outline of its cell.
    fn outline(&mut self) {
        let (left, right, top, bottom) = (2, self.width - 3, 5, ROW - 6);
        for y in top..=bottom {
            for x in left..=right {
                if x == left || x == right || y == top || y == bottom {
                    self.pixels[usize::from(y) * usize::from(self.width) + usize::from(x)] = STEPS;
                }
            }
        }
    }
}
