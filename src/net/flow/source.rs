//! The direction from the peer: receives, counts, tells who watches, and passes through the transforming stages.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::idle::Activity;
use super::reader::Reader;
use super::sink::add;
use super::{Conversation, DataPath, Happening, Pipe, pool};
use crate::net::clock;
use crate::net::pending::Pending;
use crate::net::socket::{Framing, MessageKind, Received, Socket};
use crate::net::stage::{Chain, Cut};

/// How long a peer that we have nothing more to say to may keep sending, and be silent meanwhile.
const LINGER: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(2));

/// As messages of which kind others should get what came last from `socket`: of its own; what was no message is binary,
/// for nobody has said that a piece of it is text.
pub(in crate::net) fn message_kind(socket: &dyn Socket) -> MessageKind {
    socket.received_kind().unwrap_or(MessageKind::Binary)
}

/// What a flow receives from its peer.
pub struct Source {
    conversation: Conversation,
    activity: Option<Arc<Activity>>,
    chain: Chain,
    reader: Reader,
    ended: bool,
    /// What the gate holds back.
    held: Option<BytesMut>,
}

/// Where the stages stand.
enum Settled {
    /// This has come out.
    Piece(BytesMut),
    /// Nothing more will.
    Ended,
    /// More may, when more is received or a stage is due.
    Hungry,
}

impl Source {
    pub(super) fn new(conversation: Conversation, activity: Option<Arc<Activity>>, chain: Chain) -> Self {
        let reader = Reader::new(Arc::clone(&conversation.connection));
        Self { conversation, activity, chain, reader, ended: false, held: None }
    }

    /// Keeps pieces small enough for a datagram.
    pub(in crate::net) fn in_small_pieces(&mut self) {
        self.reader.in_small_pieces();
    }

    /// How the peer frames bytes.
    pub fn framing(&self) -> Framing {
        self.conversation.connection.framing()
    }

    /// As messages of which kind others should get what came last.
    pub(in crate::net) fn kind(&self) -> MessageKind {
        message_kind(&*self.conversation.connection)
    }

    /// The path of what comes, as far as this end and who watches decide it: a kernel's unless something is in the way.
    pub(in crate::net) fn path(&self) -> DataPath {
        if !self.chain.is_empty() {
            DataPath::Staged
        } else if !self.conversation.connection.is_kernel_stream() {
            DataPath::beside_kernel(&*self.conversation.connection)
        } else if self.conversation.observer.watches() {
            DataPath::Watched
        } else if !self.is_open() {
            DataPath::Held
        } else {
            DataPath::Splice
        }
    }

    /// Notes the path that was chosen.
    pub(in crate::net) fn note(&self, path: DataPath) {
        self.conversation.counters.path_up.set(path);
    }

    /// Waits until something may have come, where that can be told without taking it.
    pub(in crate::net) async fn ready(&mut self) -> io::Result<()> {
        let connection = &self.conversation.connection;
        if self.chain.is_empty() && self.held.is_none() && !self.ended && connection.is_kernel_stream() {
            poll_fn(|cx| connection.poll_receive_ready(cx)).await?;
        }
        Ok(())
    }

    /// Takes what has come into an empty pipe, past the stages; `ErrorKind::WouldBlock` when nothing has.
    pub(in crate::net) fn fill(&mut self, pipe: &mut Pipe) -> io::Result<Received> {
        let received = match pipe.fill(&*self.conversation.connection)? {
            0 => Received::End,
            filled => Received::Data(filled),
        };
        self.tally(received);
        Ok(received)
    }

    /// Whether everything that comes passes at once: nothing is held back, or will be.
    pub(in crate::net) fn is_open(&self) -> bool {
        self.held.is_none() && self.conversation.gates.up.is_open()
    }

    /// The next piece of the stream or the next datagram, as the stages and the gate let it through; `None` when the
    /// peer has finished. Give the piece back with [`Source::recycle`]. A reset is an error. Cancel safe.
    pub async fn next(&mut self) -> io::Result<Option<BytesMut>> {
        if self.held.is_none() {
            let came = self.come().await?;
            if self.is_open() {
                return Ok(came);
            }
            self.held = came;
        }
        let gate = &self.conversation.gates.up;
        let Some(piece) = &mut self.held else {
            gate.opened().await;
            return Ok(None);
        };
        let admitted = gate.admit(self.conversation.connection.framing(), piece.len()).await;
        if admitted < piece.len() {
            return Ok(Some(piece.split_to(admitted)));
        }
        Ok(self.held.take())
    }

