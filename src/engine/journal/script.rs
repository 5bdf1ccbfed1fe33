//! The journal as a script: the statements that held, and behind each what came.

use std::path::Path;
use std::time::Duration;

use super::expected::{self, Detail, Piece, chosen_ports};
use super::{Fate, Line};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::program::{self, Rejection};
use crate::engine::session::{Arrivals, Ending, Mark, Session, Turn};
use crate::engine::shared::Shared;
use crate::engine::vocabulary::Words;
use crate::language::vocabulary::NoNames;
use crate::language::{self, LexemeKind, Mode, Severity, Source};

/// A script made of a journal.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Its text, formatted and checked.
    pub text: String,
    /// How many statements were typed.
    pub statements: usize,
    /// How many expectations were added.
    pub expectations: usize,
    /// How many of the statements run programs with `!`.
    pub programs: usize,
    /// Whether secrets in it were replaced by stars.
    pub concealed: bool,
}

/// How long `expect` waits when the settings do not say.
const PATIENCE: Duration = Duration::from_secs(5);

/// The script of what was typed from entry `since` on, for a file called `file`: relative `include` paths start there.
/// What was not typed (`nshrc`) is put in front where it would not be a whole script without.
pub(in crate::engine) fn write(shared: &Shared, since: usize, detail: Detail, file: &Path) -> Result<Saved, Problem> {
    let lines: Vec<Line> = lock(&shared.journal.state).lines.iter().cloned().collect();
    let gone = lines.first().is_some_and(|first| first.turn > 1 && first.entry > since);
    if gone {
        let first = lines.first().map_or(0, |line| line.entry + 1);
        return Err(
            Problem::usage("what was typed first is no longer kept").hint(format!("`since {first}` saves the rest"))
        );
    }
    let since = since.max(1);
    let compose = |untyped: bool| {
        let is_asked = |line: &Line| line.entry >= since || (untyped && line.entry == 0);
        let kept = lines.iter().filter(|line| line.fate == Fate::Held && is_asked(line));
        Draft { shared, lines: &lines, kept: kept.collect() }.script(detail, file)
    };
    if !lines.iter().any(|line| line.fate == Fate::Held && line.entry >= since) {
        return Err(Problem::usage("nothing was typed that could be saved")
            .note("what failed is left out, and what only looks"));
    }
    compose(false).or_else(|rejection| compose(true).map_err(|_| rejection)).map_err(|rejection| {
        let first = rejection.findings.iter().map(|(_, finding)| finding);
        let reason = first.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.message.clone());
        let problem = Problem::usage("what was typed is no script that stands alone");
        reason.fold(problem, Problem::note).hint("an earlier `since` may have what is missing")
    })
}

/// Whether a statement runs a program with `!`, in a block of its own perhaps.
fn runs_program(statement: &str) -> bool {
    language::lexemes(statement, &Words, &NoNames).iter().any(|lexeme| lexeme.kind == LexemeKind::Shell)
}

/// What is to be saved.
struct Draft<'a> {
    shared: &'a Shared,
    lines: &'a [Line],
    kept: Vec<&'a Line>,
}

