//! Painters: what a screen shows, as pixels, in a window.

use std::io;

use unicode_width::UnicodeWidthChar;

use super::canvas::{Area, Canvas};
use super::font::{BASELINE, COLUMN, Font, ROW};
use super::palette::{Palette, STEPS, mixed};
use crate::record::medium::Sheet;
use crate::record::screen::{Colour, Ink, Letter, Row, Screen, Weight};
use crate::record::theme::{Rgb, Theme};

/// What is left free beside the text, above it and below it, and how high the title stands, in pixels.
const MARGIN: u16 = 24;
const ABOVE: u16 = 16;
const BELOW: u16 = 22;
const BAR: u16 = 48;
/// Where the dots of the window stand, and how large they are.
const DOTS: [u16; 3] = [24, 50, 76];
const RADIUS: u16 = 8;

/// Paints the screens of a film, one over the other.
pub(super) struct Painter {
    theme: &'static Theme,
    palette: Palette,
    font: Font,
    canvas: Canvas,
    /// The rows and the cursor that are on the canvas; none at the beginning.
    shown: Option<Shown>,
}

/// The rows and the cursor of a screen.
type Shown = (Vec<Row>, Option<(usize, usize)>);

/// What is to be painted anew.
pub(super) struct Changes {
    /// The part of the canvas that all of it is in.
    pub(super) area: Area,
    rows: Vec<usize>,
}

impl Painter {
    /// One for films on that sheet, with an empty window.
    pub(super) fn new(sheet: &Sheet) -> io::Result<Self> {
        let size = |cells: usize, cell: u16, around: u16| {
            let length = u16::try_from(cells).ok().and_then(|cells| cells.checked_mul(cell)?.checked_add(around));
            length.ok_or(io::ErrorKind::InvalidInput)
        };
        let canvas = Canvas::new(size(sheet.width, COLUMN, 2 * MARGIN)?, size(sheet.height, ROW, BAR + ABOVE + BELOW)?);
        let theme = sheet.scheme.night.unwrap_or(sheet.scheme.day);
        let mut painter = Self { theme, palette: Palette::of(theme), font: Font::new()?, canvas, shown: None };
        painter.window(sheet.title.as_deref().unwrap_or_default());
        Ok(painter)
    }

    /// What is painted so far.
    pub(super) const fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// The colours of its pixels: red, green, blue of each.
    pub(super) fn palette(&self) -> Vec<u8> {
        self.palette.bytes()
    }

    /// What on the canvas is not as the screen is, if something is not.
    pub(super) fn changes(&self, screen: &Screen) -> Option<Changes> {
        let rows: Vec<Row> = screen.rows().collect();
        let Some((shown, cursor)) = &self.shown else {
            return Some(Changes { area: self.canvas.whole(), rows: (0..rows.len()).collect() });
        };
        let empty = Row::default();
        let mut changes: Option<Changes> = None;
        for (number, row) in rows.iter().enumerate() {
            let before = shown.get(number).unwrap_or(&empty);
            let cursors = [*cursor, screen.cursor()].map(|cursor| cursor.filter(|cursor| cursor.1 == number));
            let moved = if cursors[0] == cursors[1] { &[][..] } else { &cursors[..] };
            let moved = moved.iter().flatten().map(|cursor| (cursor.0, cursor.0 + 2));
            let Some((from, to)) = difference(before, row).into_iter().chain(moved).reduce(joined) else { continue };
            let area = self.cells(number, from, to);
            let (area, mut rows) = match changes.take() {
                Some(changes) => (changes.area.with(area), changes.rows),
                None => (area, Vec::new()),
            };
            rows.push(number);
            changes = Some(Changes { area, rows });
        }
        changes
    }

    /// Where the cells of a row from one column up to another are; those beyond the last are not.
    fn cells(&self, row: usize, from: usize, to: usize) -> Area {
        let pixels = |cells: usize, cell: u16| u16::try_from(cells).unwrap_or(u16::MAX).saturating_mul(cell);
        let right = pixels(to, COLUMN).min(self.canvas.width() - 2 * MARGIN);
        let left = pixels(from, COLUMN).min(right.saturating_sub(COLUMN));
        Area { left: MARGIN + left, top: BAR + ABOVE + pixels(row, ROW), width: right - left, height: ROW }
    }

    /// Paints the changed rows of a screen.
    pub(super) fn paint(&mut self, screen: &Screen, changes: Changes) {
        let rows: Vec<Row> = screen.rows().collect();
        let cursor = screen.cursor();
        for number in changes.rows {
            let Some(row) = rows.get(number) else { continue };
            let whole = self.cells(number, 0, usize::MAX);
            let page = self.palette.nearest(self.theme.page);
            self.canvas.fill(whole, page);
            for (column, letter) in row.letters() {
                self.letter(screen, number, column, letter);
            }
            if let Some((column, _)) = cursor.filter(|cursor| cursor.1 == number) {
                // Behind the last column it stands on it.
                self.cursor(screen, number, column.min(usize::from(whole.width / COLUMN) - 1), row);
            }
        }
        self.shown = Some((rows, cursor));
    }

