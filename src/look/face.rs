//! The face of the prompt: its template with what holds now, plain and in colour.

use unicode_width::UnicodeWidthStr;

use super::paint::{Paint, Role};
use super::{escape, fit};
use crate::engine::{Part, Situation};

/// No prompt is cut below this width, in columns.
const NARROWEST: usize = 12;

/// The prompt, plain and styled. Text has the colour of the last result, the session its own. A placeholder with
/// nothing to show takes the space before it along; `last` is the exit code of the last result. More than half of a terminal's `width` is cut.
pub(crate) fn face(situation: &Situation, last: u8, paint: Paint, width: Option<usize>) -> (String, String) {
    let mut pieces = cut(pieces(situation, last), width);
    let plain = pieces.iter().map(|(_, text)| text.as_str()).collect();
    let styled = pieces.drain(..).map(|(role, text)| paint.apply(role, &text)).collect();
    (plain, styled)
}

type Piece = (Role, String);

fn pieces(situation: &Situation, last: u8) -> Vec<Piece> {
    let result = if last == 0 { Role::Good } else { Role::Mark };
    let mut pieces: Vec<Piece> = Vec::new();
    for part in situation.prompt.parts() {
        let session = situation.session.as_deref();
        let (role, text) = match part {
            Part::Text(text) => (result, escape::one_line(text.as_bytes())),
            Part::Session => session.map_or((result, String::new()), |tag| (Role::Session(tag.id), tag.name.clone())),
            Part::State => (Role::Faint, situation.state.clone().into_owned()),
            Part::Live => (Role::Strong, situation.live.to_string()),
            Part::Result => (result, last.to_string()),
        };
        if !text.is_empty() {
            pieces.push((role, text));
        } else if let Some((_, before)) = pieces.last_mut()
            && before.ends_with(' ')
        {
            before.pop();
        }
    }
    pieces
}

/// The pieces in no more than half of the terminal: the longest gives way.
fn cut(mut pieces: Vec<Piece>, width: Option<usize>) -> Vec<Piece> {
    let room = width.map_or(usize::MAX, |width| (width / 2).max(NARROWEST));
    loop {
        let taken: usize = pieces.iter().map(|(_, text)| text.width()).sum();
        let longest = pieces.iter_mut().max_by_key(|(_, text)| text.width());
        match longest {
            Some((_, text)) if taken > room && text.width() > 1 => {
                // A wide character may leave a column over; the next turn of the loop sees.
                let less = (text.width() - 1).min((taken - room).max(1));
                *text = fit::cut(text, text.width() - less);
            }
            _ => return pieces,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::Template;

    use super::*;
    use crate::engine::event::{SessionKind, SessionTag};

    fn shown(name: &str, width: Option<usize>) -> String {
        let session = (!name.is_empty())
            .then(|| Arc::new(SessionTag { id: 1, name: name.to_owned(), kind: SessionKind::Connect }));
        let situation = Situation { session, state: "open".into(), live: 3, prompt: Template::default() };
        face(&situation, 0, Paint::PLAIN, width).0
    }

    #[test]
    fn a_placeholder_without_a_value_takes_its_space_along() {
        assert_eq!(shown("a", None), "nsh a> ");
        assert_eq!(shown("", None), "nsh> ");
    }

    #[test]
    fn a_long_one_is_cut() {
        let long = "a-name-that-is-longer-than-half-of-the-line";
        assert_eq!(shown(long, Some(40)), "nsh a-name…he-line> ");
        assert_eq!(shown(long, Some(1)).width(), NARROWEST);
        assert_eq!(shown(&"你".repeat(30), Some(40)).width(), 19);
    }
}
