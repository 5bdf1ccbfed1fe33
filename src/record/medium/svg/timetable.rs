//! Timetables: when the parts of a picture are shown and moved, as rules and keyframes of CSS.
//!
//! The rules outside of animations are those of the last moment: that is what stands where nothing may move.

use std::fmt::Write as _;

use super::paper::Tenths;

/// The rules of a film.
#[derive(Debug)]
pub(super) struct Timetable {
    /// In microseconds.
    length: u64,
    /// How the parts are at the end.
    end: String,
    /// Which keyframes they follow.
    names: String,
    keyframes: String,
    count: usize,
}

/// Which way something is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To the right and down.
    Along,
    /// Up.
    Up,
}

impl Timetable {
    /// That of a film of that length in microseconds.
    pub(super) const fn of(length: u64) -> Self {
        Self { length, end: String::new(), names: String::new(), keyframes: String::new(), count: 0 }
    }

    /// The attribute of what is shown from a moment on until another, or until the end.
    pub(super) fn shows(&mut self, since: u64, until: Option<u64>) -> String {
        if since == 0 && until.is_none() {
            return String::new();
        }
        let name = format!("v{}", self.count);
        self.count += 1;
        let begin = if since == 0 { String::new() } else { "0%{visibility:hidden}".to_owned() };
        let end = until.map(|until| format!("{}{{visibility:hidden}}", self.percent(until))).unwrap_or_default();
        let _ =
            writeln!(self.keyframes, "@keyframes {name}{{{begin}{}{{visibility:visible}}{end}}}", self.percent(since));
        let _ = writeln!(self.names, ".{name}{{animation-name:{name}}}");
        let hidden = if until.is_some() { " x" } else { "" };
        format!(" class=\"a {name}{hidden}\"")
    }

    /// The attribute of what stands at these places in tenths of a pixel, from when on; before the first at none.
    pub(super) fn moves(
        &mut self,
        name: char,
        way: Way,
        places: impl Iterator<Item = (u64, (usize, usize))>,
    ) -> String {
        let mut frames = String::new();
        let mut last = "none".to_owned();
        for (at, (x, y)) in places {
            last = match way {
                Way::Along => format!("translate({}px,{}px)", Tenths(x), Tenths(y)),
                Way::Up => format!("translateY(-{}px)", Tenths(y)),
            };
            if frames.is_empty() && at > 0 {
                frames += "0%{transform:none}";
            }
            let _ = write!(frames, "{}{{transform:{last}}}", self.percent(at));
        }
        if frames.is_empty() {
            return String::new();
        }
        let _ = writeln!(self.keyframes, "@keyframes {name}{{{frames}}}");
        let _ = writeln!(self.names, ".{name}m{{animation-name:{name}}}");
        let _ = writeln!(self.end, ".{name}m{{transform:{last}}}");
        format!(" class=\"a {name}m\"")
    }

    /// A moment as a part of the whole, to a millionth.
    fn percent(&self, at: u64) -> String {
        let millionths = u128::from(at) * 1_000_000 / u128::from(self.length.max(1));
        let (whole, part) = (millionths / 10_000, millionths % 10_000);
        let part = format!(".{part:04}");
        format!("{whole}{}%", part.trim_end_matches('0').trim_end_matches('.'))
    }

    /// All rules.
    pub(super) fn rules(&self) -> String {
        if self.length == 0 || self.names.is_empty() {
            return format!(".x{{visibility:hidden}}\n{}", self.end);
        }
        let (seconds, rest) = (self.length / 1_000_000, self.length % 1_000_000);
        format!(
            ".x{{visibility:hidden}}\n{}{}@media (prefers-reduced-motion:no-preference){{\n\
             .a{{animation:{seconds}.{rest:06}s step-end infinite}}\n{}}}\n",
            self.end, self.keyframes, self.names
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_has_keyframes() {
        let mut timetable = Timetable::of(8_000_000);
        assert_eq!(timetable.shows(0, None), "");
        assert_eq!(timetable.shows(1_000_000, None), " class=\"a v0\"");
        assert_eq!(timetable.shows(0, Some(1)), " class=\"a v1 x\"");
        let places = [(0, (84, 0)), (5_333_333, (168, 185))];
        assert_eq!(timetable.moves('q', Way::Along, places.into_iter()), " class=\"a qm\"");
        assert_eq!(
            timetable.rules(),
            "\
.x{visibility:hidden}
.qm{transform:translate(16.8px,18.5px)}
@keyframes v0{0%{visibility:hidden}12.5%{visibility:visible}}
@keyframes v1{0%{visibility:visible}0%{visibility:hidden}}
@keyframes q{0%{transform:translate(8.4px,0px)}66.6666%{transform:translate(16.8px,18.5px)}}
@media (prefers-reduced-motion:no-preference){
.a{animation:8.000000s step-end infinite}
.v0{animation-name:v0}
.v1{animation-name:v1}
.qm{animation-name:q}
}
"
        );
    }

    #[test]
    fn what_lasts_no_time_does_not_move() {
        let mut timetable = Timetable::of(0);
        timetable.shows(0, Some(0));
        assert_eq!(timetable.rules(), ".x{visibility:hidden}\n");
    }
}
