//! Places: the hosts, ports and addresses that statements named before, for completion.

use std::collections::{HashSet, VecDeque};

use crate::engine::Engine;
use crate::engine::console::Past;
use crate::language::vocabulary::NoNames;
use crate::language::{LexemeKind, PlaceForm, lexemes};

/// Most places that are remembered.
const MOST: usize = 200;
/// How many entries of the history are read.
const REMEMBERED: usize = 1000;
/// The host that is always there.
const LOCAL: &str = "localhost";

/// What statements named, last first, each once: `localhost 6666`, `10.0.0.1:80`, `6666`, `./sock`.
#[derive(Debug, Default)]
pub(crate) struct Places {
    named: VecDeque<String>,
}

impl Places {
    /// What the last statements of a history named.
    pub(crate) fn of(entries: &[Past]) -> Self {
        let mut places = Self::default();
        for past in &entries[entries.len().saturating_sub(REMEMBERED)..] {
            places.note(&past.text);
        }
        places
    }

    /// Takes note of what a statement names.
    pub(crate) fn note(&mut self, statement: &str) {
        let mut run: Option<(usize, usize)> = None;
        for lexeme in lexemes(statement, Engine::vocabulary(), &NoNames) {
            run = match (lexeme.kind, run) {
                (LexemeKind::Address, Some((start, _))) => Some((start, lexeme.span.end)),
                (LexemeKind::Address, None) => Some((lexeme.span.start, lexeme.span.end)),
                (LexemeKind::Space, run) => run,
                (kind, run) => {
                    // A place with a variable in it says nothing elsewhere.
                    if let Some((start, end)) = run.filter(|_| kind != LexemeKind::Variable) {
                        self.add(&statement[start..end]);
                    }
                    None
                }
            };
        }
        if let Some((start, end)) = run {
            self.add(&statement[start..end]);
        }
    }

    fn add(&mut self, place: &str) {
        // Port 0 is another one every time.
        if place == "0" || place.ends_with(":0") {
            return;
        }
        let place = place.split_whitespace().collect::<Vec<_>>().join(" ");
        self.named.retain(|other| *other != place);
        self.named.push_front(place);
        self.named.truncate(MOST);
    }

    /// What may stand where a place of that form is wanted; `before` is the line up to there.
    pub(crate) fn offered(&self, form: PlaceForm, before: &str) -> Vec<String> {
        let offered: Vec<String> = match form {
            PlaceForm::Endpoint => self.named.iter().cloned().chain([LOCAL.to_owned()]).collect(),
            PlaceForm::Address => self.named.iter().filter(|place| !place.contains(' ')).cloned().collect(),
            PlaceForm::Host => {
                let hosts = self.named.iter().filter_map(|place| Some(parts(place)?.0.to_owned()));
                hosts.chain([LOCAL.to_owned()]).collect()
            }
            PlaceForm::Port => {
                let host = before.split_whitespace().next_back().unwrap_or("");
                let of_host = self.named.iter().filter_map(|place| parts(place)).filter(|(of, _)| *of == host);
                let own = self.named.iter().filter(|place| place.parse::<u16>().is_ok() && host == LOCAL);
                of_host.map(|(_, port)| port.to_owned()).chain(own.cloned()).collect()
            }
        };
        let mut seen = HashSet::new();
        offered.into_iter().filter(|place| seen.insert(place.clone())).collect()
    }
}

/// The host and the port of `host port` or `host:port`.
fn parts(place: &str) -> Option<(&str, &str)> {
    let (host, port) = place.split_once(' ').or_else(|| place.rsplit_once(':'))?;
    port.parse::<u16>().is_ok().then_some((host.trim_matches(['[', ']']), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_offered_last_first_where_they_fit() {
        let mut places = Places::default();
        places.note("connect db.example 5432 as db");
        places.note("listen tcp 0 echo as srv; connect localhost 6666");
        places.note("relay 12000 -> upper -> 10.0.0.1:80,./sock\nconnect localhost $srv.port");
        places.note("connect db.example 5432");
        let offered = |form, before| places.offered(form, before).join(" | ");
        assert_eq!(
            offered(PlaceForm::Endpoint, "connect "),
            "db.example 5432 | ./sock | 10.0.0.1:80 | 12000 | localhost 6666 | localhost"
        );
        assert_eq!(offered(PlaceForm::Address, "listen "), "./sock | 10.0.0.1:80 | 12000");
        assert_eq!(offered(PlaceForm::Host, "resolve "), "db.example | 10.0.0.1 | localhost");
        assert_eq!(offered(PlaceForm::Port, "connect db.example "), "5432");
        assert_eq!(offered(PlaceForm::Port, "connect localhost "), "6666 | 12000");
    }
}
