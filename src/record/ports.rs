//! Ports that the system chose: every run has others, so that they have names wherever two runs are to be the same.
//!
//! Numbers are not unique: a port of UDP may be one of TCP as well, and two connections to different places may have the
//! same. What is told of a session is therefore read with the ports of that session first.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::event::{SessionTag, What};
use crate::net::Endpoint;

/// The ports that were chosen by the system, each with the session that it was chosen for.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// Those that a statement names: they are what they are.
    written: BTreeSet<u16>,
    /// All of them.
    chosen: BTreeMap<u16, String>,
    /// Those of each session, its own and its peer's.
    of_session: BTreeMap<String, BTreeMap<u16, String>>,
    /// Who has connected from where to which port.
    connected: BTreeMap<(u16, u16), String>,
    /// Where listeners are.
    listening: BTreeMap<String, Vec<u16>>,
    /// How many the script was given that nobody uses.
    reserved: usize,
}

impl Ports {
    /// Takes note of the numbers that a statement holds.
    pub(super) fn read(&mut self, text: &str) {
        self.written.extend(numbers(text).filter_map(|(_, number)| number.parse::<u16>().ok()));
    }

    /// Takes note of the ports of a session that opens. Of the two ends of a connection the one that connected is to be
    /// told of first: it names the port.
    pub(super) fn note(&mut self, session: &SessionTag, what: &What) {
        let name = &session.name;
        match what {
            What::Listening { at, .. } => {
                let ports: Vec<u16> = at.iter().filter_map(Endpoint::port).collect();
                for &port in &ports {
                    self.choose(port, name, name);
                }
                self.listening.insert(name.clone(), ports);
            }
            What::Connected { local, peer, .. } => {
                let (Some(local), Some(peer)) = (local.port(), peer.port()) else { return };
                self.connected.insert((local, peer), name.clone());
                self.choose(local, name, name);
                if let Some(there) = self.listener_at(peer) {
                    self.choose(peer, &there, name);
                }
            }
            What::Accepted { peer, .. } => {
                let Some(peer) = peer.port() else { return };
                let listener = name.rsplit_once('.').map_or("", |(listener, _)| listener);
                let ports = self.listening.get(listener).cloned().unwrap_or_default();
                let there = ports.iter().find_map(|&port| self.connected.get(&(peer, port))).unwrap_or(name).clone();
                self.choose(peer, &there, name);
                for port in ports {
                    self.choose(port, listener, name);
                }
            }
            What::TargetReached { local, .. } => {
                if let Some(port) = local.port() {
                    self.choose(port, name, name);
                }
            }
            _ => {}
        }
    }

    /// Takes note of a port that nobody used when the script was given it.
    pub(super) fn reserve(&mut self, port: u16) {
        self.reserved += 1;
        let number = if self.reserved == 1 { String::new() } else { self.reserved.to_string() };
        self.chosen.insert(port, format!("free{number}"));
    }

    /// Whether the system chose a port of that number.
    pub(super) fn is_chosen(&self, port: u16) -> bool {
        self.chosen.contains_key(&port)
    }

    fn listener_at(&self, port: u16) -> Option<String> {
        self.listening.iter().find(|(_, ports)| ports.contains(&port)).map(|(name, _)| name.clone())
    }

    /// Has `port` be called after the session `after` where something is told of `session`.
    fn choose(&mut self, port: u16, after: &str, session: &str) {
        if !self.written.contains(&port) {
            self.chosen.insert(port, after.to_owned());
            self.of_session.entry(session.to_owned()).or_default().insert(port, after.to_owned());
        }
    }

    /// What is told of that session, if of one, with names in angle brackets for ports.
    pub(super) fn named(&self, text: &str, session: Option<&str>) -> String {
        let own = session.and_then(|session| self.of_session.get(session));
        let mut named = String::with_capacity(text.len());
        let mut end = 0;
        for (start, number) in numbers(text) {
            let Ok(port) = number.parse::<u16>() else { continue };
            let Some(name) = own.and_then(|own| own.get(&port)).or_else(|| self.chosen.get(&port)) else { continue };
            named += &text[end..start];
            named.extend(["<", name, ">"]);
            end = start + number.len();
        }
        named + &text[end..]
    }
}

/// The whole numbers in a text, with where each begins: digits that no letter or digit adjoins.
fn numbers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let adjoins = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let runs = text.char_indices().filter(move |&(at, letter)| {
        letter.is_ascii_digit() && !adjoins(without_style(&text[..at]).chars().next_back())
    });
    runs.filter_map(move |(start, _)| {
        let digits = text[start..].find(|letter: char| !letter.is_ascii_digit());
        let end = digits.map_or(text.len(), |length| start + length);
        (!adjoins(text[end..].chars().next())).then(|| (start, &text[start..end]))
    })
}

/// The text without a colour that is set at its end.
fn without_style(text: &str) -> &str {
    let Some(code) = text.strip_suffix('m') else { return text };
    let before = code.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ';');
    before.strip_suffix("\u{1b}[").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::SessionKind;

    fn tag(name: &str) -> SessionTag {
        SessionTag { id: 1, name: name.to_owned(), kind: SessionKind::Connect }
    }

    fn at(port: u16) -> Endpoint {
        Endpoint::Inet(([127, 0, 0, 1], port).into())
    }

    fn connected(from: u16, to: u16) -> What {
        What::Connected { protocol: "tcp".into(), local: at(from), peer: at(to), facts: [].into() }
    }

    fn listening(port: u16) -> What {
        let serves = String::new();
        What::Listening { protocol: "tcp".into(), at: vec![at(port)], serves, public: false, facts: [].into() }
    }

    #[test]
    fn ports_that_nobody_wrote_have_names() {
        let mut ports = Ports::default();
        ports.read("connect localhost 6666 from=127.0.0.1:1234");
        ports.note(&tag("a"), &connected(40_001, 6666));
        ports.note(&tag("b"), &connected(1234, 6666));
        let text = "127.0.0.1:40001 x40001 140001 40001b 40001. 1234 6666 \u{1b}[3m40001 m40001";
        let expected = "127.0.0.1:<a> x40001 140001 40001b <a>. 1234 6666 \u{1b}[3m<a> m40001";
        assert_eq!(ports.named(text, None), expected);
    }

    #[test]
    fn a_number_that_several_sessions_have_is_the_one_of_whom_it_is_told() {
        let mut ports = Ports::default();
        for (listener, port) in [("s", 50_000), ("u", 50_001)] {
            ports.note(&tag(listener), &listening(port));
        }
        ports.note(&tag("a"), &connected(40_001, 50_000));
        ports.note(&tag("b"), &connected(40_001, 50_001));
        ports.note(&tag("s.1"), &What::Accepted { local: at(7), peer: at(40_001), facts: [].into() });
        ports.note(&tag("u.1"), &What::Accepted { local: at(7), peer: at(40_001), facts: [].into() });
        ports.note(&tag("v"), &listening(50_001));
        let named = |session| ports.named("40001 50001", Some(session));
        assert_eq!([named("s.1"), named("u.1"), named("b")], ["<a> <v>", "<b> <u>", "<b> <u>"]);
    }
}
