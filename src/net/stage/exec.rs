//! `exec`: a program for each connection, its standard input and output joined to it.
//!
//! The peer's end is the end of the program's input; the end of the program's output is ours. What the program
//! says on standard error goes where nsh's own does. When the conversation is over the program's process group is
//! killed and the program reaped.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::crlf::Crlf;
use super::{Build, Handler, Kind, Output, Parameter, Spec, Transform};
use crate::net::address::Endpoint;
use crate::net::flow::{Happening, Sink, Source};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "exec",
    summary: "runs a shell command for each connection",
    parameters: &[Parameter { name: "COMMAND", kind: Kind::Text, optional: false, summary: "what /bin/sh runs" }],
    options: &[Parameter {
        name: "crlf",
        kind: Kind::Boolean,
        optional: true,
        summary: "whether LF in what the program says becomes CRLF",
    }],
    ends: true,
    build: Build::Handler(|call| Ok(Arc::new(Exec { command: call.text(0), crlf: call.flag("crlf") }))),
};

/// How much is read from a program at a time; to a datagram peer each read is a datagram.
const READ: (usize, usize) = (64 * 1024, 8 * 1024);
/// How long to wait for more output once the program has ended and only its offspring could write.
const OFFSPRING: Duration = Duration::from_millis(250);

struct Exec {
    command: Bytes,
    crlf: bool,
}

impl Handler for Exec {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move { self.run(source, sink).await })
    }
}

impl Exec {
    async fn run(&self, mut source: Source, sink: Sink) -> io::Result<()> {
        let mut child = self.start(&sink)?;
        let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let status = {
            let mut talk = std::pin::pin!(self.talk(&mut child, stdout, &sink));
            tokio::select! {
                fed = feed(&mut source, stdin) => {
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

    fn start(&self, sink: &Sink) -> io::Result<Child> {
        use std::os::unix::ffi::OsStrExt;
        Command::new("/bin/sh")
            .arg("-c")
            .arg(std::ffi::OsStr::from_bytes(&self.command))
            .envs(environment(sink))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    /// Sends what the program says until it has ended and said everything.
    async fn talk(&self, child: &mut Child, stdout: Option<ChildStdout>, sink: &Sink) -> io::Result<ExitStatus> {
        let mut stdout = stdout.ok_or_else(|| io::Error::other("the program has no output"))?;
        let size = if sink.framing() == Framing::Stream { READ.0 } else { READ.1 };
        let mut crlf = self.crlf.then(|| Crlf::new(sink.framing().of_pieces()));
        let mut ended = None;
        loop {
            let mut piece = BytesMut::with_capacity(size);
            tokio::select! {
                biased;
                read = stdout.read_buf(&mut piece) => if read? == 0 {
                    break;
                },
                status = child.wait(), if ended.is_none() => ended = Some(status?),
                () = tokio::time::sleep(OFFSPRING), if ended.is_some() => break,
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
async fn feed(source: &mut Source, stdin: Option<ChildStdin>) -> io::Result<()> {
    let mut stdin = stdin;
    while let Some(piece) = source.next().await? {
        if let Some(open) = &mut stdin
            && open.write_all(&piece).await.is_err()
        {
            stdin = None;
        }
        source.recycle(piece);
    }
    Ok(())
}

/// A program and what it started; killed when dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It may have ended by itself meanwhile.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Who talks to whom, in our variables and in those of ncat.
fn environment(sink: &Sink) -> Vec<(String, String)> {
    let (remote, local) = (sink.peer(), sink.local());
    let stream = sink.framing() != Framing::Datagram;
    let protocol = match (&local, stream) {
        (Endpoint::Inet(_), true) => "tcp",
        (Endpoint::Inet(_), false) => "udp",
        (_, true) => "unix",
        (_, false) => "unixgram",
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
