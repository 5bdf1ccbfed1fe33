//! `exec` and `pty`: a program for each connection, joined to it by pipes or at a terminal of its own.
//!
//! The peer's end is the end of the program's input; the end of the program's output is ours. What the program
//! says on standard error goes where nsh's own does. When the conversation is over the program's process group is
//! killed and the program reaped.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;

use super::crlf::Crlf;
use super::{Build, Handler, Kind, Output, Parameter, Spec, Transform};
use crate::net::address::Endpoint;
use crate::net::flow::{Happening, Sink, Source};
use crate::net::program::{self, Program, Terminal};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

const COMMAND: &[Parameter] =
    &[Parameter { name: "COMMAND", kind: Kind::Text, optional: false, summary: "what /bin/sh runs" }];

pub(super) static SPEC: Spec = Spec {
    name: "exec",
    summary: "runs a shell command for each connection",
    parameters: COMMAND,
    options: &[Parameter {
        name: "crlf",
        kind: Kind::Boolean,
        optional: true,
        summary: "whether LF in what the program says becomes CRLF",
    }],
    ends: true,
    build: Build::Handler(|call| Ok(Arc::new(Exec { command: call.text(0), crlf: call.flag("crlf"), terminal: None }))),
};

/// The same at a terminal.
pub(super) static PTY: Spec = Spec {
    name: "pty",
    summary: "runs a shell command for each connection, at a terminal of 24 lines of 80 characters",
    parameters: COMMAND,
    options: &[Parameter {
        name: "raw",
        kind: Kind::Boolean,
        optional: true,
        summary: "whether the terminal leaves alone what is typed and shown: no echo, no CR before LF, no Ctrl-C",
    }],
    ends: true,
    build: Build::Handler(|call| {
        let terminal = Terminal { raw: call.flag("raw"), ..Terminal::default() };
        Ok(Arc::new(Exec { command: call.text(0), crlf: false, terminal: Some(terminal) }))
    }),
};

/// How much is read from a program at a time; to a datagram peer each read is a datagram.
const READ: (usize, usize) = (64 * 1024, 8 * 1024);

struct Exec {
    command: Bytes,
    crlf: bool,
    /// What it runs at, where it is no pipes.
    terminal: Option<Terminal>,
}

impl Handler for Exec {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move { self.run(source, sink).await })
    }
}

impl Exec {
    async fn run(&self, mut source: Source, sink: Sink) -> io::Result<()> {
        let Program { mut child, input, output, group } =
            program::start(&self.command, environment(&sink), self.terminal.as_ref())?;
        let status = {
            let mut talk = std::pin::pin!(self.talk(&mut child, output, &sink));
            tokio::select! {
                fed = feed(&mut source, input) => {
                    fed?;
                    talk.await?
                }
                status = &mut talk => status?,
            }
        };
        // What it left behind in its group ends with the conversation, too.
        drop(group);
        sink.notice(Happening::ProgramEnded(status.code()));
        source.linger().await
    }

    /// Sends what the program says until it has ended and said everything.
    async fn talk(&self, child: &mut Child, mut output: program::Output, sink: &Sink) -> io::Result<ExitStatus> {
        let size = if sink.framing() == Framing::Stream { READ.0 } else { READ.1 };
        let mut crlf = self.crlf.then(|| Crlf::new(sink.framing().of_pieces()));
        let mut ended = None;
        loop {
            let mut piece = BytesMut::with_capacity(size);
            tokio::select! {
                biased;
                read = output.read_buf(&mut piece) => if read? == 0 {
                    break;
                },
                status = child.wait(), if ended.is_none() => ended = Some(status?),
                () = tokio::time::sleep(program::OFFSPRING), if ended.is_some() => break,
            }
            if !piece.is_empty() {
                sink.send(&convert(crlf.as_mut(), piece)).await?;
            }
        }
        sink.finish().await?;
        match ended {
            Some(status) => Ok(status),
            None => child.wait().await,
        }
    }
}

fn convert(crlf: Option<&mut Crlf>, piece: BytesMut) -> BytesMut {
    let Some(crlf) = crlf else { return piece };
    let mut output = Output::default();
    crlf.apply(piece, &mut output);
    output.pieces.pop_front().unwrap_or_default()
}

/// Gives the program what the peer says; after the program has closed its input the rest is of no use to anybody.
async fn feed(source: &mut Source, input: program::Input) -> io::Result<()> {
    let mut input = Some(input);
    while let Some(piece) = source.next().await? {
        if let Some(open) = &mut input
            && open.write_all(&piece).await.is_err()
        {
            input = None;
        }
        source.recycle(piece);
    }
    if let Some(mut open) = input {
        // A program that reads no more needs to be told of no end.
        let _ = open.shutdown().await;
    }
    Ok(())
}

/// Who talks to whom, in our variables and in those of ncat.
fn environment(sink: &Sink) -> Vec<(String, String)> {
    let (remote, local) = (sink.peer(), sink.local());
    let protocol = match (&local, sink.framing()) {
        (Endpoint::Inet(_), Framing::Datagram) => "udp",
        (Endpoint::Inet(_), _) => "tcp",
        (Endpoint::Machine(..), _) => "vsock",
        (Endpoint::Standard, _) => "stdio",
        (_, Framing::Stream) => "unix",
        (_, Framing::Message) => "seqpacket",
        (_, Framing::Datagram) => "unixgram",
    };
    let mut all =
        vec![("NSH_PROTOCOL".to_owned(), protocol.to_owned()), ("NCAT_PROTO".to_owned(), protocol.to_uppercase())];
    for (end, endpoint) in [("REMOTE", remote), ("LOCAL", local)] {
        let port = endpoint.port().map(|port| port.to_string()).unwrap_or_default();
        all.push((format!("NSH_{end}_HOST"), endpoint.host()));
        all.push((format!("NCAT_{end}_ADDR"), endpoint.host()));
        all.push((format!("NSH_{end}_PORT"), port.clone()));
        all.push((format!("NCAT_{end}_PORT"), port));
    }
    all
}
