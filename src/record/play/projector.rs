//! Projectors: what a play shows at a moment, and how to get to others.

use std::io;

use super::{Act, Play, Scene};
use crate::record::screen::Screen;

/// Going back within so much of a chapter's beginning, in microseconds, means the chapter before.
const JUST_BEGUN: u64 = 1_000_000;

/// Shows a play.
pub(crate) struct Projector {
    play: Play,
    screen: Screen,
    /// The first scene that is not shown yet.
    next: usize,
    /// In microseconds since the beginning.
    position: u64,
}

impl Projector {
    /// One that stands at the beginning.
    pub(crate) fn new(play: Play) -> io::Result<Self> {
        let screen = Screen::new(play.size.0, play.size.1)?;
        let mut projector = Self { play, screen, next: 0, position: 0 };
        projector.advance(0);
        Ok(projector)
    }

    /// What is shown now.
    pub(crate) const fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Where it stands, in microseconds since the beginning.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// How long it is, in microseconds.
    pub(crate) const fn length(&self) -> u64 {
        self.play.length
    }

    /// Whether nothing comes any more.
    pub(crate) const fn is_over(&self) -> bool {
        self.position >= self.play.length
    }

    /// When the next scene is; the end where there is none.
    pub(crate) fn next_moment(&self) -> u64 {
        self.play.scenes.get(self.next).map_or(self.play.length, |scene| scene.at)
    }

    /// The heading of the chapter that it stands in, if it has one.
    pub(crate) fn chapter(&self) -> Option<&str> {
        self.play.scenes[..self.next].iter().rev().find_map(heading)
    }

    /// Goes on to a moment that has not been.
    fn advance(&mut self, to: u64) {
        while let Some(scene) = self.play.scenes.get(self.next).filter(|scene| scene.at <= to) {
            scene.act.show(&mut self.screen);
            self.next += 1;
        }
        self.position = to;
    }

    /// Goes to a moment, or to the end where there is none so late.
    pub(crate) fn seek(&mut self, to: u64) -> io::Result<()> {
        let to = to.min(self.play.length);
        if to < self.position {
            // What a terminal shows depends on everything that it got.
            self.screen = Screen::new(self.play.size.0, self.play.size.1)?;
            self.next = 0;
        }
        self.advance(to);
        Ok(())
    }

    /// Goes to the next moment at which something is seen.
    pub(crate) fn step(&mut self) -> io::Result<()> {
        let seen = |scene: &&Scene| matches!(&scene.act, Act::Output(text) if !text.is_empty());
        let next = self.play.scenes[self.next..].iter().find(seen).map_or(self.play.length, |scene| scene.at);
        self.seek(next)
    }

    /// Goes to the beginning of the next chapter, or to the end.
    pub(crate) fn leap(&mut self) -> io::Result<()> {
        let next = self.play.scenes[self.next..].iter().find(|scene| heading(scene).is_some());
        self.seek(next.map_or(self.play.length, |scene| scene.at))
    }

    /// Goes back to the beginning of the chapter, or of the one before when it has just begun.
    pub(crate) fn leap_back(&mut self) -> io::Result<()> {
        let chapters = self.play.scenes[..self.next].iter().rev().filter(|scene| heading(scene).is_some());
        let before = self.position.saturating_sub(JUST_BEGUN);
        let chapter = chapters.map(|scene| scene.at).find(|at| *at < before);
        self.seek(chapter.unwrap_or(0))
    }
}

fn heading(scene: &Scene) -> Option<&str> {
    match &scene.act {
        Act::Chapter(heading) => Some(heading),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn projector() -> Projector {
        let output = |at, text: &str| Scene { at, act: Act::Output(text.into()) };
        let chapter = |at, heading: &str| Scene { at, act: Act::Chapter(heading.into()) };
        let scenes = vec![
            output(0, "$ "),
            chapter(1_000_000, "One"),
            output(1_500_000, "one"),
            output(5_000_000, "\r\n"),
            chapter(5_000_000, "Two"),
            output(6_000_000, ""),
            output(7_000_000, "two"),
        ];
        Projector::new(Play { size: (10, 3), scenes, length: 9_000_000 }).unwrap()
    }

    fn shown(projector: &Projector) -> String {
        let rows: Vec<String> = projector.screen().rows().map(|row| projector.screen().text(&row)).collect();
        rows.join("|").trim_end_matches('|').to_owned()
    }

    #[test]
    fn a_play_is_shown_from_any_moment_on() {
        let mut projector = projector();
        assert_eq!((shown(&projector).as_str(), projector.next_moment()), ("$", 1_000_000));
        projector.seek(7_500_000).unwrap();
        assert_eq!(shown(&projector), "$ one|two");
        projector.seek(4_000_000).unwrap();
        assert_eq!((shown(&projector).as_str(), projector.chapter()), ("$ one", Some("One")));
        projector.seek(u64::MAX).unwrap();
        assert!(projector.is_over() && projector.position() == projector.length());
    }

    #[test]
    fn steps_go_to_what_is_seen() {
        let mut projector = projector();
        let mut moments = Vec::new();
        while !projector.is_over() {
            projector.step().unwrap();
            moments.push(projector.position());
        }
        assert_eq!(moments, [1_500_000, 5_000_000, 7_000_000, 9_000_000]);
    }

    #[test]
    fn leaps_go_to_chapters() {
        let mut projector = projector();
        let mut forward = Vec::new();
        while !projector.is_over() {
            projector.leap().unwrap();
            forward.push(projector.position());
        }
        assert_eq!(forward, [1_000_000, 5_000_000, 9_000_000]);
        let mut back = Vec::new();
        while projector.position() > 0 {
            projector.leap_back().unwrap();
            back.push(projector.position());
        }
        assert_eq!(back, [5_000_000, 1_000_000, 0]);
        projector.seek(5_500_000).unwrap();
        projector.leap_back().unwrap();
        assert_eq!(projector.position(), 1_000_000);
    }
}
