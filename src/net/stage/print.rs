//! `print`: shows what comes. As the last stage it sends nothing and stays until the peer ends; elsewhere it passes
//! everything on.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::{Build, Handler, Output, Spec, Transform};
use crate::net::flow::{Happening, Sink, Source};
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "print",
    summary: "shows what comes; sends nothing, or passes it on where a stage follows",
    parameters: &[],
    options: &[],
    ends: true,
    build: Build::Either(|_| Ok(Box::new(|_| Box::new(Print))), |_| Ok(Arc::new(Print))),
};

struct Print;

impl Transform for Print {
    fn apply(&mut self, piece: BytesMut, output: &mut Output) {
        output.show(Bytes::copy_from_slice(&piece));
        output.emit(piece);
    }
}

impl Handler for Print {
    fn serve(self: Arc<Self>, mut source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            while let Some(piece) = source.next().await? {
                sink.notice(Happening::Shown(Bytes::copy_from_slice(&piece)));
                source.recycle(piece);
            }
            sink.finish().await?;
            // A stage may have cut the conversation.
            source.linger().await
        })
    }
}
