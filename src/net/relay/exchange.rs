//! The two directions of a relayed connection, each independent of the other: the first that ends never cuts the
//! second.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use tokio::sync::watch;

use super::Plan;
use super::down::all_down;
use super::outlet::{Outlet, Outlets};
use super::up::all_up;
use crate::net::flow::{Sink, Source};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

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
    let mut breaks = Breaks::of(sink, outlets);
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
        if down_ended && (up_ended || datagram_client) {
            return Poll::Ready(Outcome::Done);
        }
        if let Poll::Ready(error) = breaks.poll_client(cx) {
            return Poll::Ready(Outcome::Client(error));
        }
        breaks.poll_targets(cx);
        if outlets.is_over() { Poll::Ready(Outcome::NoTarget) } else { Poll::Pending }
    })
    .await
}

/// Who waits for ends that break, also while nothing is received from them or sent to them because others stall.
struct Breaks<'a> {
    client: BoxFuture<'a, io::Error>,
    targets: Vec<(&'a Outlet<'a>, BoxFuture<'a, io::Error>)>,
}

impl<'a> Breaks<'a> {
    fn of(sink: &'a Sink, outlets: &'a Outlets<'_>) -> Self {
        let targets = outlets.all.iter().filter_map(|outlet| Some((outlet, outlet.connection()?.broken())));
        Self { client: sink.broken(), targets: targets.collect() }
    }

    /// How the client has broken.
    fn poll_client(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.client.as_mut().poll(cx)
    }

    /// Loses the targets that have broken.
    fn poll_targets(&mut self, cx: &mut Context<'_>) {
        self.targets.retain_mut(|(outlet, broken)| match broken.as_mut().poll(cx) {
            Poll::Ready(error) => {
                outlet.lose(&error);
                false
            }
            Poll::Pending => true,
        });
    }
}

/// Polls a direction unless it has ended, and notes when it does.
fn advance(ended: &mut bool, poll: impl FnOnce() -> Poll<io::Result<()>>) -> io::Result<()> {
    if !*ended && let Poll::Ready(outcome) = poll() {
        outcome?;
        *ended = true;
    }
    Ok(())
}