impl Draft<'_> {
    /// The script, if it is one.
    fn script(&self, detail: Detail, file: &Path) -> Result<Saved, Rejection> {
        let mut behind = vec![Vec::new(); self.kept.len()];
        if detail != Detail::None {
            let sessions: Vec<_> = lock(&self.shared.journal.state).sessions.iter().cloned().collect();
            let text: String = self.kept.iter().map(|line| line.text.as_str()).collect();
            let ports = chosen_ports(sessions.iter().map(AsRef::as_ref), &text);
            for (at, session) in sessions.iter().enumerate() {
                let successor = sessions[at + 1..].iter().find(|other| other.name() == session.name());
                let until = successor.map_or(Turn::MAX, |successor| successor.turn);
                self.expect(session, until, detail, &ports, &mut behind);
            }
        }
        let programs = self.kept.iter().filter(|line| runs_program(&line.text)).count();
        let mut text = String::from("# Saved from the prompt of nsh.\n");
        if programs > 0 {
            text += "# The programs behind `!` have to be there where it runs.\n";
        }
        text.push('\n');
        for (line, expectations) in self.kept.iter().zip(&behind) {
            text += &line.text;
            text += &expectations.concat();
        }
        let clear = text.as_bytes();
        let concealed = self.shared.conceal(clear);
        let hidden = concealed != clear;
        let mut text = String::from_utf8_lossy(&concealed).into_owned();
        if hidden {
            text.insert_str(0, "# Put the secrets where *** stands.\n");
        }
        let program = program::load(Source::new(file.display().to_string(), text), Mode::Script, &NoNames)?;
        Ok(Saved {
            text: language::format(program.checked.block()),
            statements: self.kept.len(),
            expectations: behind.iter().map(Vec::len).sum(),
            programs,
            concealed: hidden,
        })
    }

    /// Adds what `session` received, and whether its peer finished, behind the statements after which it came. From
    /// turn `until` on its name is another's.
    fn expect(&self, session: &Session, until: Turn, detail: Detail, ports: &[u16], behind: &mut [Vec<String>]) {
        let root = session.opening.parent.as_deref().unwrap_or(session);
        let is_ours = self.kept.iter().any(|line| line.turn == root.turn);
        let Some(inbox) = session.opening.inbox.as_ref().filter(|_| is_ours && !session.is_served()) else { return };
        let (bytes, lengths, marks, ended) = inbox.with(|buffer| {
            let marks: Vec<Mark> = buffer.arrivals.iter().flat_map(Arrivals::marks).collect();
            let ended = buffer.arrivals.as_ref().and_then(Arrivals::end_unseen);
            let ended = ended.filter(|_| buffer.end == Some(Ending::Orderly));
            (buffer.bytes.to_vec(), buffer.datagrams.clone(), marks, ended)
        });
        let (mut bytes, mut lengths) = (&bytes[..], lengths.into_iter());
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        for mark in marks {
            let (came, rest) = bytes.split_at(mark.bytes.min(bytes.len()));
            bytes = rest;
            let datagrams: Vec<usize> = lengths.by_ref().take(mark.datagrams).collect();
            let Some(place) = self.place(mark.turn).filter(|_| mark.turn < until && !self.is_broken(mark.turn)) else {
                continue;
            };
            let within = self.within(&mark);
            match pieces.last_mut() {
                Some((last, piece)) if *last == place => {
                    piece.bytes.extend_from_slice(came);
                    piece.datagrams.extend(datagrams);
                    piece.within = piece.within.max(within);
                }
                _ => pieces.push((place, Piece { bytes: came.to_vec(), datagrams, within })),
            }
        }
        for (place, piece) in pieces {
            behind[place].extend(expected::statements(session.name(), &piece, detail, ports));
        }
        if session.has_peer_finished()
            && let Some(turn) = ended.filter(|&turn| turn < until && !self.is_broken(turn))
            && let Some(place) = self.place(turn)
        {
            behind[place].push(format!("{}: expect eof\n", session.name()));
        }
    }

    /// The last statement that is kept and began by that turn.
    fn place(&self, turn: Turn) -> Option<usize> {
        self.kept.partition_point(|line| line.turn <= turn).checked_sub(1)
    }

    fn line(&self, turn: Turn) -> Option<&Line> {
        self.lines.binary_search_by_key(&turn, |line| line.turn).ok().map(|at| &self.lines[at])
    }

    /// Whether the statement of that turn is left out although it may have done something: what came then would not
    /// come again.
    fn is_broken(&self, turn: Turn) -> bool {
        self.line(turn).is_some_and(|line| line.fate == Fate::Broken)
    }

    /// How long to wait for what came then, where that is longer than `expect` waits anyway.
    fn within(&self, mark: &Mark) -> Option<Duration> {
        let ended = self.line(mark.turn)?.ended?;
        let took = mark.at.saturating_duration_since(ended);
        let needed = PATIENCE.max(Duration::from_secs(took.as_secs() * 4));
        (needed > lock(&self.shared.settings).timeout).then_some(needed)
    }
}
