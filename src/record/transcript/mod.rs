//! Transcripts: a log as it would have stood at the prompt, the same for every run of the same script.
//!
//! Only the statements of the foreground set the order. What sessions did while one ran is told behind it, sorted; what
//! no two runs share (ports that the system chose, times, how a stream was cut into pieces) is not told.

mod data;
mod directive;
mod entries;
mod group;
mod sessions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use self::directive::Directive;
use self::entries::Entries;
use self::group::{Group, Part};
use self::sessions::Sessions;
use crate::engine::Situation;
use crate::engine::event::{Fate, Fault, Form, SessionTag, Step, Stepped, What};
use crate::look::draw::{self, Style};
use crate::look::words::{self, Gauge};
use crate::look::{Paint, escape, face, table};
use crate::record::framings::Framings;
use crate::record::log::Line;
use crate::record::ports::Ports;
use crate::record::volatile;

/// What happens in a recording, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cue {
    /// What the window is called.
    Title(String),
    /// Columns and rows of the terminal, from the beginning.
    Size(usize, usize),
    /// A chapter begins.
    Chapter(String),
    /// The prompt stands there, plain and in colour.
    Prompt(String, String),
    /// A statement or comment is typed behind it.
    Typed(String),
    /// Whole lines are shown.
    Shown(String),
    /// A question stands there and is answered.
    Answered(String, String),
    /// Nothing happens for so long.
    Pause(Duration),
    /// The run has ended with that exit code.
    End(u8),
}

/// Turns the lines of a log into cues.
pub(crate) struct Transcript {
    paint: Paint,
    width: usize,
    sessions: Sessions,
    framings: Framings,
    ports: Ports,
    entries: Entries,
    gauge: Gauge,
    situation: Situation,
    /// The exit code of the last entry, for the prompt's colour.
    last: u8,
    /// What happened since the last statement.
    group: Group,
    /// The step of the top level that runs; 0 for none.
    top: u64,
    /// The error in it, which it may yet survive.
    fault: Option<Box<Fault>>,
    /// The exit code of a test or handler in it that failed.
    absorbed: Option<u8>,
    /// Of the steps that run beside each other, the branch that each belongs to.
    branches: BTreeMap<u64, u64>,
    hidden: bool,
    /// Whether nobody waits behind statements until nothing moves.
    hurried: bool,
    /// The entry behind which others took part, or something still moved.
    loose: Option<String>,
}

impl Transcript {
    /// A transcript for a terminal of so many columns; with the times that were measured if `timed`.
    pub(crate) fn new(width: usize, timed: bool) -> Self {
        let paint = Paint::new(true);
        Self {
            paint: if timed { paint } else { paint.timeless() },
            width,
            sessions: Sessions::default(),
            framings: Framings::default(),
            ports: Ports::default(),
            entries: Entries::default(),
            gauge: Gauge::default(),
            situation: Situation::default(),
            last: 0,
            group: Group::default(),
            top: 0,
            fault: None,
            absorbed: None,
            branches: BTreeMap::new(),
            hidden: false,
            hurried: false,
            loose: None,
        }
    }

    /// The terminal has so many columns from now on.
    pub(crate) const fn resize(&mut self, width: usize) {
        self.width = width;
    }

    /// The first entry whose transcript may be another in another run, if there is one.
    pub(crate) fn loose(&self) -> Option<&str> {
        self.loose.as_deref()
    }

    /// Takes note of what was there before: nothing of it is told. From here on nobody waits behind statements.
    pub(crate) fn join(&mut self, known: Vec<Line>, situation: Situation) {
        for line in known {
            self.note(line);
        }
        let mut told = Vec::new();
        self.flush(&mut told);
        self.situation = situation;
        self.hurried = true;
    }

    /// Takes the next line of the log; what comes of it is added to `cues`.
    pub(crate) fn take(&mut self, line: Line, cues: &mut Vec<Cue>) {
        let (before, hidden) = (cues.len(), self.hidden);
        match line.event {
            What::Began(step) => self.begin(&step, cues),
            What::Ended(stepped) => self.end(*stepped, cues),
            What::Remarked(comment) => self.remark(&comment, cues),
            What::Asked { prompt, answer } => {
                self.flush(cues);
                let answer = answer.unwrap_or_default();
                cues.push(Cue::Answered(escape::lines(prompt.as_bytes()), escape::one_line(answer.as_bytes())));
            }
            What::Exited(code) => {
                self.flush(cues);
                cues.push(Cue::End(code));
            }
            What::Sent(_) | What::Received(_) | What::Head { .. } if line.form == Form::Off => {}
            What::Reserved(port) => self.ports.reserve(port),
            What::Live(_) | What::Interrupted(_) => {}
            _ => self.note(line),
        }
        if hidden {
            cues.truncate(before);
        }
    }

    fn note(&mut self, line: Line) {
        if let Some(tag) = &line.session {
            self.framings.note(tag, &line.event);
        }
        match &line.event {
            What::Failed(fault) | What::Tested { failure: Some(fault), .. } => {
                self.absorbed.get_or_insert(fault.class.code());
            }
            _ => {}
        }
        self.group.add(line, &self.framings);
    }

    /// What was going on before an entry is told above it.
    fn begin(&mut self, step: &Step, cues: &mut Vec<Cue>) {
        self.ports.read(&step.text);
        if let Some(&branch) = self.branches.get(&step.within) {
            self.branches.insert(step.number, branch);
        } else if step.beside {
            self.branches.insert(step.number, step.number);
        }
        if step.within == 0 {
            self.flush(cues);
            self.entries.begin(step);
            self.top = step.number;
            cues.push(self.prompt());
            cues.push(Cue::Typed(escape::lines(step.text.as_bytes())));
        }
    }