    /// What comes next, as the stages leave it.
    async fn come(&mut self) -> io::Result<Option<BytesMut>> {
        loop {
            if !self.chain.is_empty() {
                self.chain.follow_changes(&self.conversation.gates.changes);
                match self.settle()? {
                    Settled::Piece(piece) => return Ok(Some(piece)),
                    Settled::Ended => return Ok(None),
                    Settled::Hungry => {}
                }
            }
            let received = if self.chain.is_empty() {
                self.receive().await?
            } else {
                let (gates, seen) = (Arc::clone(&self.conversation.gates), self.chain.changes());
                tokio::select! {
                    biased;
                    received = self.receive() => received?,
                    () = gates.changes.more(seen) => continue,
                }
            };
            match received {
                Some(Received::End) => {
                    if self.chain.is_empty() {
                        return Ok(None);
                    }
                    self.chain.end();
                }
                Some(Received::Data(_) | Received::Datagram(_)) => {
                    let piece = self.reader.take();
                    if self.chain.is_empty() {
                        return Ok(Some(piece));
                    }
                    // What was ordered before it came holds for it.
                    self.chain.follow_changes(&self.conversation.gates.changes);
                    self.chain.push(piece);
                }
                None => self.chain.wake(clock::now()),
            }
        }
    }

    /// What the stages have to say before anything else is received.
    fn settle(&mut self) -> io::Result<Settled> {
        for shown in self.chain.shown() {
            self.conversation.observer.notice(Happening::Shown(shown));
        }
        if let Some(piece) = self.chain.pop() {
            return Ok(Settled::Piece(piece));
        }
        match self.chain.cut() {
            Some(Cut::Reset) => {
                self.conversation.connection.reset()?;
                Err(io::Error::new(ErrorKind::ConnectionAborted, "reset by a stage"))
            }
            Some(Cut::Close) => Ok(Settled::Ended),
            None => Ok(if self.chain.is_ended() { Settled::Ended } else { Settled::Hungry }),
        }
    }

    /// Receives into the buffer; `None` when a stage is due.
    async fn receive(&mut self) -> io::Result<Option<Received>> {
        let due = self.chain.due();
        if self.ended && due.is_none() {
            // Asked again after the end.
            return Ok(Some(Received::End));
        }
        if self.ended || !self.chain.is_ready() {
            let due = due.ok_or_else(|| io::Error::other("a stage takes nothing and is due never"))?;
            let _pending = Pending::until(due);
            // In a box, like what else waits for a time: a conversation without stages has no room for timers.
            Box::pin(tokio::time::sleep_until(due)).await;
            return Ok(None);
        }
        if due.is_some_and(|due| due <= clock::now()) {
            // However much comes, what is due goes first.
            return Ok(None);
        }
        match due {
            None => self.receive_now().await.map(Some),
            Some(due) => {
                let _pending = Pending::until(due);
                match Box::pin(tokio::time::timeout_at(due, self.receive_now())).await {
                    Ok(received) => received.map(Some),
                    Err(_due) => Ok(None),
                }
            }
        }
    }

    async fn receive_now(&mut self) -> io::Result<Received> {
        loop {
            match self.reader.receive().await {
                // Some datagram of ours found nobody: the conversation goes on.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused && self.framing() == Framing::Datagram => {}
                Err(error) => return Err(error),
                Ok(received) => {
                    self.count(received);
                    return Ok(received);
                }
            }
        }
    }

    fn count(&mut self, received: Received) {
        self.tally(received);
        if received != Received::End && self.conversation.observer.watches() {
            self.conversation.observer.notice(Happening::Received(Bytes::copy_from_slice(self.reader.bytes())));
        }
    }

    fn tally(&mut self, received: Received) {
        let counters = &self.conversation.counters;
        match received {
            Received::Data(length) => add(&counters.received, length),
            Received::Datagram(length) => {
                add(&counters.received, length);
                add(&counters.datagrams_received, 1);
            }
            Received::End => {
                self.ended = true;
                return self.conversation.observer.notice(Happening::PeerFinished);
            }
        }
        if let Some(activity) = &self.activity {
            activity.touch();
        }
    }

    /// Counts what targets have missed.
    pub(in crate::net) fn miss(&self, bytes: u64) {
        self.conversation.counters.missed.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes back a piece whose bytes are no longer needed.
    pub fn recycle(&mut self, piece: BytesMut) {
        pool::give(piece);
    }

    /// Waits for the peer's end after ours, so that closing does not reset what it has not read yet (RFC 9293,
    /// 3.6.1). Not for ever: a peer that stays is left after 2 s of silence or 30 s.
    pub async fn linger(&mut self) -> io::Result<()> {
        if self.ended || self.framing() == Framing::Datagram {
            return Ok(());
        }
        let (whole, silence) = LINGER;
        let drain = async {
            while !self.ended {
                match tokio::time::timeout(silence, self.receive_now()).await {
                    Ok(Ok(_)) => pool::give(self.reader.take()),
                    // A reset now is the peer's way of closing.
                    Ok(Err(_)) | Err(_) => return,
                }
            }
        };
        let _ = Box::pin(tokio::time::timeout(whole, drain)).await;
        Ok(())
    }
}
