//! The way down: from the targets to the client.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use super::fan::Fan;
use super::outlet::{Outlet, Outlets};
use super::up::TURN;
use super::{Plan, Replies, staged};
use crate::net::flow::{DataPath, Pipe, Reader, Sink, is_refusal};
use crate::net::socket::{Connection, Framing, Received};
use crate::net::transport::BoxFuture;

/// How long a datagram target may be silent after the client has finished, before nothing more is expected of it.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// The way back from all targets, until all have finished or are lost. An error is the client's.
pub(super) async fn all_down(
    sink: &Sink,
    outlets: &Outlets<'_>,
    plan: &Plan,
    client_finished: &watch::Receiver<bool>,
) -> io::Result<()> {
    let client = Mutex::new(sink);
    let one = |outlet, peer: &Connection| {
        let returns = match plan.replies {
            Replies::All => true,
            Replies::First => Outlet::is_first(outlet),
            Replies::None => false,
        };
        let (client, peer, client_finished) = (&client, Arc::clone(peer), client_finished.clone());
        if plan.pipeline.transforms_back() && returns {
            sink.note(DataPath::Staged);
            let chain = plan.pipeline.chain_back(peer.framing());
            return Box::pin(staged::down(client, outlet, peer, chain, client_finished)) as BoxFuture<'_, _>;
        }
        let reader = Reader::new(Arc::clone(&peer));
        let way = Return { client, sink, outlet, peer, reader, returns, refused: false, client_finished };
        Box::pin(way.run()) as BoxFuture<'_, _>
    };
    let all = outlets.all.iter().filter_map(|outlet| Some(one(outlet, outlet.connection()?)));
    try_all(all.collect()).await
}

/// Runs all at the same time to their end, or to the first error.
async fn try_all(mut work: Vec<BoxFuture<'_, io::Result<()>>>) -> io::Result<()> {
    poll_fn(|cx| {
        let mut failure = None;
        work.retain_mut(|future| match future.as_mut().poll(cx) {
            Poll::Ready(Err(error)) => {
                failure.get_or_insert(error);
                false
            }
            Poll::Ready(Ok(())) => false,
            Poll::Pending => true,
        });
        match failure {
            Some(error) => Poll::Ready(Err(error)),
            None if work.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await
}

/// The way back from one target.
struct Return<'a> {
    client: &'a Mutex<&'a Sink>,
    sink: &'a Sink,
    outlet: &'a Outlet<'a>,
    peer: Connection,
    reader: Reader,
    /// Whether what it says goes to the client.
    returns: bool,
    /// Whether the system has refused to splice.
    refused: bool,
    client_finished: watch::Receiver<bool>,
}

/// What ends a way back.
enum End {
    /// The target has finished, or nothing more is expected of it.
    Target,
    /// The target is lost.
    Lost(io::Error),
    /// The client is gone.
    Client(io::Error),
}

impl Return<'_> {
    /// Moves everything until the target has finished or is lost. An error is the client's.
    async fn run(mut self) -> io::Result<()> {
        if self.sink.framing() == Framing::Datagram {
            self.reader.in_small_pieces();
        }
        self.sink.note(self.path());
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(End::Target) => return Ok(()),
                Err(End::Lost(error)) => {
                    self.outlet.lose(&error);
                    return Ok(());
                }
                Err(End::Client(error)) => return Err(error),
            }
        }
    }

    /// The path that is open now.
    fn path(&self) -> DataPath {
        if !Fan::IS_POSSIBLE || self.refused {
            DataPath::Unsupported
        } else if !self.returns {
            DataPath::Dropped
        } else if !self.peer.is_kernel_stream() {
            DataPath::beside_kernel(&*self.peer)
        } else {
            self.sink.path()
        }
    }

    /// Moves what comes next, on the path that is open when it has come.
    async fn step(&mut self) -> Result<(), End> {
        if self.peer.is_kernel_stream() {
            poll_fn(|cx| self.peer.poll_receive_ready(cx)).await.map_err(End::Lost)?;
        }
        let path = self.path();
        self.sink.note(path);
        if !path.is_kernel() {
            return self.copy().await;
        }
        if let Some(mut pipe) = Pipe::take() {
            let course = self.splice(&mut pipe).await;
            pipe.give();
            course
        } else {
            self.sink.note(DataPath::NoPipe);
            self.copy().await
        }
    }

    /// Moves one piece through our memory.
    async fn copy(&mut self) -> Result<(), End> {
        match self.receive().await {
            Ok(Received::End) => return Err(End::Target),
            Ok(Received::Data(length) | Received::Datagram(length)) => {
                self.outlet.note_received(length);
                if self.returns {
                    self.client.lock().await.send(self.reader.bytes()).await.map_err(End::Client)?;
                }
            }
            Err(End::Lost(error)) if self.is_refused_datagram(&error) => self.outlet.tell(&error),
            Err(end) => return Err(end),
        }
        self.reader.done();
        Ok(())
    }

    async fn receive(&mut self) -> Result<Received, End> {
        if self.reader.framing() == Framing::Stream {
            return self.reader.receive().await.map_err(End::Lost);
        }
        let silence = async {
            let _ = self.client_finished.wait_for(|finished| *finished).await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            received = self.reader.receive() => received.map_err(End::Lost),
            () = silence => Err(End::Target),
        }
    }

    fn is_refused_datagram(&self, error: &io::Error) -> bool {
        self.reader.framing() == Framing::Datagram && error.kind() == ErrorKind::ConnectionRefused
    }

    /// Has the kernel move what there is, as long as its path is open and nobody else waits.
    async fn splice(&mut self, pipe: &mut Pipe) -> Result<(), End> {
        let mut moved = 0;
        while self.path().is_kernel() {
            match pipe.fill(&*self.peer) {
                Ok(0) => return Err(End::Target),
                Ok(length) => {
                    moved += length;
                    self.outlet.note_received(length);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if is_refusal(&error) => self.refused = true,
                Err(error) => return Err(End::Lost(error)),
            }
            self.client.lock().await.drain(pipe).await.map_err(End::Client)?;
            if moved >= TURN {
                moved = 0;
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}
