//! The two directions of a relayed connection, each independent of the other: the first that ends never cuts the
//! second.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::watch;

use super::Plan;
use super::down::all_down;
use super::outlet::Outlets;
use super::up::all_up;
use crate::net::flow::{Sink, Source};
use crate::net::socket::Framing;

/// How a relayed connection ended.
pub(super) enum Outcome {
    /// Both directions have ended.
    Done,
    /// The client is gone.
    Client(io::Error),
    /// No target is left, or a required one is lost.
    NoTarget,
}

/// Moves everything both ways.
pub(super) async fn exchange(mut source: Source, sink: &Sink, outlets: &Outlets<'_>, plan: &Plan) -> Outcome {
    let (finished, client_finished) = watch::channel(false);
    let datagram_client = source.framing() == Framing::Datagram;
    let mut up = pin!(async {
        all_up(&mut source, outlets).await?;
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
