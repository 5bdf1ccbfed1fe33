//! The two directions of a relayed connection, each independent of the other: the first that ends never cuts the
//! second.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use super::outlet::{Outlet, Outlets};
use super::{Plan, Replies, staged};
use crate::net::flow::{Reader, Sink, Source};
use crate::net::socket::{Connection, Framing, Received};
use crate::net::transport::BoxFuture;

/// How long a datagram target may be silent after the client has finished, before nothing more is expected of it.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a relayed connection ended.
pub(super) enum Outcome {
    /// Both directions have ended.
    Done,
    /// The client is gone.
    Client(io::Error),
    /// No target is left, or a required one is lost.
    NoTarget,
}

/// How the bytes of one direction move.
enum DataPath {
    /// Through our memory.
    Copy,
}

/// Picks the path of the way up: the kernel's (`splice(2)`, `tee(2)`) will go where no stage transforms, nobody
/// watches, and both ends have descriptors.
fn path_up(_source: &Source, _outlets: &Outlets<'_>) -> DataPath {
    DataPath::Copy
}

/// Moves everything both ways.
pub(super) async fn exchange(mut source: Source, sink: &Sink, outlets: &Outlets<'_>, plan: &Plan) -> Outcome {
    let (finished, client_finished) = watch::channel(false);
    let datagram_client = source.framing() == Framing::Datagram;
    let mut up = pin!(async {
        match path_up(&source, outlets) {
            DataPath::Copy => copy_up(&mut source, outlets).await?,
        }
        finished.send_replace(true);
        Ok(())
    });
    let answering = outlets.all.iter().any(|outlet| outlet.connection().is_some());
    let mut down = pin!(async {
        if answering {
            all_down(sink, outlets, plan, &client_finished).await?;
        } else {
            // Files say nothing: there is nothing more to come once the client has finished.
            let _ = client_finished.clone().wait_for(|finished| *finished).await;
        }
        if outlets.is_over() { Ok(()) } else { sink.finish().await }
    });
    let (mut up_ended, mut down_ended) = (false, false);
    poll_fn(|cx| {
        if let Err(error) = advance(&mut down_ended, || down.as_mut().poll(cx)) {
            return Poll::Ready(Outcome::Client(error));
        }
        if let Err(error) = advance(&mut up_ended, || up.as_mut().poll(cx)) {
            return Poll::Ready(Outcome::Client(error));
        }
        if outlets.is_over() {
            return Poll::Ready(Outcome::NoTarget);
        }
        // A datagram client never says that it has finished.
        if down_ended && (up_ended || datagram_client) { Poll::Ready(Outcome::Done) } else { Poll::Pending }
    })
    .await
}

/// Polls a direction unless it has ended, and notes when it does.
fn advance(ended: &mut bool, poll: impl FnOnce() -> Poll<io::Result<()>>) -> io::Result<()> {
    if !*ended && let Poll::Ready(outcome) = poll() {
        outcome?;
        *ended = true;
    }
    Ok(())
}

/// The way to the targets. An error is the client's.
async fn copy_up(source: &mut Source, outlets: &Outlets<'_>) -> io::Result<()> {
    if outlets.has_datagrams() {
        source.in_small_pieces();
    }
    while let Some(piece) = source.next().await? {
        outlets.send(&piece).await;
        source.recycle(piece);
    }
    outlets.finish().await;
    // A stage may have cut the conversation.
    source.linger().await
}

/// The way back from all targets, until all have finished or are lost. An error is the client's.
async fn all_down(
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
        if plan.pipeline.transforms_back() && returns {
            let chain = plan.pipeline.chain_back(peer.framing());
            let down = staged::down(&client, outlet, Arc::clone(peer), chain, client_finished.clone());
            return Box::pin(down) as BoxFuture<'_, _>;
        }
        Box::pin(one_down(&client, outlet, Arc::clone(peer), returns, client_finished.clone())) as BoxFuture<'_, _>
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

/// The way back from one target, until it has finished or is lost.
async fn one_down(
    client: &Mutex<&Sink>,
    outlet: &Outlet<'_>,
    peer: Connection,
    returns: bool,
    mut client_finished: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut reader = Reader::new(peer);
    let datagrams = reader.framing() == Framing::Datagram;
    if client.lock().await.framing() == Framing::Datagram {
        reader.in_small_pieces();
    }
    loop {
        let silence = async {
            let _ = client_finished.wait_for(|finished| *finished).await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let received = if datagrams {
            tokio::select! {
                received = reader.receive() => received,
                () = silence => return Ok(()),
            }
        } else {
            reader.receive().await
        };
        match received {
            Ok(Received::End) => return Ok(()),
            Ok(Received::Data(_) | Received::Datagram(_)) if returns => {
                client.lock().await.send(reader.bytes()).await?;
            }
            Ok(_) => {}
            Err(error) if datagrams && error.kind() == ErrorKind::ConnectionRefused => outlet.tell(&error),
            Err(error) => {
                outlet.lose(&error);
                return Ok(());
            }
        }
        reader.done();
    }
}