    /// What happened is told behind the statement, unless others run beside it.
    fn end(&mut self, stepped: Stepped, cues: &mut Vec<Cue>) {
        if !stepped.exact.unwrap_or(!self.hurried) && self.loose.is_none() {
            self.loose = Some(self.entries.name());
        }
        if !self.branches.contains_key(&stepped.number) {
            self.flush(cues);
        }
        let held = matches!(stepped.fate, Fate::Held);
        if let Fate::Failed(fault) = stepped.fate {
            self.fault = Some(fault);
        }
        if stepped.number != self.top {
            return;
        }
        self.branches.clear();
        self.situation = stepped.situation;
        self.last = self.absorbed.take().unwrap_or(0);
        if let Some(fault) = self.fault.take().filter(|_| !held) {
            self.last = fault.class.code();
            let drawn = draw::entry(&self.entries.place(*fault), self.style());
            cues.push(Cue::Shown(self.named(&drawn, None)));
        }
    }

    /// Does what a comment asks for.
    fn remark(&mut self, comment: &str, cues: &mut Vec<Cue>) {
        self.flush(cues);
        match Directive::of(comment) {
            Directive::Chapter(heading) => {
                cues.push(Cue::Chapter(escape::one_line(heading.as_bytes())));
                cues.push(self.prompt());
                cues.push(Cue::Typed(escape::lines(format!("#{comment}").as_bytes())));
            }
            Directive::Pause(time) => cues.push(Cue::Pause(time)),
            Directive::Title(title) => cues.push(Cue::Title(escape::one_line(title.as_bytes()))),
            Directive::Size(width, height) => cues.push(Cue::Size(width, height)),
            Directive::Hide => self.hidden = true,
            Directive::Show => self.hidden = false,
            Directive::Note => {}
        }
    }

    fn prompt(&self) -> Cue {
        let mut situation = self.situation.clone();
        situation.session = situation.session.map(|tag| Arc::new(self.sessions.numbered(&tag)));
        let (plain, styled) = face::face(&situation, self.last, self.paint, Some(self.width));
        Cue::Prompt(plain, styled)
    }

    const fn style(&self) -> Style {
        Style { paint: self.paint, width: Some(self.width) }
    }

    /// What is told of that session, if of one, with names for what no two runs share.
    fn named(&self, text: &str, session: Option<&str>) -> String {
        volatile::text(&self.ports.named(text, session))
    }

    /// Tells what happened since the last statement.
    fn flush(&mut self, cues: &mut Vec<Cue>) {
        let group = std::mem::take(&mut self.group);
        if group.is_empty() {
            return;
        }
        self.sessions.rank(group.sessions());
        for line in group.openings() {
            if let Some(tag) = &line.session {
                self.ports.note(tag, &line.event);
            }
        }
        let rank = |tag: &SessionTag| self.sessions.place(tag);
        let branch = |step: u64| self.branches.get(&step).copied().unwrap_or(0);
        let parts = group.parts(rank, branch, |text| self.named(text, None));
        let text: String = parts.into_iter().map(|part| self.drawn(part)).collect();
        if !text.is_empty() {
            cues.push(Cue::Shown(text));
        }
    }

    fn drawn(&mut self, part: Part) -> String {
        match part {
            Part::Data(tag, outgoing, data) => {
                let tag = self.sessions.numbered(&tag);
                self.gauge = data.widen(&tag, self.gauge);
                let rows = data.rows(&tag, if outgoing { '→' } else { '←' }, self.gauge, self.paint, self.width);
                self.named(&rows, Some(&tag.name))
            }
            Part::Connections(sum) => words::summary(&sum, self.gauge, self.paint) + "\n",
            Part::Beyond(count) => format!("… {count} more lines\n"),
            Part::Line(line) => self.line(line),
        }
    }

    fn line(&self, line: Line) -> String {
        let tag = line.session.map(|tag| self.sessions.numbered(&tag));
        let drawn = self.event(line.event, tag.as_ref());
        self.named(&drawn, tag.as_ref().map(|tag| tag.name.as_str()))
    }

    fn event(&self, event: What, tag: Option<&SessionTag>) -> String {
        match event {
            What::Head { outgoing, head, .. } => {
                let arrow = if outgoing { '→' } else { '←' };
                words::message(tag, arrow, &volatile::head(&head), self.gauge, self.paint, Some(self.width))
            }
            What::Sent(bytes) => ended(words::data(tag, '→', &bytes, self.gauge, self.paint, Some(self.width))),
            What::Printed(bytes) | What::Shown(bytes) => ended(escape::lines(&bytes)),
            What::Report(report) => {
                let told = tag.map(|tag| tag.name.as_str());
                let report = volatile::report(report, told, |text, session| self.named(text, session));
                table::report(&report, self.paint, Some(self.width))
            }
            What::Failed(fault) => self.fault(*fault),
            What::Tested { failure: Some(ref fault), .. } => {
                let line = words::line(tag, &event, self.paint).unwrap_or_default();
                ended(line) + &self.fault((**fault).clone())
            }
            event => words::line(tag, &event, self.paint).map(ended).unwrap_or_default(),
        }
    }

    fn fault(&self, fault: Fault) -> String {
        let fault = self.entries.place(fault);
        draw::diagnostic_in(&fault.diagnostic, &fault.source, self.style())
    }
}

/// A text whose last line has its end.
fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
