//! SVG: valid, and at every moment what a terminal shows.

use std::collections::BTreeMap;

use regex::Regex;
use roxmltree::{Document, Node};
use unicode_width::UnicodeWidthChar;

use super::super::support::nsh;
use super::{COLUMNS, ROWS, VARIED, recorded, shown, text};

const COLUMN: f64 = 8.4;
const ROW: f64 = 18.5;
const BASELINE: f64 = 13.9;

/// What an animation sets, from which part of the film on.
type Keyframes = Vec<(f64, Set)>;

/// What is set by a keyframe.
#[derive(Debug, Clone, Copy)]
enum Set {
    Hidden,
    Visible,
    Moved(f64, f64),
}

impl Set {
    fn of(value: &str) -> Self {
        let numbers = Regex::new(r"-?[\d.]+").expect("a pattern");
        let numbers = numbers.find_iter(value).map(|found| found.as_str().parse().expect("a number"));
        match (value, numbers.collect::<Vec<_>>().as_slice()) {
            ("hidden", _) => Self::Hidden,
            ("visible", _) => Self::Visible,
            ("none", _) => Self::Moved(0.0, 0.0),
            (_, [x, y]) => Self::Moved(*x, *y),
            (_, [y]) => Self::Moved(0.0, *y),
            _ => panic!("`{value}` is set"),
        }
    }
}

/// An animated SVG, read as a browser reads it.
struct Picture<'d> {
    document: Document<'d>,
    /// By the animation's name.
    keyframes: BTreeMap<String, Keyframes>,
    /// The animation of each class.
    animations: BTreeMap<String, String>,
}

impl<'d> Picture<'d> {
    fn read(svg: &'d str) -> Self {
        let document = Document::parse(svg).expect("valid XML");
        let style = document.descendants().find(|node| node.has_tag_name("style")).and_then(|node| node.text());
        let style = style.expect("a style");
        let frame = Regex::new(r"([\d.]+)%\{\w+:([^}]*)\}").expect("a pattern");
        let rule = Regex::new(r"(?m)^@keyframes (\w+)\{(.*)\}$").expect("a pattern");
        let keyframes = rule.captures_iter(style).map(|found| {
            let frames = frame.captures_iter(&found[2]);
            let frames = frames.map(|found| (found[1].parse().expect("a part"), Set::of(&found[2])));
            (found[1].to_owned(), frames.collect())
        });
        let name = Regex::new(r"(?m)^\.(\w+)\{animation-name:(\w+)\}$").expect("a pattern");
        let animations = name.captures_iter(style).map(|found| (found[1].to_owned(), found[2].to_owned()));
        let (keyframes, animations) = (keyframes.collect(), animations.collect());
        Self { document, keyframes, animations }
    }

    /// What the animation of an element sets at a part of the film.
    fn set(&self, node: Node<'_, '_>, part: f64) -> Option<Set> {
        let mut classes = node.attribute("class")?.split(' ');
        let name = classes.find_map(|class| self.animations.get(class))?;
        let last = self.keyframes[name].iter().rev().find(|(from, _)| *from <= part)?;
        Some(last.1)
    }

    /// Whether an element and all that it is in are seen, and where it is moved to.
    fn placed(&self, node: Node<'_, '_>, part: f64) -> Option<(f64, f64)> {
        let mut place = (0.0, 0.0);
        for node in node.ancestors() {
            match self.set(node, part) {
                Some(Set::Hidden) => return None,
                Some(Set::Moved(x, y)) => place = (place.0 + x, place.1 + y),
                Some(Set::Visible) | None => {}
            }
        }
        Some(place)
    }

    /// The rows that are seen at a part of the film, in percent.
    fn rows(&self, part: f64, count: usize) -> Vec<String> {
        let mut cells = vec![vec![" ".to_owned(); COLUMNS + 2]; count];
        let at = |node: Node<'_, '_>, name| node.attribute(name).map_or(0.0, |value| value.parse().expect("a number"));
        let mut seen = Vec::new();
        for node in self.document.descendants().filter(|node| node.attribute("textLength").is_some()) {
            let Some((x, y)) = self.placed(node, part) else { continue };
            let (x, y) = (x + at(node, "x"), y + at(node, "y") - BASELINE);
            seen.push((node, x / COLUMN, y / ROW));
        }
        for (node, column, row) in seen {
            let (column, row) = (rounded(column), rounded(row));
            let Ok(row) = usize::try_from(row) else { continue };
            let mut column = usize::try_from(column).expect("not on the left");
            let Some(line) = cells.get_mut(row) else { continue };
            let mut taken = 0;
            for letter in node.text().expect("a text").chars() {
                let width = letter.width().unwrap_or(0);
                if width == 0 {
                    line[column - 1].push(letter);
                    continue;
                }
                line[column] = letter.to_string();
                if width == 2 {
                    line[column + 1] = String::new();
                }
                column += width;
                taken += width;
            }
            #[expect(clippy::cast_precision_loss, reason = "columns")]
            let length = taken as f64 * COLUMN;
            assert!((at(node, "textLength") - length).abs() < 0.01, "{node:?}");
        }
        let curtain = self.document.descendants().find(|node| node.attribute("class") == Some("q")).expect("a curtain");
        if let Some((x, y)) = self.placed(curtain, part)
            && let (Ok(column), Ok(row)) = (usize::try_from(rounded(x / COLUMN)), usize::try_from(rounded(y / ROW)))
            && let Some(line) = cells.get_mut(row)
        {
            line.iter_mut().skip(column).for_each(|cell| " ".clone_into(cell));
        }
        cells.iter().map(|cells| cells.concat().trim_end().replace("e\u{301}", "é")).collect()
    }
}

