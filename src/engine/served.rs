//! What serves a listener or a connection, as it is written; of stages, with the arguments that they have at present.

use std::fmt;

use super::evaluator::PipelineStage;
use crate::language::{Source, Span};
use crate::net::stage::Way;

/// The option that says on which way of a relay a stage stands.
const WAY: &str = "way";

/// What serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// What bytes go through.
    stages: Vec<Stage>,
    /// What stands behind them: the targets of a relay; and what is not made of stages.
    end: String,
}

/// A stage as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stage {
    name: String,
    /// Its arguments and options but for `way`.
    words: Vec<String>,
    way: Option<Way>,
}

impl Served {
    /// What has a word for itself: `script`, the folder of a web server.
    pub(super) fn word(word: impl Into<String>) -> Self {
        Self { stages: Vec::new(), end: word.into() }
    }

    /// Stages as they stand in that source, and what stands behind them.
    pub(super) fn stages(source: &Source, stages: &[PipelineStage], end: String) -> Self {
        Self { stages: stages.iter().map(|stage| Stage::of(source, stage)).collect(), end }
    }

    /// Whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty() && self.end.is_empty()
    }

    /// The stages of that one's name have its arguments from here on: all of them, or those on its way.
    pub(super) fn change(&mut self, source: &Source, changed: &PipelineStage) {
        let changed = Stage::of(source, changed);
        let mut stages = Vec::with_capacity(self.stages.len() + 1);
        for mut stage in std::mem::take(&mut self.stages) {
            let (own, asked) = (stage.way.unwrap_or_default(), changed.way.unwrap_or(Way::Both));
            if stage.name != changed.name || !(asked == Way::Both || own == Way::Both || own == asked) {
                stages.push(stage);
                continue;
            }
            let mut other = changed.clone();
            other.way = stage.way;
            if own == Way::Both && asked != Way::Both {
                // From here on they differ.
                stage.way = Some(if asked == Way::Up { Way::Down } else { Way::Up });
                other.way = Some(asked);
                stages.push(stage);
            }
            stages.push(other);
        }
        stages.dedup_by(|next, last| last.takes_in(next));
        self.stages = stages;
    }
}

impl Stage {
    /// Whether the stage behind this one is the same on the other way; it then stands on both.
    fn takes_in(&mut self, next: &Self) -> bool {
        let ways = [self.way, next.way];
        let same = self.name == next.name && self.words == next.words;
        let both = same && (ways == [Some(Way::Up), Some(Way::Down)] || ways == [Some(Way::Down), Some(Way::Up)]);
        if both {
            self.way = Some(Way::Both);
        }
        both
    }

    fn of(source: &Source, stage: &PipelineStage) -> Self {
        let written = |span: &Span| source.text[span.range()].to_owned();
        let mut words: Vec<String> = stage.arguments.iter().map(|(_, span)| written(span)).collect();
        let mut way = None;
        for (key, given, span) in &stage.options {
            if key == WAY {
                way = Some(match given.text().as_str() {
                    "down" => Way::Down,
                    "both" => Way::Both,
                    _ => Way::Up,
                });
            } else {
                words.push(format!("{key}={}", written(span)));
            }
        }
        Self { name: stage.name.clone(), words, way }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.name)?;
        self.words.iter().try_for_each(|word| write!(to, " {word}"))?;
        match self.way {
            None => Ok(()),
            Some(Way::Up) => write!(to, " {WAY}=up"),
            Some(Way::Down) => write!(to, " {WAY}=down"),
            Some(Way::Both) => write!(to, " {WAY}=both"),
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages = self.stages.iter().map(Stage::to_string);
        let end = Some(self.end.clone()).filter(|end| !end.is_empty());
        to.write_str(&stages.chain(end).collect::<Vec<_>>().join(" -> "))
    }
}
