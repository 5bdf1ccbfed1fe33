//! The direction to the peer: sends, counts, and tells who watches.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::idle::Activity;
use super::{Conversation, Counters, DataPath, Gate, Gates, Happening, Observer, Pipe, Source};
use crate::net::address::Endpoint;
use crate::net::socket::{Connection, Framing};
use crate::net::stage::Chain;
use crate::net::transport::{BoxFuture, Lost};

/// What a flow sends to its peer.
pub struct Sink {
    conversation: Conversation,
    activity: Option<Arc<Activity>>,
}

pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

impl Sink {
    pub(super) fn new(conversation: Conversation, activity: Option<Arc<Activity>>) -> Self {
        Self { conversation, activity }
    }

    /// How the peer frames bytes.
    pub fn framing(&self) -> Framing {
        self.conversation.connection.framing()
    }

    /// The peer.
    pub fn peer(&self) -> Endpoint {
        self.conversation.connection.peer()
    }

    /// Our end.
    pub fn local(&self) -> Endpoint {
        self.conversation.connection.local()
    }

    /// Tells the conversation's observer.
    pub fn notice(&self, happening: Happening) {
        self.conversation.observer.notice(happening);
    }

    /// Counts datagrams that were lost on our side.
    pub fn lose(&self, count: usize) {
        add(&self.conversation.counters.datagrams_lost, count);
    }

    /// Makes the close a reset.
    pub(in crate::net) fn reset(&self) {
        // Where it cannot be abortive it is at least a close.
        let _ = self.conversation.connection.reset();
    }

    /// Waits until the conversation is broken; see [`Socket::broken`](crate::net::Socket::broken).
    pub(in crate::net) fn broken(&self) -> BoxFuture<'_, io::Error> {
        self.conversation.connection.broken()
    }

    /// Sends all of `data`, to a datagram peer as one datagram: one that the system refuses is counted as lost and
    /// is no error. Waits while the peer is slow, or the gate is held.
    pub async fn send(&self, data: &[u8]) -> io::Result<()> {
        if self.framing() == Framing::Datagram {
            self.gate().admit(Framing::Datagram, data.len()).await;
            self.send_datagram(data).await?;
            self.tell(data);
            return Ok(());
        }
        let mut rest = data;
        while !rest.is_empty() {
            let (passing, held) = rest.split_at(self.gate().admit(Framing::Stream, rest.len()).await);
            self.send_stream(passing).await?;
            self.tell(passing);
            rest = held;
        }
        Ok(())
    }

    /// What holds back what goes to the peer.
    pub(in crate::net) fn gate(&self) -> &Gate {
        &self.conversation.gates.down
    }

    /// Tells whoever watches what was sent.
    fn tell(&self, data: &[u8]) {
        if self.conversation.observer.watches() {
            self.notice(Happening::Sent(Bytes::copy_from_slice(data)));
        }
    }

    /// The path of what goes, as far as this end and who watches decide it: a kernel's unless something is in the way.
    pub(in crate::net) fn path(&self) -> DataPath {
        if !self.conversation.connection.is_kernel_stream() {
            DataPath::beside_kernel(&*self.conversation.connection)
        } else if self.conversation.observer.watches() {
            DataPath::Watched
        } else if !self.gate().is_open() {
            DataPath::Held
        } else {
            DataPath::Splice
        }
    }

    /// Notes the path that was chosen.
    pub(in crate::net) fn note(&self, path: DataPath) {
        self.conversation.counters.path_down.set(path);
    }

    /// Sends all that is in the pipe. Waits while the peer is slow.
    pub(in crate::net) async fn drain(&self, pipe: &mut Pipe) -> io::Result<()> {
        while pipe.held() > 0 {
            let most = pipe.held();
            let sent = poll_fn(|cx| pipe.poll_drain(cx, &*self.conversation.connection, most)).await?;
            add(&self.conversation.counters.sent, sent);
            self.touch();
        }
        Ok(())
    }

    async fn send_stream(&self, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            let sent = poll_fn(|cx| self.conversation.connection.poll_send(cx, data)).await?;
            add(&self.conversation.counters.sent, sent);
            self.touch();
            data = &data[sent..];
        }
        Ok(())
    }

    async fn send_datagram(&self, data: &[u8]) -> io::Result<()> {
        let outcome = poll_fn(|cx| self.conversation.connection.poll_send(cx, data)).await;
        let lost = outcome.as_ref().err().and_then(Lost::told_by);
        match outcome {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(error),
            Err(_) if lost.is_none() => self.lose(1),
            _ => {
                add(&self.conversation.counters.sent, data.len());
                add(&self.conversation.counters.datagrams_sent, 1);
                self.touch();
            }
        }
        self.take_back(lost);
        Ok(())
    }

    /// Counts what was thought to be sent and is lost.
    fn take_back(&self, lost: Option<Lost>) {
        if let Some(Lost { datagrams, bytes }) = lost {
            let counters = &self.conversation.counters;
            counters.sent.fetch_sub(bytes as u64, Ordering::Relaxed);
            counters.datagrams_sent.fetch_sub(datagrams as u64, Ordering::Relaxed);
            self.lose(datagrams);
        }
    }

    /// Finishes sending (half-close), when the gate is open.
    pub async fn finish(&self) -> io::Result<()> {
        self.gate().opened().await;
        let outcome = self.conversation.connection.finish().await;
        match outcome.as_ref().err().and_then(Lost::told_by) {
            None => outcome,
            lost => {
                self.take_back(lost);
                Ok(())
            }
        }
    }

    /// The conversation's counters.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.conversation.counters)
    }

    /// What comes from somebody else to be sent here, through stages of its own. Of what happens there only what the
    /// stages show is told.
    pub(in crate::net) fn opposite(&self, connection: Connection, chain: Chain) -> Source {
        let observer = Arc::new(OnlyShown(Arc::clone(&self.conversation.observer)));
        let gates = Arc::new(Gates::following(&self.conversation.gates.changes));
        let conversation = Conversation { connection, counters: Arc::default(), observer, idle: None, gates };
        Source::new(conversation, self.activity.clone(), chain)
    }

    fn touch(&self) {
        if let Some(activity) = &self.activity {
            activity.touch();
        }
    }
}

/// Passes on what stages show and nothing else.
struct OnlyShown(Arc<dyn Observer>);

impl Observer for OnlyShown {
    fn notice(&self, happening: Happening) {
        if let Happening::Shown(_) = happening {
            self.0.notice(happening);
        }
    }

    fn watches(&self) -> bool {
        false
    }
}