/// A number that is nearly whole.
#[expect(clippy::cast_possible_truncation, reason = "columns and rows")]
fn rounded(number: f64) -> i64 {
    assert!((number - number.round()).abs() < 0.01, "{number}");
    number.round() as i64
}

#[test]
fn a_moving_picture_shows_at_every_moment_what_a_terminal_shows() {
    let folder = recorded(VARIED, "-o demo.cast -o demo.svg");
    let svg = text(&folder, "demo.svg");
    let picture = Picture::read(&svg);
    let (moments, length) = shown(&text(&folder, "demo.cast"), COLUMNS, ROWS);
    assert!(moments.len() > 200, "{} moments", moments.len());
    for (number, shown) in moments.iter().enumerate() {
        let end = moments.get(number + 1).map_or(length, |next| next.at);
        #[expect(clippy::cast_precision_loss, reason = "a minute has few microseconds")]
        let part = 100.0 * ((shown.at + end) as f64 / 2.0) / length as f64;
        let rows = picture.rows(part, ROWS);
        assert!(rows == shown.rows, "at {part} %:\n{}\n---\n{}", rows.join("\n"), shown.rows.join("\n"));
    }
}

#[test]
fn without_movement_the_last_screen_stands() {
    let folder = recorded(VARIED, "-o demo.svg");
    let svg = text(&folder, "demo.svg");
    let still = text(&recorded(VARIED, "-o demo.svg --still"), "demo.svg");
    // What is set outside of animations: hidden, and moved to the end.
    let base = svg.split("@keyframes").next().expect("a beginning");
    assert!(base.contains(".x{visibility:hidden}") && base.contains(".mm{transform:translateY(-"), "{base}");
    assert!(svg.contains("\n@media (prefers-reduced-motion:no-preference){\n.a{animation:"), "{svg}");
    let texts = |svg: &str| -> Vec<String> {
        let document = Document::parse(svg).expect("valid XML");
        let stays = |node: &Node<'_, '_>| {
            let hidden = |node: Node<'_, '_>| node.attribute("class").is_some_and(|class| class.ends_with(" x"));
            node.attribute("textLength").is_some() && !node.ancestors().any(hidden)
        };
        document.descendants().filter(stays).filter_map(|node| node.text()).map(str::to_owned).collect()
    };
    let (all, last) = (texts(&svg), texts(&still));
    assert!(all.ends_with(&last) && all.len() > last.len(), "{all:#?}\n{last:#?}");
}

#[test]
fn a_picture_stands_for_itself() {
    let svg = text(&recorded(VARIED, "-o demo.svg"), "demo.svg");
    let document = Document::parse(&svg).expect("valid XML");
    let root = document.root_element();
    let title = root.children().find(|node| node.has_tag_name("title")).and_then(|node| node.text());
    assert_eq!((title, root.attribute("role")), (Some("One & <other>"), Some("img")));
    for word in ["href", "src=", "@import", "<script", "<image", "https:"] {
        assert!(!svg.contains(word), "{word}");
    }
    assert_eq!(svg.matches("http:").count(), 1, "the namespace");
    assert_eq!(svg.matches("url(").count(), svg.matches("url(data:font/woff2;base64,").count());
    assert!(svg.len() < 80_000, "{} bytes", svg.len());
}

#[test]
fn a_theme_paints_it() {
    let rule = |theme: &str, media: bool, part: &str| {
        let svg = text(&recorded("print 1\n", &format!("-o demo.svg --theme {theme}")), "demo.svg");
        assert_eq!(svg.contains("prefers-color-scheme"), media, "{theme}");
        assert!(svg.contains(part), "{theme}: {svg}");
    };
    rule("auto", true, ".w{fill:#ffffff;stroke:#d0d7de}");
    rule("auto", true, ".w{fill:#161b22;stroke:#3d444d}");
    rule("light", false, ".w{fill:#ffffff;");
    rule("night", false, ".w{fill:#000000;");
    let output = nsh("record demo.nsh --theme pink").file("demo.nsh", "print 1\n").output();
    output.code(2);
    assert!(output.err().starts_with("error: there is no theme `pink`\n hint: `auto` is"), "{}", output.err());
}
