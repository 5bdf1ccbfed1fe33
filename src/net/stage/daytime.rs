//! `daytime`: the date and time as a line of text, then the end (RFC 867).

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::reply::say;
use super::{Build, Handler, Spec};
use crate::net::clock;
use crate::net::flow::{Sink, Source};
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "daytime",
    summary: "tells date and time in UTC, then finishes (RFC 867)",
    parameters: &[],
    options: &[],
    ends: true,
    build: Build::Handler(|_| Ok(Arc::new(Daytime))),
};

struct Daytime;

impl Handler for Daytime {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move { say(source, &sink, || Bytes::from(format!("{}\r\n", clock::date()))).await })
    }
}
