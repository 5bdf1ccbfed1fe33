//! Windows: what is around a terminal in a picture.

use super::paper::{COLUMN, ROW, Tenths};
use crate::record::medium::{Sheet, markup};

/// What is left free beside the text and below it, and how high the title stands, in tenths of a pixel.
const MARGIN: usize = 180;
const BELOW: usize = 160;
const BAR: usize = 360;
const ABOVE: usize = 120;

/// The window of a picture.
#[derive(Debug)]
pub(super) struct Window {
    /// What the terminal's text measures.
    pub(super) inner: (usize, usize),
    title: String,
}

impl Window {
    /// That of a film on this sheet, of so many rows.
    pub(super) fn of(sheet: &Sheet, rows: usize) -> Self {
        let title = sheet.title.as_deref().map(markup::text).unwrap_or_default();
        Self { inner: (sheet.width * COLUMN, rows * ROW), title }
    }

    /// The document with this in the window, and a remark about it.
    pub(super) fn document(&self, body: &str, rules: &str, remark: Option<&str>) -> String {
        let (inner_width, inner_height) = self.inner;
        let (width, height) = (inner_width + 2 * MARGIN, BAR + ABOVE + inner_height + BELOW);
        let (w, h) = (Tenths(width), Tenths(height));
        let (edge_w, edge_h) = (Tenths(width - 10), Tenths(height - 10));
        let shown = if self.title.is_empty() { String::new() } else { self.shown_title(width) };
        let name = if self.title.is_empty() { "A terminal" } else { &self.title };
        let remark = remark.map(|remark| format!("<desc>{}</desc>\n", markup::text(remark))).unwrap_or_default();
        let dots: String =
            [170, 350, 530].map(|x| format!("<circle class=\"d\" cx=\"{}\" cy=\"18\" r=\"5.5\"/>", Tenths(x))).concat();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
             xml:space=\"preserve\">\n<title>{name}</title>\n{remark}<style>\n{rules}</style>\n\
             <rect class=\"w\" x=\".5\" y=\".5\" width=\"{edge_w}\" height=\"{edge_h}\" rx=\"9.5\"/>\n\
             <path class=\"h\" d=\"M1 36V10a9 9 0 0 1 9-9H{right}a9 9 0 0 1 9 9V36z\"/>\n\
             <path class=\"e\" d=\"M1 36.5H{line}\"/>\n{dots}\n{shown}\
             <svg x=\"{x}\" y=\"{y}\" width=\"{inner_width}\" height=\"{inner_height}\">\n{body}</svg>\n</svg>\n",
            right = Tenths(width - 100),
            line = Tenths(width - 10),
            x = Tenths(MARGIN),
            y = Tenths(BAR + ABOVE),
            inner_width = Tenths(inner_width),
            inner_height = Tenths(inner_height),
        )
    }

    fn shown_title(&self, width: usize) -> String {
        format!("<text class=\"t\" x=\"{}\" y=\"22.5\">{}</text>\n", Tenths(width / 2), self.title)
    }
}
