//! Actors: who takes part in a run, and which of them is at either end of a session.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::engine::event::SessionTag;
use crate::look::escape;
use crate::net::{Endpoint, Framing, transport};
use crate::record::ends::met;

/// How many actors have a line of their own; those beyond share the last one.
pub(super) const MOST: usize = 12;
/// How many are told apart; peers decide how many there are.
const KNOWN: usize = 1024;
/// How many pairs of addresses are remembered beyond those of open sessions.
const PAIRS: usize = 4096;
/// How many ends of sockets without a name wait for their other end.
const WAITING: usize = 64;

/// An address, and whether it is one of datagrams: those have ports of their own.
type Place = (bool, Endpoint);

/// Somebody who takes part.
#[derive(Debug)]
pub(super) struct Actor {
    /// Its name: a session's, or the address of one outside of the run.
    pub(super) name: String,
    /// Where it is; empty where nothing is known.
    pub(super) place: String,
    /// Whether it is of the run itself.
    pub(super) inside: bool,
    /// The actor that it turned out to be.
    same: Option<usize>,
}

/// A session's ends.
#[derive(Debug)]
struct Ends {
    own: usize,
    peer: usize,
    /// The addresses at which a session of the run would be the other end: its own, then the peer's.
    turned: Option<(Place, Place)>,
    /// Whether a session of the run is known to be the other end.
    paired: bool,
}

/// Who takes part.
#[derive(Debug, Default)]
pub(super) struct Actors {
    all: Vec<Actor>,
    /// Who is at an address.
    at: HashMap<Place, usize>,
    /// The sessions that are open.
    sessions: HashMap<u64, Ends>,
    /// Who listens, and whether for datagrams, by the names of their sessions.
    listeners: HashMap<String, (usize, bool)>,
    /// Between which addresses sessions of the run are: theirs, then the peer's.
    pairs: HashMap<(Place, Place), u64>,
    /// Sessions whose other end has no address, by the path between them, as they came: those that connected, and those
    /// that were accepted.
    waiting: HashMap<Endpoint, [VecDeque<u64>; 2]>,
    /// Who asks by `http`.
    asker: Option<usize>,
}

