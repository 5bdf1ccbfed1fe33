//! `reply`: one text for everybody: each connection gets it and the end of the stream, each datagram gets it back.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::{Build, Handler, Kind, Parameter, Spec};
use crate::net::flow::{Sink, Source};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "reply",
    summary: "sends a text to each connection and finishes, or answers each datagram with it",
    parameters: &[Parameter { name: "TEXT", kind: Kind::Text, optional: false, summary: "the text" }],
    options: &[],
    ends: true,
    build: Build::Handler(|call| Ok(Arc::new(Reply(call.text(0))))),
};

struct Reply(Bytes);

impl Handler for Reply {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move { say(source, &sink, || self.0.clone()).await })
    }
}

/// Says one thing to a connection, or to each datagram; what the peer says means nothing.
pub(super) async fn say(mut source: Source, sink: &Sink, text: impl Fn() -> Bytes) -> io::Result<()> {
    if sink.framing() != Framing::Datagram {
        sink.send(&text()).await?;
        sink.finish().await?;
        return source.linger().await;
    }
    while let Some(piece) = source.next().await? {
        source.recycle(piece);
        sink.send(&text()).await?;
    }
    Ok(())
}
