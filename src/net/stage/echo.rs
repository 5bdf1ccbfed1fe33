//! `echo`: bytes back as they come (RFC 862).

use std::io;
use std::sync::Arc;

use super::{Build, Handler, Spec};
use crate::net::flow::{Sink, Source};
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "echo",
    summary: "sends back what comes (RFC 862)",
    parameters: &[],
    options: &[],
    ends: true,
    build: Build::Handler(|_| Ok(Arc::new(Echo))),
};

/// Answers the sender; also what ends a pipeline that only transforms.
pub(super) struct Echo;

impl Handler for Echo {
    fn serve(self: Arc<Self>, mut source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            while let Some(piece) = source.next().await? {
                sink.send(&piece).await?;
                source.recycle(piece);
            }
            sink.finish().await?;
            // A stage may have cut the conversation.
            source.linger().await
        })
    }
}
