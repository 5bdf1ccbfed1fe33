//! `proxy`: an HTTP proxy (RFC 9110, 7.6 and 9.3.6): tunnels by CONNECT, and requests for whole URLs.

use std::io;
use std::sync::Arc;

use super::request::{self, Asked, Status};
use super::{Incoming, OPTIONS, Refusal, Rules, dismiss, down, in_time, tunnel};
use crate::net::flow::{Sink, Source};
use crate::net::socket::Connection;
use crate::net::stage::{Build, Handler, Spec};
use crate::net::transport::BoxFuture;

/// The handler.
pub(in crate::net::stage) static SPEC: Spec = Spec {
    name: "proxy",
    summary: "connects clients to where they ask for, by HTTP",
    parameters: &[],
    options: OPTIONS,
    ends: true,
    build: Build::Handler(|call| Ok(Arc::new(Proxy(Rules::of(call)?)))),
};

struct Proxy(Rules);

impl Handler for Proxy {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            let mut incoming = Incoming::new(source);
            let asked = match Box::pin(in_time(self.ask(&mut incoming, &sink))).await? {
                Some(Ok(asked)) => asked,
                Some(Err(status)) => return dismiss(incoming, &sink, &last_answer(status)).await,
                None => return sink.finish().await,
            };
            let place = match &asked {
                Asked::Tunnel(place) | Asked::Forward(place, ..) => place,
                Asked::Unknown(_) => return dismiss(incoming, &sink, &last_answer(request::LOGIN)).await,
            };
            let target = match Box::pin(self.0.reach(place, &sink)).await {
                Ok(target) => target,
                Err(refusal) => return dismiss(incoming, &sink, &last_answer(status(refusal))).await,
            };
            match asked {
                Asked::Forward(_, head, body) => forward(incoming, &sink, &target, (&head, body)).await,
                Asked::Tunnel(_) | Asked::Unknown(_) => {
                    sink.send(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                    tunnel(incoming, &sink, target).await
                }
            }
        })
    }
}

impl Proxy {
    /// Reads what the client asks for; `None` when it has gone without asking for anything. Who has to say who he is may
    /// do so on the same connection.
    async fn ask(&self, incoming: &mut Incoming, sink: &Sink) -> io::Result<Option<Result<Asked, Status>>> {
        loop {
            match request::read(&incoming.buffer, self.0.auth.as_deref()) {
                Ok(Some((asked, length))) => {
                    let _head = incoming.buffer.split_to(length);
                    if asked != Asked::Unknown(true) {
                        return Ok(Some(Ok(asked)));
                    }
                    sink.send(&answer(request::LOGIN, "")).await?;
                    continue;
                }
                Err(status) => return Ok(Some(Err(status))),
                Ok(None) if incoming.buffer.len() > request::LONGEST => {
                    return Ok(Some(Err(request::too_long(&incoming.buffer))));
                }
                Ok(None) => {}
            }
            if !incoming.more().await? {
                let none = incoming.buffer.is_empty();
                return Ok((!none).then_some(Err(request::BAD_REQUEST)));
            }
        }
    }
}

/// Sends a request on, its body exactly as long as it says, and the answer back.
async fn forward(
    mut incoming: Incoming,
    sink: &Sink,
    target: &Connection,
    (head, body): (&[u8], u64),
) -> io::Result<()> {
    let up = async {
        // Who answers before it has read everything has answered all the same.
        let mut taken = target.send(head).await.is_ok();
        let mut left = usize::try_from(body).unwrap_or(usize::MAX);
        while left > 0 && taken {
            if incoming.buffer.is_empty() && !incoming.more().await? {
                // What is missing will not come. Whether the target hears of it is its own affair.
                let _ = target.finish().await;
                break;
            }
            let piece = incoming.buffer.split_to(incoming.buffer.len().min(left));
            left -= piece.len();
            taken = target.send(&piece).await.is_ok();
        }
        std::future::pending::<io::Result<()>>().await
    };
    tokio::select! {
        biased;
        outcome = down(sink, target) => outcome?,
        outcome = up => outcome?,
    }
    incoming.source.linger().await
}

fn status(refusal: Refusal) -> Status {
    match refusal {
        Refusal::Forbidden => request::FORBIDDEN,
        Refusal::Late | Refusal::OtherFamily => "504 Gateway Timeout",
        Refusal::Unknown | Refusal::Refused | Refusal::Unreachable | Refusal::Failed => "502 Bad Gateway",
    }
}

/// An answer of the proxy's own, after which it closes.
fn last_answer(status: Status) -> Vec<u8> {
    answer(status, "Connection: close\r\n")
}

/// An answer of the proxy's own, with `more` fields.
fn answer(status: Status, more: &str) -> Vec<u8> {
    let fields = match status {
        request::LOGIN => "Proxy-Authenticate: Basic realm=\"nsh\"\r\n",
        status if status.starts_with("405") => {
            "Allow: CONNECT, GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE\r\n"
        }
        _ => "",
    };
    let length = status.len() + 1;
    format!("HTTP/1.1 {status}\r\n{fields}Content-Type: text/plain\r\nContent-Length: {length}\r\n{more}\r\n{status}\n")
        .into_bytes()
}
