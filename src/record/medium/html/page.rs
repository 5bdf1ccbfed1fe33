//! Pages: what is around the film and its transcript.

use std::fmt::Write as _;

use data_encoding::BASE64;
use ring::digest::{SHA256, digest};

use super::frames::script;
use crate::record::medium::{Sheet, markup};
use crate::record::screen::{Colour, Ink, Row, Screen, Weight};
use crate::record::theme::{Rgb, Scheme, Theme};

const PLAYER: &str = include_str!("player.js");
const STYLE: &str = include_str!("player.css");
const CONTROLS: &str = include_str!("controls.html");

/// What stands before the transcript, and behind it.
pub(super) const BEGIN_TRANSCRIPT: &str = "<section id=\"transcript\">\n<h2>Transcript</h2>\n<pre>";
pub(super) const END_TRANSCRIPT: &str = "</pre>\n</section>\n";
/// The end of a page.
pub(super) const END: &str = "</main>\n</html>\n";

/// The beginning of a page, with a player if it has one.
pub(super) fn head(sheet: &Sheet, plays: bool) -> String {
    let title = sheet.title.as_deref().map_or_else(|| "A recording of nsh".to_owned(), markup::text);
    let style = style(sheet);
    let script = if plays { format!("script-src {}; ", hash(PLAYER)) } else { String::new() };
    let controls = if plays { CONTROLS } else { "" };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; {script}\
         font-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"generator\" content=\"nsh\">\n<title>{title}</title>\n<style>{style}</style>\n\
         <main>\n<h1>{title}</h1>\n{controls}",
        hash(&style)
    )
}

/// A source of scripts or styles as a policy names it: these bytes alone are allowed.
fn hash(source: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(digest(&SHA256, source.as_bytes()).as_ref()))
}

fn style(sheet: &Sheet) -> String {
    let Scheme { day, night } = sheet.scheme;
    let mut style = format!("\n{}:root{{--columns:{};--rows:{};", markup::symbol_font(), sheet.width, sheet.height);
    let kind = if night.is_some() { "light dark" } else { "only light" };
    let _ = writeln!(style, "color-scheme:{kind};{}}}", colours(day));
    if let Some(night) = night {
        let _ = writeln!(style, "@media (prefers-color-scheme:dark){{:root{{{}}}}}", colours(night));
    }
    let _ = writeln!(style, "pre,.screen{{font-family:{}}}", markup::FONTS);
    for index in 0..16 {
        let _ = write!(style, ".f{index}{{color:var(--c{index})}}.g{index}{{background:var(--c{index})}}");
    }
    style + "\n" + STYLE
}

/// The colours of a theme by name.
fn colours(theme: &Theme) -> String {
    let Theme { page, text, bar, title, edge, .. } = theme;
    let named = theme.named.iter().enumerate();
    let named: Vec<String> = named.map(|(index, colour): (usize, &Rgb)| format!("--c{index}:{colour}")).collect();
    format!("--page:{page};--text:{text};--bar:{bar};--faint:{title};--edge:{edge};{}", named.join(";"))
}

/// What stands before the first frame.
pub(super) fn begin_film(sheet: &Sheet) -> String {
    let (columns, rows) = (sheet.width, sheet.height);
    format!("<script type=\"application/json\" id=\"film\">\n{{\"columns\":{columns},\"rows\":{rows},\"frames\":[\n")
}

/// What stands behind the last; moments are in microseconds.
pub(super) fn end_film(length: u64, chapters: &[(u64, String)]) -> String {
    let chapters: Vec<(u64, &str)> = chapters.iter().map(|(at, heading)| (at / 1000, heading.as_str())).collect();
    format!("\n],\"length\":{},\"chapters\":{}}}\n</script>\n", length / 1000, script(&chapters))
}

/// A line for a remark, if there is one.
pub(super) fn note(remark: Option<&str>) -> String {
    remark.map(|remark| format!("<p class=\"note\">{}</p>\n", markup::text(remark))).unwrap_or_default()
}

/// What plays the film.
pub(super) fn scripted() -> String {
    format!("<script>{PLAYER}</script>\n")
}

/// The classes of letters of that ink.
pub(super) fn classes(ink: Ink) -> String {
    let colour = |colour: Colour, prefix: char, own: Colour| match colour {
        Colour::Named(index) => Some(format!("{prefix}{index}")),
        Colour::Text | Colour::Page if colour != own => Some(prefix.to_string()),
        _ => None,
    };
    let colours = [colour(ink.front, 'f', Colour::Text), colour(ink.back, 'g', Colour::Page)];
    let marks = [
        (ink.weight == Weight::Bold, "b"),
        (ink.weight == Weight::Faint, "o"),
        (ink.italic, "i"),
        (ink.underlined, "l"),
        (ink.struck, "s"),
    ];
    let marks = marks.into_iter().filter(|mark| mark.0).map(|mark| mark.1.to_owned());
    colours.into_iter().flatten().chain(marks).collect::<Vec<_>>().join(" ")
}

/// A row of the transcript. Colours that no theme has are left out.
pub(super) fn row(row: &Row, screen: &Screen) -> String {
    let mut out = String::new();
    let mut column = 0;
    for run in screen.runs(row) {
        out += &" ".repeat(run.column - column);
        column = run.column + run.width;
        let (classes, text) = (classes(run.ink), markup::text(&run.text));
        if classes.is_empty() {
            out += &text;
        } else {
            let _ = write!(out, "<span class=\"{classes}\">{text}</span>");
        }
    }
    // A line that goes on in the next row has all blanks of this one.
    out + &if row.is_wrapped() { " ".repeat(row.width().saturating_sub(column)) } else { "\n".to_owned() }
}
