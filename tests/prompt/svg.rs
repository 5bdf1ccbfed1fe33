//! What a terminal shows as an SVG: text that can be selected, in colours for light and for dark pages.

use std::fmt::Write as _;

use avt::{Cell, Color, Line};

/// A column's and a row's size, in pixels.
const COLUMN: f32 = 8.4;
const ROW: f32 = 19.0;
const MARGIN: f32 = 14.0;

/// The sixteen colours, on light and on dark, as `GitHub` draws terminals; readable on both.
const COLOURS: [(&str, &str); 16] = [
    ("#24292f", "#6e7681"),
    ("#cf222e", "#ff7b72"),
    ("#116329", "#3fb950"),
    ("#7d4e00", "#d29922"),
    ("#0969da", "#58a6ff"),
    ("#8250df", "#bc8cff"),
    ("#1b7c83", "#39c5cf"),
    ("#57606a", "#b1bac4"),
    ("#6e7781", "#8b949e"),
    ("#a40e26", "#ffa198"),
    ("#1a7f37", "#56d364"),
    ("#633c01", "#e3b341"),
    ("#218bff", "#79c0ff"),
    ("#a475f9", "#d2a8ff"),
    ("#3192aa", "#56d4dd"),
    ("#24292f", "#f0f6fc"),
];

/// The picture of these lines; `wording` may change the text of each run of one style.
pub(crate) fn picture(lines: &[Line], columns: usize, title: &str, wording: impl Fn(&str) -> String) -> String {
    #[expect(clippy::cast_precision_loss, reason = "screens are small")]
    let (width, height) = (columns as f32 * COLUMN + 2.0 * MARGIN, lines.len() as f32 * ROW + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{title}</title>\n<style>\n{}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n",
        style()
    );
    for (row, line) in lines.iter().enumerate() {
        let mut column = 0;
        for run in line.chunks(|one, other| one.pen() != other.pen()) {
            let text: String = run.iter().map(Cell::char).collect();
            let taken: usize = run.iter().map(|cell| usize::from(cell.width())).sum();
            draw(&mut svg, &wording(&text), &run[0], row, column);
            column += taken;
        }
    }
    svg + "</svg>\n"
}

fn style() -> String {
    let mut style = String::from(
        "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;\
         fill:#1f2328}\n.page{fill:#f6f8fa}\n.b{font-weight:600}\n",
    );
    for (number, (light, _)) in COLOURS.iter().enumerate() {
        let _ = writeln!(style, ".c{number}{{fill:{light}}}");
    }
    style += "@media (prefers-color-scheme:dark){\ntext{fill:#e6edf3}\n.page{fill:#161b22}\n";
    for (number, (_, dark)) in COLOURS.iter().enumerate() {
        let _ = writeln!(style, ".c{number}{{fill:{dark}}}");
    }
    style + "}\n"
}

/// Draws a run of one style; its width is given, so that columns stand below each other in any font.
fn draw(svg: &mut String, text: &str, first: &Cell, row: usize, column: usize) {
    let (shown, indent) = (text.trim(), text.len() - text.trim_start().len());
    if shown.is_empty() {
        return;
    }
    let width = unicode_width::UnicodeWidthStr::width(shown);
    #[expect(clippy::cast_precision_loss, reason = "screens are small")]
    let (x, y, length) =
        ((column + indent) as f32 * COLUMN + MARGIN, row as f32 * ROW + MARGIN + ROW * 0.72, width as f32 * COLUMN);
    let mut classes = Vec::new();
    if let Some(Color::Indexed(number @ 0..16)) = first.pen().foreground() {
        classes.push(format!("c{number}"));
    }
    if first.pen().is_bold() {
        classes.push("b".to_owned());
    }
    let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
    let shown = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text{class} x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\">{shown}</text>"
    );
}
