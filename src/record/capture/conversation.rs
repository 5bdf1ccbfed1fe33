//! Conversations: the packets of one connection, or of the datagrams between two addresses.

use std::io;
use std::net::SocketAddr;

use etherparse::{TcpHeader, TcpOptionElement};

use super::file::Packets;
use super::packet;

/// Which end of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// Who connected.
    Client,
    /// Who was connected to.
    Server,
}

impl End {
    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The most content of a segment, in bytes: what fits beside both headers into a packet of either version of IP.
const SEGMENT: u16 = 65_475;
/// How much may be under way; every segment is acknowledged at once.
const WINDOW: u16 = u16::MAX;

/// What is known of one end.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// The session whose end it is; none for a program outside.
    pub(super) session: Option<u64>,
    /// Whether that session is over.
    pub(super) over: bool,
    /// The number of the next byte from it.
    next: u32,
    /// Whether it has said that no more comes.
    finished: bool,
}

/// Between whom a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Whether it is one of datagrams.
    pub(super) datagrams: bool,
    /// Who connected.
    pub(super) client: SocketAddr,
    /// Who was connected to.
    pub(super) server: SocketAddr,
}

/// A conversation between two addresses.
#[derive(Debug)]
pub(super) struct Conversation {
    key: Key,
    /// Whether its bytes are messages of WebSocket.
    pub(super) messages: bool,
    sides: [Side; 2],
    reset: bool,
}

impl Conversation {
    /// One between those.
    pub(super) fn new(key: Key, messages: bool) -> Self {
        Self { key, messages, sides: [Side::default(), Side::default()], reset: false }
    }

    /// What is known of an end.
    pub(super) const fn side(&self, end: End) -> &Side {
        &self.sides[end as usize]
    }

    /// The same, to note something.
    pub(super) const fn side_mut(&mut self, end: End) -> &mut Side {
        &mut self.sides[end as usize]
    }

    /// Whether every session that takes part is over.
    pub(super) fn is_over(&self) -> bool {
        self.sides.iter().all(|side| side.session.is_none() || side.over)
    }

    const fn addresses(&self, from: End) -> (SocketAddr, SocketAddr) {
        match from {
            End::Client => (self.key.client, self.key.server),
            End::Server => (self.key.server, self.key.client),
        }
    }

    /// The handshake.
    pub(super) fn open(&mut self, out: &mut Packets, at: u64, comment: &str) -> io::Result<()> {
        if self.key.datagrams {
            return Ok(());
        }
        let mut first = TcpHeader { syn: true, ..self.header(End::Client) };
        first.ack = false;
        set_segment(&mut first)?;
        self.write(out, at, End::Client, first, &[], Some(comment))?;
        self.side_mut(End::Client).next = 1;
        let mut second = TcpHeader { syn: true, ..self.header(End::Server) };
        set_segment(&mut second)?;
        self.write(out, at, End::Server, second, &[], None)?;
        self.side_mut(End::Server).next = 1;
        self.acknowledge(out, at, End::Client)
    }

    /// What one end sent.
    pub(super) fn send(
        &mut self,
        out: &mut Packets,
        at: u64,
        from: End,
        content: &[u8],
        mut comment: Option<&str>,
    ) -> io::Result<()> {
        if self.key.datagrams {
            let (from, to) = self.addresses(from);
            let content = &content[..content.len().min(packet::LONGEST_DATAGRAM)];
            return out.write(at, packet::datagram(from, to, content)?, comment);
        }
        if self.side(from).finished {
            return Ok(());
        }
        for piece in content.chunks(usize::from(SEGMENT)) {
            let header = TcpHeader { psh: true, ..self.header(from) };
            self.write(out, at, from, header, piece, comment.take())?;
            self.advance(from, piece.len());
            self.acknowledge(out, at, from.other())?;
        }
        Ok(())
    }

    /// One end has sent all that it will.
    pub(super) fn finish(&mut self, out: &mut Packets, at: u64, from: End) -> io::Result<()> {
        if self.key.datagrams || self.reset || self.side(from).finished {
            return Ok(());
        }
        let header = TcpHeader { fin: true, ..self.header(from) };
        self.write(out, at, from, header, &[], None)?;
        self.advance(from, 1);
        self.side_mut(from).finished = true;
        self.acknowledge(out, at, from.other())
    }

    /// One end breaks it off.
    pub(super) fn reset(&mut self, out: &mut Packets, at: u64, from: End, comment: &str) -> io::Result<()> {
        if self.key.datagrams || self.reset || self.sides.iter().all(|side| side.finished) {
            return Ok(());
        }
        let header = TcpHeader { rst: true, ..self.header(from) };
        self.write(out, at, from, header, &[], Some(comment))?;
        self.reset = true;
        self.sides.iter_mut().for_each(|side| side.finished = true);
        Ok(())
    }

    fn acknowledge(&self, out: &mut Packets, at: u64, from: End) -> io::Result<()> {
        self.write(out, at, from, self.header(from), &[], None)
    }

    /// Sequence numbers begin at 0, and pass over their end (RFC 9293, 3.4).
    fn advance(&mut self, end: End, count: usize) {
        let side = self.side_mut(end);
        side.next = side.next.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// A header that acknowledges all that has come.
    fn header(&self, from: End) -> TcpHeader {
        let mut header = TcpHeader::new(0, 0, self.side(from).next, WINDOW);
        header.ack = true;
        header.acknowledgment_number = self.side(from.other()).next;
        header
    }

    fn write(
        &self,
        out: &mut Packets,
        at: u64,
        from: End,
        header: TcpHeader,
        content: &[u8],
        comment: Option<&str>,
    ) -> io::Result<()> {
        let (from, to) = self.addresses(from);
        out.write(at, packet::segment(from, to, header, content)?, comment)
    }
}

fn set_segment(header: &mut TcpHeader) -> io::Result<()> {
    header.set_options(&[TcpOptionElement::MaximumSegmentSize(SEGMENT)]).map_err(io::Error::other)
}