impl Actors {
    /// A listener or relay.
    pub(super) fn listens(&mut self, tag: &SessionTag, protocol: &str, at: &[Endpoint]) {
        let place = at.first().map(endpoint).unwrap_or_default();
        let (actor, datagrams) = (self.add(&tag.name, place, true), has_datagrams(protocol));
        self.listeners.insert(tag.name.clone(), (actor, datagrams));
        for place in at {
            let nearby = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].map(|ip| met(place, &near(ip)));
            for place in nearby {
                self.at.insert((datagrams, place), actor);
            }
        }
    }

    /// A session that connected.
    pub(super) fn connected(&mut self, tag: &SessionTag, protocol: &str, local: &Endpoint, peer: &Endpoint) {
        let own = self.add(&tag.name, endpoint(local), true);
        let place = |end: &Endpoint| (has_datagrams(protocol), end.clone());
        let other = self.find(place(peer));
        if matches!(local, Endpoint::Unnamed) {
            self.open(tag.id, own, other, None);
            self.pair(tag.id, peer, 0);
        } else {
            self.adopt(place(local), own);
            self.open(tag.id, own, other, Some((place(local), place(peer))));
        }
    }

    /// A session that a listener accepted.
    pub(super) fn accepted(&mut self, tag: &SessionTag, local: &Endpoint, peer: &Endpoint) {
        let listener = tag.name.rsplit_once('.').map_or("", |(listener, _)| listener);
        let known = self.listeners.get(listener).copied();
        let (own, datagrams) = known.unwrap_or_else(|| (self.add(&tag.name, endpoint(local), true), false));
        if matches!(peer, Endpoint::Unnamed) {
            let other = self.add(&tag.name, String::new(), false);
            self.open(tag.id, own, other, None);
            self.pair(tag.id, local, 1);
        } else {
            let other = self.find((datagrams, peer.clone()));
            self.open(tag.id, own, other, Some(((datagrams, met(local, peer)), (datagrams, peer.clone()))));
        }
    }

    /// A relay's connection to a target.
    pub(super) fn reached(&mut self, tag: &SessionTag, local: &Endpoint) {
        let own = self.sessions.get(&tag.id).map(|ends| ends.own);
        if let Some(own) = own.filter(|_| !matches!(local, Endpoint::Unnamed)) {
            // Whether it is one of datagrams is not told.
            self.adopt((false, local.clone()), own);
            self.adopt((true, local.clone()), own);
        }
    }

    /// An answer to what `http` asked. Whether who answered is of the run and tells of it itself.
    pub(super) fn answered(&mut self, session: Option<&SessionTag>, local: &Endpoint, peer: &Endpoint) -> Answered {
        let own = self.asker.unwrap_or_else(|| self.add("http", String::new(), true));
        self.asker = Some(own);
        let (local, peer) = ((false, local.clone()), (false, peer.clone()));
        self.adopt(local.clone(), own);
        if self.pairs.contains_key(&(peer.clone(), local)) {
            return Answered::Inside;
        }
        let other = self.find(peer);
        if let Some(tag) = session {
            self.open(tag.id, own, other, None);
        }
        Answered::Outside { own, peer: other }
    }

    /// From whom to whom goes what a session sends or, with `incoming`, receives; `None` if the other end tells of it.
    pub(super) fn way(&mut self, session: u64, incoming: bool) -> Option<(usize, usize)> {
        let ends = self.sessions.get(&session)?;
        if !incoming {
            return Some((ends.own, ends.peer));
        }
        if ends.paired || ends.turned.as_ref().is_some_and(|turned| self.pairs.contains_key(turned)) {
            return None;
        }
        // Who speaks before its other end was told of is none of the run's.
        for [_, accepted] in self.waiting.values_mut() {
            accepted.retain(|waits| *waits != session);
        }
        Some((ends.peer, ends.own))
    }

    /// The actor that a session is, or belongs to.
    pub(super) fn own(&self, tag: &SessionTag) -> Option<usize> {
        let open = self.sessions.get(&tag.id).map(|ends| ends.own);
        open.or_else(|| self.listeners.get(&tag.name).map(|(actor, _)| *actor)).or(self.asker)
    }

    /// A session is over.
    pub(super) fn closed(&mut self, session: u64) {
        self.sessions.remove(&session);
        if self.pairs.len() > self.sessions.len() + PAIRS {
            let sessions = &self.sessions;
            self.pairs.retain(|_, id| sessions.contains_key(id));
        }
    }

    /// The actor that one turned out to be.
    pub(super) fn resolve(&self, mut actor: usize) -> usize {
        while let Some(same) = self.all[actor].same {
            actor = same;
        }
        actor
    }

    /// What is known of an actor.
    pub(super) fn get(&self, actor: usize) -> &Actor {
        &self.all[self.resolve(actor)]
    }

    fn add(&mut self, name: &str, place: String, inside: bool) -> usize {
        if self.all.len() >= KNOWN {
            return KNOWN - 1;
        }
        let name = escape::one_line(name.as_bytes());
        self.all.push(Actor { name, place, inside, same: None });
        self.all.len() - 1
    }

    /// Who is at an address; somebody outside if that is not known.
    fn find(&mut self, at: Place) -> usize {
        if let Some(actor) = self.at.get(&at) {
            return *actor;
        }
        let actor = self.add(&endpoint(&at.1), String::new(), false);
        if self.at.len() < KNOWN {
            self.at.insert(at, actor);
        }
        actor
    }

    /// An address turns out to be an actor's.
    fn adopt(&mut self, at: Place, actor: usize) {
        if let Some(before) = self.at.insert(at, actor)
            && !self.all[before].inside
            && self.resolve(before) != self.resolve(actor)
        {
            self.all[before].same = Some(actor);
        }
    }

    fn open(&mut self, session: u64, own: usize, peer: usize, between: Option<(Place, Place)>) {
        let turned = between.clone().map(|(local, peer)| (peer, local));
        if let Some(between) = between {
            self.pairs.insert(between, session);
        }
        self.sessions.insert(session, Ends { own, peer, turned, paired: false });
    }

    /// Sockets without a name: those that connect to a path are accepted in that order.
    fn pair(&mut self, session: u64, path: &Endpoint, side: usize) {
        let waiting = self.waiting.entry(path.clone()).or_default();
        let Some(other) = waiting[1 - side].pop_front() else {
            if waiting[side].len() < WAITING {
                waiting[side].push_back(session);
            }
            return;
        };
        let (connected, accepted) = if side == 0 { (session, other) } else { (other, session) };
        let Some(client) = self.sessions.get_mut(&connected).map(|ends| {
            ends.paired = true;
            ends.own
        }) else {
            return;
        };
        if let Some(ends) = self.sessions.get_mut(&accepted) {
            ends.paired = true;
            if ends.peer != client && !self.all[ends.peer].inside {
                self.all[ends.peer].same = Some(client);
            }
        }
    }
}

/// Whether an answer came from a session of the run.
pub(super) enum Answered {
    /// It did.
    Inside,
    /// It did not; who asked whom.
    Outside {
        /// Who asked.
        own: usize,
        /// Who answered.
        peer: usize,
    },
}

fn has_datagrams(protocol: &str) -> bool {
    transport::find(protocol).is_some_and(|transport| transport.framing() == Framing::Datagram)
}

/// A peer on this machine.
fn near(ip: IpAddr) -> Endpoint {
    Endpoint::Inet(SocketAddr::new(ip, 0))
}

/// An address as texts name it; the path of a socket may hold anything.
fn endpoint(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Unnamed => String::new(),
        named => escape::one_line(named.to_string().as_bytes()),
    }
}