    /// Paints a letter over a block.
    fn cursor(&mut self, screen: &Screen, number: usize, column: usize, row: &Row) {
        let below = row.letters().find(|(at, _)| *at == column).map(|(_, letter)| *letter);
        let ink = Ink { front: Colour::Page, back: Colour::Text, ..Ink::PLAIN };
        let letter = below.unwrap_or(Letter { char: ' ', width: 1, ink });
        self.letter(screen, number, column, &Letter { ink, ..letter });
    }

    fn letter(&mut self, screen: &Screen, row: usize, column: usize, letter: &Letter) {
        let area = self.cells(row, column, column + letter.width);
        let (back, front) = (self.theme.paints(letter.ink.back), self.theme.paints(letter.ink.front));
        let front = if letter.ink.weight == Weight::Faint { mixed(front, back, 1, 3) } else { front };
        if letter.ink.back != Colour::Page {
            let ground = self.palette.nearest(back);
            self.canvas.fill(area, ground);
        }
        let text: String = screen.spell(letter.char).collect();
        self.draw(&text, letter.ink.weight == Weight::Bold, area, (back, front));
        let lines = [(letter.ink.underlined, BASELINE + 2), (letter.ink.struck, BASELINE - 7)];
        for (_, y) in lines.into_iter().filter(|line| line.0) {
            let colour = self.palette.nearest(front);
            self.canvas.fill(Area { top: area.top + y, height: 1, ..area }, colour);
        }
    }

    /// Draws a letter in an area, mixed with its ground.
    fn draw(&mut self, letter: &str, bold: bool, area: Area, (back, front): (Rgb, Rgb)) {
        if letter == " " {
            return;
        }
        let shape = self.font.shape(letter, area.width / COLUMN, bold);
        for (at, cover) in (0_u16..).zip(&shape.pixels).filter(|(_, cover)| **cover > 0) {
            let colour = self.palette.nearest(mixed(back, front, *cover, STEPS));
            self.canvas.set(area.left + at % shape.width, area.top + at / shape.width, colour);
        }
    }

    /// Paints what is around the terminal.
    fn window(&mut self, title: &str) {
        let Theme { page, bar, edge, title: ink, .. } = *self.theme;
        let whole = self.canvas.whole();
        let [page, ground, line] = [page, bar, edge].map(|colour| self.palette.nearest(colour));
        self.canvas.fill(whole, line);
        let inside = Area { left: 1, top: 1, width: whole.width - 2, height: whole.height - 2 };
        self.canvas.fill(inside, page);
        self.canvas.fill(Area { height: BAR - 1, ..inside }, ground);
        self.canvas.fill(Area { top: BAR, height: 1, ..inside }, line);
        for centre in DOTS {
            self.dot(centre);
        }
        let shown: Vec<(char, u16)> =
            title.chars().filter_map(|c| Some((c, u16::try_from(c.width()?).ok()?))).collect();
        let width = shown.iter().map(|(_, columns)| columns * COLUMN).fold(0, u16::saturating_add);
        // A title that is too long for its bar is left out.
        let first = DOTS[2] + 2 * RADIUS;
        let mut left = (whole.width / 2).saturating_sub(width / 2);
        if left < first {
            return;
        }
        for (letter, columns) in shown {
            let area = Area { left, top: (BAR - ROW) / 2, width: columns * COLUMN, height: ROW };
            self.draw(letter.encode_utf8(&mut [0; 4]), false, area, (bar, ink));
            left += area.width;
        }
    }

    fn dot(&mut self, centre: u16) {
        /// Points that are looked at in a pixel, in each direction.
        const FINE: u16 = 4;
        let reach = i32::from(RADIUS * FINE);
        for y in 0..2 * RADIUS {
            for x in 0..2 * RADIUS {
                let points = (0..FINE * FINE).filter(|point| {
                    let from = |at: u16, part: u16| i32::from(at * FINE + part) - reach;
                    let (x, y) = (from(x, point % FINE), from(y, point / FINE));
                    x * x + x + y * y + y < reach * reach
                });
                let covered = u16::try_from(points.count()).unwrap_or(0);
                let colour = self.palette.nearest(mixed(self.theme.bar, self.theme.edge, covered, FINE * FINE));
                self.canvas.set(centre - RADIUS + x, BAR / 2 - RADIUS + y, colour);
            }
        }
    }
}

/// The columns in which two rows differ, if they do.
fn difference(one: &Row, other: &Row) -> Option<(usize, usize)> {
    if one == other {
        return None;
    }
    let same = one.letters().zip(other.letters()).take_while(|(one, other)| one == other).last();
    let from = same.map_or(0, |((column, letter), _)| column + letter.width);
    Some((from, one.width().max(other.width())))
}

fn joined(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    (one.0.min(other.0), one.1.max(other.1))
}
