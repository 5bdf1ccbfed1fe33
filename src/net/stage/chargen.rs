//! `chargen`: lines of all printable characters without end, or some of them for each datagram (RFC 864).

use std::io::{self, ErrorKind};
use std::sync::{Arc, LazyLock};

use super::{Build, Handler, Spec};
use crate::net::flow::{Sink, Source};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "chargen",
    summary: "sends printable characters until the peer closes (RFC 864)",
    parameters: &[],
    options: &[],
    ends: true,
    build: Build::Handler(|_| Ok(Arc::new(Chargen))),
};

/// Bytes in a line with its ending.
const LINE: usize = 74;
/// The printable characters of ASCII; as many lines until the pattern repeats.
const PRINTABLE: std::ops::RangeInclusive<u8> = b' '..=b'~';
/// How many times the pattern is sent at once.
const REPEATED: usize = 9;
/// Lines in a datagram: as many as 512 bytes hold.
const IN_DATAGRAM: usize = 512 / LINE;

/// The pattern, over and over.
static PATTERN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let lines = PRINTABLE.count();
    let line = |first: usize| PRINTABLE.cycle().skip(first).take(LINE - 2).chain(*b"\r\n");
    (0..lines).flat_map(line).collect::<Vec<u8>>().repeat(REPEATED)
});

struct Chargen;

impl Handler for Chargen {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        match sink.framing() {
            Framing::Stream | Framing::Message => Box::pin(stream(source, sink)),
            Framing::Datagram => Box::pin(datagrams(source, sink)),
        }
    }
}

/// Sends until the peer has closed, which a reset tells: one that only finished sending wants more.
async fn stream(mut source: Source, sink: Sink) -> io::Result<()> {
    let discard = async {
        while let Some(piece) = source.next().await? {
            source.recycle(piece);
        }
        std::future::pending::<io::Result<()>>().await
    };
    let generate = async {
        loop {
            sink.send(&PATTERN).await?;
            // A peer that takes everything must not have the thread to itself.
            tokio::task::consume_budget().await;
        }
    };
    let outcome: io::Result<()> = tokio::select! {
        outcome = discard => outcome,
        outcome = generate => outcome,
    };
    match outcome {
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Ok(()),
        outcome => outcome,
    }
}

async fn datagrams(mut source: Source, sink: Sink) -> io::Result<()> {
    let lines = PRINTABLE.count();
    let mut first = 0;
    while let Some(piece) = source.next().await? {
        source.recycle(piece);
        sink.send(&PATTERN[first * LINE..(first + IN_DATAGRAM) * LINE]).await?;
        first = (first + IN_DATAGRAM) % lines;
    }
    Ok(())
}
