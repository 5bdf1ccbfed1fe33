//! `discard`: takes everything and says nothing (RFC 863).

use std::io;
use std::sync::Arc;

use super::{Build, Handler, Spec};
use crate::net::flow::{Sink, Source};
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "discard",
    summary: "takes everything and says nothing (RFC 863)",
    parameters: &[],
    options: &[],
    ends: true,
    build: Build::Handler(|_| Ok(Arc::new(Discard))),
};

struct Discard;

impl Handler for Discard {
    fn serve(self: Arc<Self>, mut source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            while let Some(piece) = source.next().await? {
                source.recycle(piece);
            }
            sink.finish().await?;
            // A stage may have cut the conversation.
            source.linger().await
        })
    }
}
